/** A cache of spellings, asked with a place in a text: what is met again costs neither a copy of its characters nor a hash of
 *  the engine's. Set-associative: a spelling may be in one of four neighbouring places, moves one up each time it is asked for, and
 *  the last one makes room for a new spelling. Bounded, and without bookkeeping for what is not asked for. */
import { extend, finish, begin } from './hash.ts';

const WAYS = 4;

export class Spellings<T> {
  readonly #mask: number;
  readonly #hashes: Uint32Array;
  readonly #keys: string[];
  readonly #values: (T | undefined)[];

  /** Holds `capacity` spellings, rounded up to a power of two. */
  constructor(capacity: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(capacity, WAYS)));
    this.#mask = places - WAYS;
    this.#hashes = new Uint32Array(places);
    this.#keys = new Array<string>(places).fill('');
    this.#values = new Array<T | undefined>(places).fill(undefined);
  }

  /** What is remembered of `text` from `start` to `end`, made when nothing is. Never of an empty spelling. */
  get(text: string, start: number, end: number, make: (spelling: string) => T): T {
    let state = begin(end - start);
    for (let at = start; at < end; at += 1) state = extend(state, text.charCodeAt(at));
    const hash = finish(state);
    const set = hash & this.#mask;
    const last = set + WAYS - 1;
    let place = set;
    for (; place <= last; place += 1) {
      const value = this.#values[place];
      if (value === undefined) break;
      if (this.#hashes[place] !== hash || !isAt(this.#keys[place] ?? '', text, start, end)) continue;
      if (place > set) this.#swap(place, place - 1);
      return value;
    }
    return this.#remember(Math.min(place, last), hash, copyOf(text, start, end), make);
  }

  #remember(place: number, hash: number, key: string, make: (spelling: string) => T): T {
    const value = make(key);
    this.#hashes[place] = hash;
    this.#keys[place] = key;
    this.#values[place] = value;
    return value;
  }

  #swap(one: number, other: number): void {
    const hash = this.#hashes[one] ?? 0;
    const key = this.#keys[one] ?? '';
    const value = this.#values[one];
    this.#hashes[one] = this.#hashes[other] ?? 0;
    this.#keys[one] = this.#keys[other] ?? '';
    this.#values[one] = this.#values[other];
    this.#hashes[other] = hash;
    this.#keys[other] = key;
    this.#values[other] = value;
  }
}

function isAt(key: string, text: string, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  for (let at = 0; at < key.length; at += 1)
    if (key.charCodeAt(at) !== text.charCodeAt(start + at)) return false;
  return true;
}

/** V8 keeps the whole text for a slice of it. */
function copyOf(text: string, start: number, end: number): string {
  return text.slice(start, end).split('').join('');
}
