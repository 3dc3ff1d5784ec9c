/** Tables of 32-bit cells as text, exactly, and short while most cells are empty: base64 of the runs that are not. */
import { whole, type Slices } from '../snapshot/slices.ts';
import { decodeBytes, encodeBytes } from '../window/base64.ts';

type Cells = Float32Array | Uint32Array;

/** Words of a slice, 256 KB: about a millisecond. */
export const SLICE_WORDS = 65_536;
/** Base64 of a multiple of three bytes can be joined with what follows. */
const JOINABLE = 3;
/** Cells that are looked at in a slice, empty ones too. */
const SLICE_CELLS = 1_048_576;
/** A run goes on over so many empty cells: its head costs as much. */
const GAP_MAX = 2;
const HEAD = 2;

export function packCells(cells: Cells): string {
  return whole(packInSlices(cells));
}

/** Little-endian 32-bit words: start and length of each run, then its cells. */
export function* packInSlices(cells: Cells): Slices<string> {
  const bits = new Uint32Array(cells.buffer, cells.byteOffset, cells.length);
  const words = new Uint32Array(SLICE_WORDS);
  let text = '';
  let used = 0;
  let lookedAt = 0;
  for (let at = 0; at < bits.length;) {
    const end = bits[at] === 0 ? at : runEnd(bits, at, at + SLICE_WORDS - used - HEAD);
    if (end > at) {
      words[used] = at;
      words[used + 1] = end - at;
      words.set(bits.subarray(at, end), used + HEAD);
      used += HEAD + end - at;
    }
    at = Math.max(end, at + 1);
    const isFull = SLICE_WORDS - used <= HEAD;
    if (isFull) {
      const left = used % JOINABLE;
      text += encodeBytes(new Uint8Array(words.buffer, 0, (used - left) * words.BYTES_PER_ELEMENT));
      words.copyWithin(0, used - left, used);
      used = left;
    }
    if (!isFull && at - lookedAt < SLICE_CELLS) continue;
    lookedAt = at;
    yield;
  }
  return text + encodeBytes(new Uint8Array(words.buffer, 0, used * words.BYTES_PER_ELEMENT));
}

/** Where a run ends that begins here, at most at `limit`. */
function runEnd(bits: Uint32Array, start: number, limit: number): number {
  let end = start + 1;
  const last = Math.min(limit, bits.length);
  for (let at = end; at < last && at - end <= GAP_MAX; at++) if (bits[at] !== 0) end = at + 1;
  return end;
}

/** Fills cells that are all zero. Throws a `RangeError` for a text that is not of a table of this size. */
export function unpackCells(text: string, cells: Cells): void {
  const bytes = new Uint8Array(Math.floor(text.length / 16) * 12 + ((text.length % 16) * 3) / 4);
  decodeBytes(text, bytes);
  const words = new Uint32Array(bytes.buffer);
  const bits = new Uint32Array(cells.buffer, cells.byteOffset, cells.length);
  for (let at = 0; at < words.length;) {
    const start = words[at] ?? 0;
    const length = words[at + 1] ?? 0;
    if (start + length > bits.length)
      throw new RangeError(`cells ${start} to ${start + length} of a table of ${bits.length}`);
    bits.set(words.subarray(at + HEAD, at + HEAD + length), start);
    at += HEAD + length;
  }
}
