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

interface Filters {
  readonly whole: Filter;
  readonly beginnings: Filter;
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
      lengthMin: [...this.#beginnings.keys()].reduce((min, text) => Math.min(min, text.length), Infinity),
    });
    const found: number[] = [];
    const { words, marks, declared } = subject.folded;
    for (const word of words) this.#readText(word, filters, found);
    if (marks.size > 0) for (const mark of marks.values()) this.#readText(mark, filters, found);
    for (const mark of declared) this.#readText(mark, filters, found);
    for (const name of this.#fieldNames)
      for (const value of subject.values(name)) {
        const number = this.#fields.get(`${name}:${value}`);
        if (number !== undefined) found.push(number);
      }
    return found;
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
