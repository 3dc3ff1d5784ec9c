/** Everything that queries look up in a message, found in one pass over its letters, however many queries there are. */
import type { Key } from './query.frequency.ts';
import type { Subject } from './query.subject.ts';

const HASH_START = 0x811c9dc5;
/** FNV-1a: the hash of a text from that of all but its last letter. */
const hashOn = (hash: number, code: number) => Math.imul(hash ^ code, 0x01000193);

function hashOf(text: string): number {
  let hash = HASH_START;
  for (let at = 0; at < text.length; at += 1) hash = hashOn(hash, text.charCodeAt(at));
  return hash;
}

/** What a unit of ASCII is within a folded word; 0 where it separates. */
const FOLDED = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  return /[A-Za-z0-9_]/.test(char) ? char.toLowerCase().charCodeAt(0) : 0;
});
const isSign = (unit: number) => unit === 0x23 || unit === 0x40 || unit === 0x24; // # @ $

/** One text in so many that are no key is looked up in vain. */
const BITS_PER_KEY = 16;

/** Says of most hashes, within the cache of a processor, that no key has them. */
class Filter {
  readonly bits: Uint32Array;
  readonly mask: number;

  constructor(texts: ReadonlyMap<string, number>) {
    const size = 2 ** Math.ceil(Math.log2(BITS_PER_KEY * (texts.size + 2)));
    this.bits = new Uint32Array(size / 32);
    this.mask = size - 1;
    for (const text of texts.keys()) {
      const bit = bitOf(hashOf(text), this.mask);
      this.bits[bit >>> 5] = (this.bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }
}

function bitOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask;
}

function mayHold({ bits, mask }: Filter, hash: number): boolean {
  const bit = bitOf(hash, mask);
  return (((bits[bit >>> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
}

const EMPTY = -1;
/** A quarter of the places is taken. */
const PLACES_PER_KEY = 4;

/** The number of a text of ASCII, asked for where the text stands: most of the time goes into making strings otherwise. */
class Table {
  /** Hash and number by turns; `EMPTY` where no key is. */
  readonly #cells: Int32Array;
  readonly #texts: string[] = [];
  readonly #mask: number;

  constructor(texts: ReadonlyMap<string, number>) {
    const size = 2 ** Math.ceil(Math.log2(PLACES_PER_KEY * (texts.size + 1)));
    this.#mask = size - 1;
    this.#cells = new Int32Array(2 * size).fill(EMPTY);
    for (const [text, number] of texts) {
      const hash = hashOf(text);
      let place = bitOf(hash, this.#mask);
      while (this.#cells[2 * place + 1] !== EMPTY) place = (place + 1) & this.#mask;
      this.#cells[2 * place] = hash;
      this.#cells[2 * place + 1] = number;
      this.#texts[number] = text;
    }
  }

  /** Of the letters from `start` to before `end`, folded, which have that hash; -1: they are no key. */
  find(hash: number, text: string, start: number, end: number): number {
    for (let place = bitOf(hash, this.#mask); ; place = (place + 1) & this.#mask) {
      const number = this.#cells[2 * place + 1] ?? EMPTY;
      if (number === EMPTY) return EMPTY;
      if (this.#cells[2 * place] === hash && isFolded(this.#texts[number] ?? '', text, start, end))
        return number;
    }
  }
}

/** Whether the letters from `start` to before `end` are the key when folded. */
function isFolded(key: string, text: string, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let at = 0; at < key.length; at += 1) {
    const unit = text.charCodeAt(start + at);
    if (key.charCodeAt(at) !== (isSign(unit) ? unit : FOLDED[unit])) return false;
  }
  return true;
}

interface Filters {
  readonly whole: Filter;
  readonly beginnings: Filter;
  readonly wholeNumbers: Table;
  readonly beginningNumbers: Table;
  /** Of the shortest beginning. */
  readonly lengthMin: number;
}

export class Vocabulary {
  readonly #whole = new Map<string, number>();
  readonly #beginnings = new Map<string, number>();
  readonly #fields = new Map<string, number>();
  readonly #fieldNames = new Set<Extract<Key, { kind: 'field' }>['name']>();
  #size = 0;
  /** Made when they are first needed; adding a key throws them away. */
  #filters: Filters | undefined;

  /** How many keys there are; their numbers are below. */
  get size(): number {
    return this.#size;
  }

  /** The number of the key, new or known. */
  add(key: Key): number {
    const { kind, text } = key;
    const numbers = { whole: this.#whole, beginning: this.#beginnings, field: this.#fields }[kind];
    let number = numbers.get(text);
    if (number === undefined) {
      numbers.set(text, (number = this.#size++));
      if (kind === 'field') this.#fieldNames.add(key.name);
      this.#filters = undefined;
    }
    return number;
  }

  /** The numbers of the keys that the message holds; some of them more than once. */
  read(subject: Subject): number[] {
    const filters = (this.#filters ??= {
      whole: new Filter(this.#whole),
      beginnings: new Filter(this.#beginnings),
      wholeNumbers: new Table(this.#whole),
      beginningNumbers: new Table(this.#beginnings),
      lengthMin: [...this.#beginnings.keys()].reduce((min, text) => Math.min(min, text.length), Infinity),
    });
    const found: number[] = [];
    if (subject.isAscii) this.#readAscii(subject.text, filters, found);
    else {
      const { words, marks } = subject.folded;
      for (const word of words) this.#readText(word, filters, found);
      if (marks.size > 0) for (const mark of marks.values()) this.#readText(mark, filters, found);
    }
    for (const mark of subject.declared) this.#readText(mark, filters, found);
    for (const name of this.#fieldNames)
      for (const value of subject.values(name)) {
        const number = this.#fields.get(`${name}:${value}`);
        if (number !== undefined) found.push(number);
      }
    return found;
  }

  /** What the tokenizer's words and marks would bring up, without making them: most are no key. */
  #readAscii(text: string, filters: Filters, found: number[]): void {
    let wordEnd = -1;
    for (let at = 0; at < text.length; at += 1) {
      if (FOLDED[text.charCodeAt(at)] === 0) continue;
      const before = at - 1;
      const isMark = before >= 0 && before !== wordEnd && isSign(text.charCodeAt(before));
      if (isMark) this.#readRun(text, before, filters, found);
      wordEnd = this.#readRun(text, at, filters, found);
      at = wordEnd;
    }
  }

  /** Reads a word, or a sign and the word behind it; answers where it ends. */
  #readRun(text: string, start: number, filters: Filters, found: number[]): number {
    const { whole, beginnings, wholeNumbers, beginningNumbers, lengthMin } = filters;
    const first = text.charCodeAt(start);
    let hash = hashOn(HASH_START, isSign(first) ? first : (FOLDED[first] ?? 0));
    let end = start + 1;
    for (;;) {
      if (end - start >= lengthMin && mayHold(beginnings, hash)) {
        const number = beginningNumbers.find(hash, text, start, end);
        if (number !== EMPTY) found.push(number);
      }
      const folded = end < text.length ? (FOLDED[text.charCodeAt(end)] ?? 0) : 0;
      if (folded === 0) break;
      hash = hashOn(hash, folded);
      end += 1;
    }
    if (mayHold(whole, hash)) {
      const number = wholeNumbers.find(hash, text, start, end);
      if (number !== EMPTY) found.push(number);
    }
    return end;
  }

  #readText(text: string, { whole, beginnings, lengthMin }: Filters, found: number[]): void {
    const end = text.length;
    let hash = HASH_START;
    for (let at = 0; at < end; at += 1) {
      hash = hashOn(hash, text.charCodeAt(at));
      if (at + 1 < lengthMin || !mayHold(beginnings, hash)) continue;
      const number = this.#beginnings.get(text.slice(0, at + 1));
      if (number !== undefined) found.push(number);
    }
    if (!mayHold(whole, hash)) return;
    const number = this.#whole.get(text);
    if (number !== undefined) found.push(number);
  }
}
