/** Everything that queries look up in a message, found in one pass over its letters, however many queries there are. */
import { Domains, hostStart, NO_HOST, UNREADABLE } from './query.domains.ts';
import type { Key } from './query.frequency.ts';
import { hashOn, HASH_START } from './query.hash.ts';
import type { HeldKeys } from './query.held.ts';
import type { Subject } from './query.subject.ts';
import { isAsciiInHand, readUnits, units } from '../message/units.ts';
import { EMPTY, Filter, FOLDED, isSign, mayHold, Table } from './query.tables.ts';
import { isPlain } from './text-tokens.ts';

interface Filters {
  readonly whole: Filter;
  readonly beginnings: Filter;
  /** Of the beginnings, as many letters as the shortest has. */
  readonly heads: Filter;
  readonly wholeNumbers: Table;
  readonly beginningNumbers: Table;
  /** Of the shortest beginning. */
  readonly lengthMin: number;
  /** Of what a message links to. */
  readonly linked: Domains;
  /** Of where a message itself is. */
  readonly own: Domains;
}

type FieldNumbers = Map<FieldKey['name'], Map<string, number>>;
type FieldKey = Extract<Key, { kind: 'field' }>;
const ADDRESS_FIELDS = ['link', 'url'] as const;
const NO_NUMBERS: ReadonlyMap<string, number> = new Map();

export class Vocabulary {
  readonly #whole = new Map<string, number>();
  readonly #beginnings = new Map<string, number>();
  /** By the name of the field, then by value; those of addresses apart. */
  readonly #fields: FieldNumbers = new Map();
  readonly #domains: FieldNumbers = new Map();
  #size = 0;
  /** Adding a key throws them away. */
  #filters: Filters | undefined;

  /** How many keys there are; their numbers are below. */
  get size(): number {
    return this.#size;
  }

  /** The number of the key, new or known. */
  add(key: Key): number {
    const numbers = this.#numbersOf(key);
    const value = key.kind === 'field' ? key.value : key.text;
    let number = numbers.get(value);
    if (number === undefined) {
      numbers.set(value, (number = this.#size++));
      this.#filters = undefined;
    }
    return number;
  }

  #numbersOf(key: Key): Map<string, number> {
    if (key.kind !== 'field') return key.kind === 'whole' ? this.#whole : this.#beginnings;
    const fields = key.name === 'link' || key.name === 'url' ? this.#domains : this.#fields;
    const known = fields.get(key.name) ?? new Map<string, number>();
    fields.set(key.name, known);
    return known;
  }

  #makeFilters(): Filters {
    const [links = NO_NUMBERS, urls = NO_NUMBERS] = ADDRESS_FIELDS.map((name) => this.#domains.get(name));
    const beginnings = [...this.#beginnings.keys()];
    const lengthMin = beginnings.reduce((min, { length }) => Math.min(min, length), Infinity);
    return {
      whole: new Filter(this.#whole.keys()),
      beginnings: new Filter(beginnings),
      heads: new Filter(new Set(beginnings.map((text) => text.slice(0, lengthMin)))),
      wholeNumbers: new Table(this.#whole),
      beginningNumbers: new Table(this.#beginnings),
      lengthMin,
      linked: new Domains([...links, ...urls]),
      own: new Domains(urls),
    };
  }

  /** Makes what reading needs, so that no message waits for it. */
  prepare(): void {
    this.#filters ??= this.#makeFilters();
  }

  /** Adds the keys that the message holds. Of domains also some that it does not: whoever asks for one must look. */
  read(subject: Subject, held: HeldKeys): void {
    const filters = (this.#filters ??= this.#makeFilters());
    let hasReadLinks = false;
    const length = readUnits(subject.text);
    if (isAsciiInHand() || isPlain(subject.text))
      hasReadLinks = this.#readPlain(subject.text, length, filters, held);
    else {
      const { words, marks } = subject.folded;
      for (const word of words) this.#readText(word, filters, held);
      if (marks.size > 0) for (const mark of marks.values()) this.#readText(mark, filters, held);
    }
    for (const mark of subject.declared) this.#readText(mark, filters, held);
    this.#readFields(this.#fields, subject, held);
    if (filters.linked.size === 0) return;
    const hasReadAll = hasReadLinks && this.#readAddresses(subject, filters, held);
    if (!hasReadAll) this.#readFields(this.#domains, subject, held);
  }

  #readFields(fields: FieldNumbers, subject: Subject, held: HeldKeys): void {
    for (const [name, numbers] of fields)
      for (const value of subject.values(name)) {
        const number = numbers.get(value);
        if (number !== undefined) held.add(number);
      }
  }

  /** Reads the addresses beside the text; false when one cannot be read. */
  #readAddresses(subject: Subject, { linked, own }: Filters, held: HeldKeys): boolean {
    for (const link of subject.links) if (!linked.readAddress(link, held)) return false;
    return own.size === 0 || subject.url === undefined || own.readAddress(subject.url, held);
  }

  /** What the tokenizer's words and marks would bring up of the text in `units`, without making them: most are no key; and the
   *  addresses. False when one of these cannot be read. */
  #readPlain(text: string, length: number, filters: Filters, held: HeldKeys): boolean {
    const asksForLinks = filters.linked.size > 0;
    let hasReadLinks = true;
    let hostEnd = 0;
    let wordEnd = -1;
    for (let at = 0; at < length; at += 1) {
      if (FOLDED[units[at] ?? 0] === 0) continue;
      const before = at - 1;
      const isMark = before >= 0 && before !== wordEnd && isSign(units[before] ?? 0);
      if (isMark) this.#readRun(before, filters, held);
      wordEnd = this.#readRun(at, filters, held);
      if (asksForLinks && hasReadLinks) {
        const start = hostStart(at, wordEnd);
        // What was read before is not read again: the work stays linear.
        if (start !== NO_HOST && start >= hostEnd) hostEnd = filters.linked.read(text, start, held);
        hasReadLinks = hostEnd !== UNREADABLE;
      }
      at = wordEnd;
    }
    return hasReadLinks;
  }

  /** Reads a word, or a sign and the word behind it; answers where it ends. */
  #readRun(start: number, filters: Filters, held: HeldKeys): number {
    const { whole, heads, wholeNumbers, lengthMin } = filters;
    const first = units[start] ?? 0;
    let hash = hashOn(HASH_START, isSign(first) ? first : (FOLDED[first] ?? 0));
    let end = start + 1;
    for (;;) {
      if (end - start === lengthMin && mayHold(heads, hash))
        this.#readBeginnings(start, end, hash, filters, held);
      const folded = FOLDED[units[end] ?? 0] ?? 0; // Behind the text stands 0, which separates.
      if (folded === 0) break;
      hash = hashOn(hash, folded);
      end += 1;
    }
    if (mayHold(whole, hash)) {
      const number = wholeNumbers.find(hash, start, end);
      if (number !== EMPTY) held.add(number);
    }
    return end;
  }

  /** Of a word whose first letters, up to `headEnd`, some beginning has. */
  #readBeginnings(start: number, headEnd: number, headHash: number, filters: Filters, held: HeldKeys): void {
    const { beginnings, beginningNumbers } = filters;
    let hash = headHash;
    for (let end = headEnd; ; end += 1) {
      if (mayHold(beginnings, hash)) {
        const number = beginningNumbers.find(hash, start, end);
        if (number !== EMPTY) held.add(number);
      }
      const folded = FOLDED[units[end] ?? 0] ?? 0;
      if (folded === 0) return;
      hash = hashOn(hash, folded);
    }
  }

  /** Of a word or mark that is folded, in any script. */
  #readText(text: string, { whole, beginnings, lengthMin }: Filters, held: HeldKeys): void {
    const end = text.length;
    let hash = HASH_START;
    for (let at = 0; at < end; at += 1) {
      hash = hashOn(hash, text.charCodeAt(at));
      if (at + 1 < lengthMin || !mayHold(beginnings, hash)) continue;
      const number = this.#beginnings.get(text.slice(0, at + 1));
      if (number !== undefined) held.add(number);
    }
    if (!mayHold(whole, hash)) return;
    const number = this.#whole.get(text);
    if (number !== undefined) held.add(number);
  }
}
