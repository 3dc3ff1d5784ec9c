/** Reads compact JSON of strings and numbers that stay as they are. Whatever is written in another way is not plain, which ends
 *  the reading: nothing here tells why. */
import { utf8 } from './json-writer.ts';
import { textOf } from './units.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const SPACE = 0x20;
const TILDE = 0x7e;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const TRUE = utf8('true');
const FALSE = utf8('false');

/** What a string may hold, as bits: letters a to z; besides them digits, `_` and `-`; what is visible; what stands on a line; what
 *  stands in a text that is no markup, also beyond ASCII. */
export const LETTERS = 1;
export const TOKEN = 2;
export const VISIBLE = 4;
export const LINE = 8;
export const TEXT = 16;

const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte > TILDE) return byte < 0x80 ? 0 : TEXT;
  if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) return 0;
  const char = String.fromCharCode(byte);
  const token = /[a-z]/.test(char) ? LETTERS | TOKEN : /[0-9_-]/.test(char) ? TOKEN : 0;
  return token | (byte === SPACE ? 0 : VISIBLE) | LINE | (/[<&]/.test(char) ? 0 : TEXT);
});

/** Before a value, besides its name: a comma or brace, the quotes and the colon. */
export const NAME_MARKS = 4;

/** A whole number of more digits is not read here. */
const DIGITS_MAX = 15;

/** A message in the bytes that it came in. */
export interface PlainJson {
  readonly bytes: Uint8Array;
  /** Of the memory that holds them, and where in it they begin. */
  readonly memory: DataView;
  readonly offset: number;
  /** Of each field, in its order there: `FIELDS_MAX` times where its value ends, plus its number among the fields that a message may
   *  have. Nothing but its name and `NAME_MARKS` stands between the end of one value, a comma, and the next value. */
  readonly places: readonly number[];
  /** Where the text begins, when all bytes are of ASCII; else -1. */
  readonly textAt: number;
}

/** Fields that an object may have, at most. */
export const FIELDS_MAX = 32;

/** Strings of which few differ: so many are remembered, of so many bytes at most. */
const NAMES = 256;
const NAME_BYTES_MAX = 16;

/** One of the fields that an object may have. `read` answers whether the value was plain, and took it. */
export interface PlainField<T> {
  readonly name: Uint8Array;
  readonly read: (from: PlainCursor, into: T) => boolean;
}

export function plainField<T>(name: string, read: PlainField<T>['read']): PlainField<T> {
  return { name: utf8(name), read };
}

export class PlainCursor {
  #bytes: Uint8Array = new Uint8Array();
  #memory = new DataView(this.#bytes.buffer);
  /** Names that were read, by a hash, and the bytes of each: see `name`. */
  readonly #names = new Array<string>(NAMES).fill('');
  readonly #nameBytes = new Uint8Array(NAMES * NAME_BYTES_MAX);
  #decoded = '';
  #at = 0;
  /** How far the place in the text is behind the one in the bytes, and will be behind the one string beyond ASCII. */
  #behind = 0;
  #behindAtEnd = 0;

  /** `decoded`: what the bytes decode to. */
  begin(bytes: Uint8Array, decoded: string): void {
    this.#bytes = bytes;
    this.#decoded = decoded;
    this.#at = 0;
    this.#behind = 0;
    this.#behindAtEnd = bytes.length - decoded.length;
    const { buffer } = bytes;
    // Payloads of one batch stand in one piece of memory.
    if (this.#memory.buffer !== buffer) this.#memory = new DataView(buffer);
  }

  /** Of the memory that holds the bytes. */
  get memory(): DataView {
    return this.#memory;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  get isAscii(): boolean {
    return this.#behindAtEnd === 0;
  }

  /** Fields in any order, each at most once; at least one. Of each that was read its place is added to `places`, as `PlainJson` has
   *  it. Looked for in the order of `fields`, behind the one before: most are where they are expected. */
  object<T>(fields: readonly PlainField<T>[], into: T, places?: number[]): boolean {
    if (!this.#take(OPEN_OBJECT)) return false;
    let seen = 0;
    let expected = 0;
    do {
      const index = this.#name(fields, expected);
      const field = fields[index];
      if (field === undefined || (seen & (1 << index)) !== 0) return false;
      seen |= 1 << index;
      expected = index + 1;
      if (!field.read(this, into)) return false;
      places?.push(this.#at * FIELDS_MAX + index);
    } while (this.#take(COMMA));
    return this.#take(CLOSE_OBJECT);
  }

  /** Not empty, of these characters, and without spaces at its ends; else an empty one. */
  string(chars: number, charsMax: number): string {
    const start = this.#at + 1;
    const end = this.#stringEnd(chars);
    if (end <= start || end - start > charsMax) return '';
    const from = start - this.#behind;
    if ((chars & TEXT) !== 0) this.#behind = this.#behindAtEnd;
    return this.#decoded.slice(from, end - this.#behind);
  }

  /** The same of ASCII where few differ: one that was read before is the same object again, whose hash V8 knows. */
  name(chars: number, charsMax: number): string {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    const end = this.#stringEnd(chars);
    const length = end - start;
    if (length <= 0 || length > charsMax) return '';
    if (length > NAME_BYTES_MAX) return this.#decoded.slice(start - this.#behind, end - this.#behind);
    let hash = length;
    for (let at = start; at < end; at += 1) hash = (hash * 31 + (bytes[at] ?? 0)) | 0;
    const place = hash & (NAMES - 1);
    const known = this.#names[place] ?? '';
    const first = place * NAME_BYTES_MAX;
    let same = known.length === length ? 0 : -1;
    while (same >= 0 && same < length)
      same = this.#nameBytes[first + same] === bytes[start + same] ? same + 1 : -1;
    if (same === length) return known;
    const name = textOf(bytes, start, end); // Not a part of what was decoded, which it would keep.
    this.#names[place] = name;
    for (let at = 0; at < length; at += 1) this.#nameBytes[first + at] = bytes[start + at] ?? 0;
    return name;
  }

  /** The first byte of the string that begins here. */
  get first(): number {
    return this.#bytes[this.#at + 1] ?? 0;
  }

  /** Whether the string that begins here begins so. */
  begins(expected: Uint8Array): boolean {
    return this.#stands(expected, this.#at + 1);
  }

  /** Strings of these characters where few differ, none twice; none at all where it is not plain. */
  list(chars: number, charsMax: number, itemsMax: number): string[] {
    if (!this.#take(OPEN_LIST)) return [];
    const items: string[] = [];
    do {
      const item = this.name(chars, charsMax);
      if (item === '' || items.length === itemsMax || items.includes(item)) return [];
      items.push(item);
    } while (this.#take(COMMA));
    return this.#take(CLOSE_LIST) ? items : [];
  }

  /** 0 or more; -1 for anything else. */
  whole(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let value = 0;
    let at = start;
    for (; at < bytes.length; at += 1) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#at = at;
    const digits = at - start;
    if (digits === 0 || digits > DIGITS_MAX || (digits > 1 && bytes[start] === ZERO)) return -1;
    return value;
  }

  /** Undefined for anything else than `true` and `false`. */
  flag(): boolean | undefined {
    if (this.#takeAll(TRUE)) return true;
    return this.#takeAll(FALSE) ? false : undefined;
  }

  #takeAll(expected: Uint8Array): boolean {
    if (!this.#stands(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }

  #stands(expected: Uint8Array, start: number): boolean {
    const bytes = this.#bytes;
    for (let at = 0; at < expected.length; at += 1) if (bytes[start + at] !== expected[at]) return false;
    return true;
  }

  #take(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  /** Of the field whose name and colon stand here; -1 when there is none. */
  #name<T>(fields: readonly PlainField<T>[], expected: number): number {
    const { length } = fields;
    for (let tried = 0, index = expected; tried < length; tried += 1, index += 1) {
      if (index >= length) index -= length;
      const name = fields[index]?.name;
      if (name !== undefined && this.#isName(name)) return index;
    }
    return -1;
  }

  #isName(name: Uint8Array): boolean {
    const start = this.#at + 1;
    if (!this.#stands(name, start)) return false;
    const bytes = this.#bytes;
    const end = start + name.length;
    if (bytes[start - 1] !== QUOTE || bytes[end] !== QUOTE || bytes[end + 1] !== COLON) return false;
    this.#at = end + 2;
    return true;
  }

  /** Moves behind the string that begins here. Where its last quote is; -1 when it is not plain. */
  #stringEnd(chars: number): number {
    const bytes = this.#bytes;
    const start = this.#at + 1;
    let end = start;
    while (((CLASSES[bytes[end] ?? 0] ?? 0) & chars) !== 0) end += 1;
    if (bytes[start - 1] !== QUOTE || bytes[end] !== QUOTE) return -1;
    if (bytes[start] === SPACE || bytes[end - 1] === SPACE) return -1;
    this.#at = end + 1;
    return end;
  }
}
