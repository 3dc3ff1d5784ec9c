/** What words of a text are looked up in, by their hashes: a filter that says no to most, then a table. */
import { units } from '../message/units.ts';
import { hashOf } from './query.hash.ts';
import { isAscii, PLAIN_UNIT_MAX } from './text-tokens.ts';

/** What a unit of a plain text is within a folded word; 0 where it separates. */
export const FOLDED = Uint8Array.from({ length: PLAIN_UNIT_MAX + 1 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  return /[A-Za-z0-9_]/.test(char) ? char.toLowerCase().charCodeAt(0) : 0;
});
export const isSign = (unit: number) => unit === 0x23 || unit === 0x40 || unit === 0x24; // # @ $

/** One text in so many that are no key is looked up in vain. */
const BITS_PER_KEY = 32;

/** Says of most hashes, within the cache of a processor, that no key has them. */
export class Filter {
  readonly bits: Uint32Array;
  readonly mask: number;

  constructor(from: Iterable<string>) {
    const texts = [...from];
    const size = 2 ** Math.ceil(Math.log2(BITS_PER_KEY * (texts.length + 2)));
    this.bits = new Uint32Array(size / 32);
    this.mask = size - 1;
    for (const text of texts) {
      const bit = bitOf(hashOf(text), this.mask);
      this.bits[bit >>> 5] = (this.bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }
}

function bitOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}

export function mayHold({ bits, mask }: Filter, hash: number): boolean {
  const bit = bitOf(hash, mask);
  return (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

export const EMPTY = -1;
/** At most half of the places is taken. */
const PLACES_PER_KEY = 2;
/** A place: the key's hash, its number or `EMPTY`, and where its letters begin and end. */
const PLACE_CELLS = 4;

/** The number of a key of ASCII, asked for where it stands in a text. All there is of a key lies in one place beside its
 *  letters, which lie side by side: strings would be scattered over all of memory. */
export class Table {
  readonly #cells: Int32Array;
  readonly #letters: Uint8Array;
  readonly #mask: number;

  constructor(texts: ReadonlyMap<string, number>) {
    const keys = [...texts].filter(([text]) => isAscii(text));
    const size = 2 ** Math.ceil(Math.log2(PLACES_PER_KEY * (keys.length + 1)));
    this.#mask = size - 1;
    this.#cells = new Int32Array(PLACE_CELLS * size).fill(EMPTY);
    this.#letters = new Uint8Array(keys.reduce((sum, [text]) => sum + text.length, 0));
    let used = 0;
    for (const [text, number] of keys) {
      const hash = hashOf(text);
      let cell = PLACE_CELLS * bitOf(hash, this.#mask);
      while (this.#cells[cell + 1] !== EMPTY) cell = (cell + PLACE_CELLS) % this.#cells.length;
      this.#cells.set([hash, number, used, used + text.length], cell);
      for (let at = 0; at < text.length; at += 1) this.#letters[used++] = text.charCodeAt(at);
    }
  }

  /** Of the letters in hand from `start` to before `end`, folded, which have that hash; -1: they are no key. */
  find(hash: number, start: number, end: number): number {
    const cells = this.#cells;
    for (let place = bitOf(hash, this.#mask); ; place = (place + 1) & this.#mask) {
      const cell = PLACE_CELLS * place;
      const number = cells[cell + 1] ?? EMPTY;
      if (number === EMPTY) return EMPTY;
      const from = cells[cell + 2] ?? 0;
      if (cells[cell] !== hash || (cells[cell + 3] ?? 0) - from !== end - start) continue;
      if (this.#isFolded(from, start, end)) return number;
    }
  }

  /** Whether the letters from `start` to before `end` are, folded, those that lie from `from` on. */
  #isFolded(from: number, start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      const unit = units[at] ?? 0;
      if (this.#letters[from + at - start] !== (isSign(unit) ? unit : FOLDED[unit])) return false;
    }
    return true;
  }
}
