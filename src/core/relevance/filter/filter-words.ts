/** What a filter knows of tokens from their spelling alone, found out when a spelling is met: which buckets it adds, and to which
 *  amount of a text. */
import { textOf, units } from '../../message/units.ts';
import type { Vocabulary } from '../../sentiment/model/analysis.ts';
import { combine, hashText } from '../../sentiment/model/hash.ts';
import { findHost } from '../../sentiment/model/links.ts';
import { INTS, type Records } from '../../sentiment/model/records.ts';
import type { TokenKind } from '../../sentiment/model/tokens.ts';
import { featuresOf } from '../../sentiment/model/word-features.ts';
import type { Sense } from '../../sentiment/model/words.ts';
import { amountOf } from './amounts.ts';

/** Integers of a record: where its buckets begin and how many they are, and its amount plus one. */
export const FROM = 0;
export const COUNT = 1;
export const AMOUNT = 2;

/** Beyond, all is forgotten before the next text is read: as much as so many spellings of usual length need. */
const BUCKETS_MAX = 1 << 20;
const GROWTH = 2;

const LINK_SEED = 21;
const NUMBER_SEED = 22;
const DIGITS_TOLD_APART_MAX = 15;
const NUMBER_BEGINNING = 2;
const HOST_CHARS_MAX = 60;

/** The buckets of a spelling are those of the word itself, of its character n-grams, and of what kind of link or number it is. One may
 *  stand there twice. */
export class FilterWords implements Vocabulary {
  readonly forSentiment = false;
  readonly #mask: number;
  #buckets = new Uint32Array(BUCKETS_MAX / GROWTH);
  #used = 0;

  constructor(mask: number) {
    this.#mask = mask;
  }

  /** Of all spellings, one after the other. Another array when it had to grow. */
  get buckets(): Uint32Array {
    return this.#buckets;
  }

  get isFull(): boolean {
    return this.#used > BUCKETS_MAX;
  }

  /** No record that was made before holds any longer. */
  forget(): void {
    this.#used = 0;
    if (this.#buckets.length > BUCKETS_MAX) this.#buckets = new Uint32Array(BUCKETS_MAX);
  }

  valence(): number {
    return 0;
  }

  learn(
    { ints }: Records,
    id: number,
    kind: TokenKind,
    start: number,
    end: number,
    { hash }: Sense,
    formLength: number,
  ): number {
    const from = this.#used;
    const { count, hashes } = featuresOf(kind, hash, formLength);
    for (let index = 0; index < count; index += 1) this.#add(hashes[index] ?? 0);
    if (kind === 'link') this.#addHost(start, end);
    else if (kind === 'number') this.#addNumber(start, end);
    ints[id * INTS + FROM] = from;
    ints[id * INTS + COUNT] = this.#used - from;
    ints[id * INTS + AMOUNT] = amountOf(kind, hash) + 1;
    return 0;
  }

  #add(hash: number): void {
    if (this.#used === this.#buckets.length) {
      const larger = new Uint32Array(this.#used * GROWTH);
      larger.set(this.#buckets);
      this.#buckets = larger;
    }
    this.#buckets[this.#used++] = hash & this.#mask;
  }

  #addHost(start: number, end: number): void {
    const host = hostOf(start, end);
    if (host !== '') this.#add(hashText(host, LINK_SEED));
  }

  /** How many digits a number has, and how it begins: 07… and 08… are phone numbers, 1.50 a price. */
  #addNumber(start: number, end: number): void {
    let digits = 0;
    for (let at = start; at < end && digits < DIGITS_TOLD_APART_MAX; at += 1) {
      const unit = units[at] ?? 0;
      if (unit >= 0x30 && unit <= 0x39) digits += 1;
    }
    this.#add(combine(digits, NUMBER_SEED));
    const beginning = textOf(units, start, Math.min(end, start + NUMBER_BEGINNING));
    this.#add(hashText(`${beginning}:${digits}`, NUMBER_SEED));
  }
}

const HOST = /^(?:https?:\/\/)?(?:www\.)?([^/\s?#]{1,60})/i;

/** Lower case, without `www.`; empty where a masked data set left only `http`. */
function hostOf(start: number, end: number): string {
  const place = findHost(units, start, end);
  const host =
    place === undefined
      ? (HOST.exec(textOf(units, start, end))?.[1] ?? '')
      : textOf(units, place.start, Math.min(place.end, place.start + HOST_CHARS_MAX));
  const lower = host.toLowerCase();
  return lower === 'http' || lower === 'https' ? '' : lower;
}
