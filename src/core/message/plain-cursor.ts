/** Reads compact JSON of strings and numbers that stay as they are. Whatever is written in another way is not plain, which ends
 *  the reading: nothing here tells why. */
import { utf8 } from './json-writer.ts';

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

/** Of a name the quotes and the colon. */
export const NAME_MARKS = 3;

/** A whole number of more digits is not read here. */
const DIGITS_MAX = 15;

/** A message in the bytes that it came in. */
export interface PlainJson {
  readonly bytes: Uint8Array;
  /** Of each field, in its order there: its number among the fields that a message may have, where its value begins and where it ends. */
  readonly places: readonly number[];
}

/** One of at most 32 fields that an object may have. `read` answers whether the value was plain, and took it. */
export interface PlainField<T> {
  readonly name: Uint8Array;
  readonly read: (from: PlainCursor, into: T) => boolean;
}

export function plainField<T>(name: string, read: PlainField<T>['read']): PlainField<T> {
  return { name: utf8(name), read };
}

export class PlainCursor {
  #bytes: Uint8Array = new Uint8Array();
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
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  get isAscii(): boolean {
    return this.#behindAtEnd === 0;
  }

  /** Fields in any order, each at most once; at least one. Of each that was read its number, where its value begins and where it
   *  ends is added to `places`. Looked for in the order of `fields`, behind the one before: most are where they are expected. */
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
      const start = this.#at;
      if (!field.read(this, into)) return false;
      places?.push(index, start, this.#at);
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

  /** Strings of these characters, none twice; none at all where it is not plain. */
  list(chars: number, charsMax: number, itemsMax: number): string[] {
    if (!this.#take(OPEN_LIST)) return [];
    const items: string[] = [];
    do {
      const item = this.string(chars, charsMax);
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
    this.#at = end + NAME_MARKS - 1;
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
