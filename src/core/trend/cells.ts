/** Tables of 32-bit cells as text, exactly, and short while most cells are empty: base64 of the runs that are not. */

type Cells = Float32Array | Uint32Array;

/** Bytes at a time that `String.fromCharCode` takes as arguments. */
const CHUNK = 8_192;
/** A run goes on over so many empty cells: its head costs as much. */
const GAP_MAX = 2;
const HEAD = 2;

/** Little-endian 32-bit words: start and length of each run, then its cells. */
export function packCells(cells: Cells): string {
  const bits = new Uint32Array(cells.buffer, cells.byteOffset, cells.length);
  const words = new Uint32Array(runsOf(bits, undefined));
  runsOf(bits, words);
  const bytes = new Uint8Array(words.buffer);
  let text = '';
  for (let from = 0; from < bytes.length; from += CHUNK)
    text += String.fromCharCode.apply(undefined, bytes.subarray(from, from + CHUNK) as unknown as number[]);
  return btoa(text);
}

/** Puts the runs into `words`, if given; returns how many words they take. Once to measure and once to fill: lists of runs
 *  would cost ten times as much. */
function runsOf(bits: Uint32Array, words: Uint32Array | undefined): number {
  let used = 0;
  let at = 0;
  const { length } = bits;
  while (at < length) {
    if (bits[at] === 0) {
      at += 1;
      continue;
    }
    const start = at;
    let end = at + 1;
    for (at = end; at < length && at - end <= GAP_MAX; at++) if (bits[at] !== 0) end = at + 1;
    if (words) {
      words[used] = start;
      words[used + 1] = end - start;
      words.set(bits.subarray(start, end), used + HEAD);
    }
    used += HEAD + end - start;
    at = end;
  }
  return used;
}

/** Fills cells that are all zero. Throws a `RangeError` for a text that is not of a table of this size. */
export function unpackCells(text: string, cells: Cells): void {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
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
