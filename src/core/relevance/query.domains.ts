/** Domains that queries ask for, looked up where addresses stand in a text: taking addresses apart costs more than all else
 *  that is looked up. */
import { units } from '../message/units.ts';
import { hashOn, HASH_START } from './query.hash.ts';
import type { HeldKeys } from './query.held.ts';

const DOT = 0x2e;
const SLASH = 0x2f;
const COLON = 0x3a;
const SMALL_W = 0x77;
/** Where posts are cut off; no host holds one. */
const ELLIPSIS = 0x2026;
const PATH_BEGINS = '/?#';

/** What a unit of ASCII is within a host; 0 where it is not of one. */
const IN_HOST = Uint8Array.from({ length: 0x80 }, (_, unit) => {
  const char = String.fromCharCode(unit);
  return /[A-Za-z0-9_.-]/.test(char) ? char.toLowerCase().charCodeAt(0) : 0;
});
/** What a host cannot stand behind, from where an address begins. */
const ENDS_HOSTS = Uint8Array.from({ length: 0x80 }, (_, unit) =>
  /[/?#\s<>"]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

/** The word begins no address. */
export const NO_HOST = -1;

/** Where the host of an address begins that a word of the text in hand is the beginning of: `https` of `https://`, `www` of `www.`. */
export function hostStart(start: number, end: number): number {
  const unit = units[end];
  if (unit === COLON) return units[end + 1] === SLASH && units[end + 2] === SLASH ? end + 3 : NO_HOST;
  return unit === DOT && end - start === 3 && IN_HOST[units[start] ?? 0] === SMALL_W ? start : NO_HOST;
}

/** What could not be read: letters beyond ASCII may stand for others. */
export const UNREADABLE = -1;

export class Domains {
  /** By the hash of a domain, its last letter first. */
  readonly #numbers = new Map<number, number[]>();

  constructor(domains: Iterable<readonly [domain: string, number: number]>) {
    for (const [domain, number] of domains) {
      let hash = HASH_START;
      for (let at = domain.length - 1; at >= 0; at -= 1) hash = hashOn(hash, domain.charCodeAt(at));
      this.#numbers.set(hash, [...(this.#numbers.get(hash) ?? []), number]);
    }
  }

  get size(): number {
    return this.#numbers.size;
  }

  /** Adds the numbers of all domains that the host beginning at `start` is on or below of, and perhaps some more. Answers
   *  where it ended, or `UNREADABLE`. */
  read(text: string, start: number, held: HeldKeys): number {
    let hostFrom = start;
    let at = start;
    for (; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit >= IN_HOST.length && unit !== ELLIPSIS) return UNREADABLE;
      if ((IN_HOST[unit] ?? 0) !== 0) continue;
      this.#readHost(text, hostFrom, at, held);
      if (ENDS_HOSTS[unit] === 1) return at;
      hostFrom = at + 1; // What stood there was a name or a password.
    }
    this.#readHost(text, hostFrom, at, held);
    return at;
  }

  /** The same of an address that stands by itself, with `https://` or without. False: it cannot be read. */
  readAddress(address: string, held: HeldKeys): boolean {
    let end = this.read(address, 0, held);
    if (address.charCodeAt(end) === SLASH && address.charCodeAt(end + 1) === SLASH)
      end = this.read(address, end + 2, held);
    // Only in a text does white space end an address, or a quote.
    return end === address.length || (end !== UNREADABLE && PATH_BEGINS.includes(address.charAt(end)));
  }

  #readHost(text: string, from: number, end: number, held: HeldKeys): void {
    let last = end - 1;
    while (last > from && text.charCodeAt(last) === DOT) last -= 1;
    let hash = HASH_START;
    for (let at = last; at >= from; at -= 1) {
      const unit = IN_HOST[text.charCodeAt(at)] ?? 0;
      if (unit === DOT) this.#addAll(hash, held);
      hash = hashOn(hash, unit);
    }
    if (last >= from) this.#addAll(hash, held);
  }

  #addAll(hash: number, held: HeldKeys): void {
    const numbers = this.#numbers.get(hash);
    if (numbers !== undefined) for (const number of numbers) held.add(number);
  }
}
