/** The n-grams of `eld` (Nito T.M., Apache-2.0), packed: the same scores from 0.7 MB of arrays instead of 150 MB of
 *  objects, ten times as fast. A test holds it to eld itself. Words are read as UTF-8, in pieces of up to four bytes, three
 *  bytes apart; a piece knows whether it begins or ends its word. */

import { z } from 'zod';
import { HashIndex } from '../random/hash-index.ts';
import { mix32 } from '../random/mix32.ts';
import type { ModelFiles } from '../sentiment/model.port.ts';

/** Format and layout of `weights.bin`, little-endian: all keys (uint32, ascending within each of four sections), for each
 *  key how many languages it speaks for (uint8), then language numbers (uint8) and scores (uint8) of all pairs. */
const manifestSchema = z.object({
  format: z.literal('earshot-language-1'),
  languages: z.array(z.string()).min(1).max(256),
  /** Keys of pieces within a word, at its end, at its beginning, and of whole words. */
  sections: z.tuple([z.int().min(0), z.int().min(0), z.int().min(0), z.int().min(0)]),
  pairs: z.int().min(0),
  /** Added to each score. */
  scoreBase: z.int(),
  weightsSha256: z.string(),
});

const ENDS = 1;
const BEGINS = 2;

/** Bytes of a text that are read: up to the first space behind the first, and no further than the second. */
const BYTES_READ = 350;
const BYTES_READ_MAX = 380;
/** Bytes of a word that are read. */
const WORD_BYTES_MAX = 70;
/** What makes a mean score of n-grams a number in [0, 1): score / (score + 25). */
const SCORE_HALF = 25;
/** Twice the n-grams that a text of `BYTES_READ_MAX` can have, as a power of two. */
const SLOT_BITS = 10;
const SLOTS = 2 ** SLOT_BITS;

/** What the n-grams say of a text. Scores are in [0, 1): 0.75 to 0.85 for good texts of a language. */
export interface NgramVerdict {
  /** The best language as ISO 639-1; empty when no n-gram is known. */
  readonly language: string;
  readonly score: number;
  /** Of the second best. */
  readonly second: number;
  /** Of English. */
  readonly english: number;
  /** Distinct n-grams, known or not. */
  readonly ngrams: number;
}

export interface NgramTable {
  detect(text: string): NgramVerdict;
}

/** Throws when the files are not of this format, or not whole. */
export function loadNgramTable({ place, manifest, weights, weightsSha256 }: ModelFiles): NgramTable {
  const read = manifestSchema.safeParse(manifest);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`${place}/model.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }
  if (read.data.weightsSha256 !== weightsSha256) {
    throw new Error(
      `${place}/weights.bin: its SHA-256 is ${weightsSha256}, model.json says ${read.data.weightsSha256}`,
    );
  }
  return new PackedTable(read.data, weights);
}

class PackedTable implements NgramTable {
  readonly #languages: readonly string[];
  readonly #scoreBase: number;
  /** By section: from a key, with its bits spread, to its number. */
  readonly #keys: readonly HashIndex[];
  /** Where each key's pairs begin, and where the last one's end. */
  readonly #pairStarts: Uint32Array;
  readonly #pairLanguages: Uint8Array;
  readonly #pairScores: Uint8Array;
  readonly #totals: Float64Array;
  readonly #english: number;
  /** A hash table of the n-grams of the text in hand: a slot is in use when its stamp is the number of the text. */
  readonly #slots = new Float64Array(SLOTS);
  readonly #stamps = new Float64Array(SLOTS);
  #texts = 0;
  #ngrams = 0;

  constructor(manifest: z.output<typeof manifestSchema>, weights: Uint8Array) {
    const { languages, sections, pairs, scoreBase } = manifest;
    this.#languages = languages;
    this.#english = languages.indexOf('en');
    this.#scoreBase = scoreBase;
    this.#totals = new Float64Array(languages.length);
    const keys = sections.reduce((sum, count) => sum + count, 0);
    const bytes = keys * 5 + pairs * 2;
    if (weights.byteLength !== bytes)
      throw new Error(`the language table has ${weights.byteLength} bytes instead of ${bytes}`);
    const view = new DataView(weights.buffer, weights.byteOffset, weights.byteLength);
    const hashes = new Uint32Array(keys);
    this.#pairStarts = new Uint32Array(keys + 1);
    for (let key = 0; key < keys; key += 1) {
      hashes[key] = mix32(view.getUint32(key * 4, true));
      this.#pairStarts[key + 1] = (this.#pairStarts[key] ?? 0) + (weights[keys * 4 + key] ?? 0);
    }
    let from = 0;
    this.#keys = sections.map((count) => {
      const first = from;
      from += count;
      return new HashIndex(
        hashes.subarray(first, from),
        Uint32Array.from({ length: count }, (_, at) => first + at),
      );
    });
    this.#pairLanguages = weights.subarray(keys * 5, keys * 5 + pairs);
    this.#pairScores = weights.subarray(keys * 5 + pairs);
  }

  detect(text: string): NgramVerdict {
    this.#totals.fill(0);
    this.#texts += 1;
    this.#ngrams = 0;
    visitWords(text, this.#addWord);
    let [best, second, at] = [0, 0, -1];
    for (let language = 0; language < this.#totals.length; language += 1) {
      const total = this.#totals[language] ?? 0;
      if (total > best) {
        second = best;
        best = total;
        at = language;
      } else if (total > second) second = total;
    }
    return {
      language: this.#languages[at] ?? '',
      score: this.#scaled(best),
      second: this.#scaled(second),
      english: this.#scaled(this.#totals[this.#english] ?? 0),
      ngrams: this.#ngrams,
    };
  }

  #scaled(total: number): number {
    return total === 0 ? 0 : total / (total + SCORE_HALF * this.#ngrams);
  }

  readonly #addWord = (bytes: Uint8Array, length: number): void => {
    const read = Math.min(length, WORD_BYTES_MAX);
    let at = 0;
    for (; at + 4 < read; at += 3) this.#add(keyOf(bytes, at, 4), at === 0 ? BEGINS : 0);
    const whole = at === 0 ? BEGINS : 0;
    // The last piece of a longer word is its whole rest: unknown to eld, but it counts.
    if (length > WORD_BYTES_MAX) this.#isNew(-1 - hashOf(bytes, WORD_BYTES_MAX - 4, length));
    else this.#add(keyOf(bytes, Math.max(0, length - 4), Math.min(length, 4)), whole | ENDS);
  };

  /** Each n-gram of a text counts once. */
  #isNew(ngram: number): boolean {
    let slot = Math.imul(ngram | 0, 0x9e3779b1) >>> (32 - SLOT_BITS);
    while (this.#stamps[slot] === this.#texts) {
      if (this.#slots[slot] === ngram) return false;
      slot = (slot + 1) & (SLOTS - 1);
    }
    this.#stamps[slot] = this.#texts;
    this.#slots[slot] = ngram;
    this.#ngrams += 1;
    return true;
  }

  #add(key: number, section: number): void {
    if (!this.#isNew(key * 4 + section)) return;
    const index = this.#keys[section]?.get(mix32(key)) ?? -1;
    if (index < 0) return;
    const end = this.#pairStarts[index + 1] ?? 0;
    for (let pair = this.#pairStarts[index] ?? 0; pair < end; pair += 1) {
      const language = this.#pairLanguages[pair] ?? 0;
      this.#totals[language] =
        (this.#totals[language] ?? 0) + (this.#pairScores[pair] ?? 0) + this.#scoreBase;
    }
  }
}

/** Up to four bytes as one number, the first one highest; what is missing is 0. */
function keyOf(bytes: Uint8Array, start: number, length: number): number {
  let key = 0;
  for (let at = 0; at < 4; at += 1) key = (key << 8) | (at < length ? (bytes[start + at] ?? 0) : 0);
  return key >>> 0;
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash >>> 0;
}

const LETTER = /\p{L}/u;
/** What is known of a code unit of the basic plane: 0 nothing yet, 1 a letter, 2 none. */
const letters = new Uint8Array(0x10000);

function isLetter(unit: number): boolean {
  if (unit < 0x80) return unit >= 0x61 && unit <= 0x7a;
  letters[unit] ||= LETTER.test(String.fromCharCode(unit)) ? 1 : 2;
  return letters[unit] === 1;
}

/** ' ` ’: part of the word they stand in or before. */
function isApostrophe(unit: number): boolean {
  return unit === 0x27 || unit === 0x60 || unit === 0x2019;
}

const word = new Uint8Array(BYTES_READ_MAX + 8);

/** Shows the words of a text as UTF-8, in lower case. The bytes are only good until the visitor returns. */
function visitWords(source: string, visit: (bytes: Uint8Array, length: number) => void): void {
  const text = source.slice(0, 1_000).toLowerCase();
  let length = 0;
  let read = 0;
  let apostrophes = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const unit = at < text.length ? text.charCodeAt(at) : 0x20;
    if (isApostrophe(unit)) {
      apostrophes += 1;
      continue;
    }
    const inWord = isLetter(unit);
    if (!inWord) {
      if (at === text.length && apostrophes > 0) length = pushApostrophes(text, at, apostrophes, length);
      apostrophes = 0;
      if (length === 0) continue;
      visit(word, length);
      length = 0;
      if (read > BYTES_READ) return;
      read += 1;
      continue;
    }
    const before = length;
    if (apostrophes > 0) length = pushApostrophes(text, at, apostrophes, length);
    apostrophes = 0;
    length = pushUnit(unit, length);
    read += length - before;
    if (read > BYTES_READ_MAX) {
      visit(word, length);
      return;
    }
  }
}

function pushApostrophes(text: string, end: number, count: number, length: number): number {
  let next = length;
  for (let at = end - count; at < end; at += 1) next = pushUnit(text.charCodeAt(at), next);
  return next;
}

/** A code unit of the basic plane as UTF-8; what does not fit is left out. */
function pushUnit(unit: number, length: number): number {
  if (length + 3 > word.length) return length;
  if (unit < 0x80) {
    word[length] = unit;
    return length + 1;
  }
  if (unit < 0x800) {
    word[length] = 0xc0 | (unit >> 6);
    word[length + 1] = 0x80 | (unit & 0x3f);
    return length + 2;
  }
  word[length] = 0xe0 | (unit >> 12);
  word[length + 1] = 0x80 | ((unit >> 6) & 0x3f);
  word[length + 2] = 0x80 | (unit & 0x3f);
  return length + 3;
}
