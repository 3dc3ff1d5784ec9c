/** JSON straight into UTF-8 bytes, as JSON.stringify and an encoder would write it: what is written together is taken together.
 *  A string that is put together of many pieces has to be flattened and then encoded; bytes are only copied. */

/** Of payloads one after the other; larger ones get room of their own. Who keeps one payload keeps the room. */
const ROOM_BYTES = 65_536;
/** Units of UTF-16 take three bytes at most. */
const UNIT_BYTES_MAX = 3;
/** Names of fields that are kept as bytes; others are encoded each time. */
const NAMES_MAX = 256;
const INTEGER_DIGITS_MAX = 16;
/** Digits that a number of 31 bits has room for, both here and above them. */
const LOW_DIGITS = 8;
const LOW_PARTS = 10 ** LOW_DIGITS;
const DECIMALS = 4;
const DECIMAL_PARTS = 10_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** 1 for what stands in a JSON string as it is, in one byte. */
const PLAIN = Uint8Array.from({ length: 128 }, (_, unit) =>
  unit >= 0x20 && unit !== QUOTE && unit !== 0x5c ? 1 : 0,
);

const encoder = new TextEncoder();

/** What code writes again and again. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/** Where something was written. */
export interface Written {
  readonly room: Uint8Array;
  readonly from: number;
  readonly to: number;
}

export class JsonWriter {
  #room = new Uint8Array(ROOM_BYTES);
  #memory = new DataView(this.#room.buffer);
  #from = 0;
  #at = 0;
  readonly #names = new Map<string, Uint8Array>();

  /** A payload begins; one that was begun and not finished is forgotten. */
  begin(): void {
    this.#from = this.#at;
  }

  /** What was written since: a view, which stays as it is whatever is written behind it. */
  written(): Uint8Array {
    return this.#room.subarray(this.#from, this.#at);
  }

  /** The same as a place, which costs less than a view: for `again`. */
  mark(): Written {
    return { room: this.#room, from: this.#from, to: this.#at };
  }

  again({ room, from, to }: Written): void {
    this.bytes(room, from, to);
  }

  /** Takes back the last byte: an object is opened again. */
  reopen(): void {
    this.#at -= 1;
  }

  bytes(bytes: Uint8Array, from = 0, to = bytes.length): void {
    const length = to - from;
    const room = this.#reserve(length);
    // A loop is faster than `set` for what is short.
    if (length > 64) room.set(length < bytes.length ? bytes.subarray(from, to) : bytes, this.#at);
    else for (let next = from, at = this.#at; next < to; next++, at++) room[at] = bytes[next] ?? 0;
    this.#at += length;
  }

  /** What stands there from `from` to before `to`: four bytes at a time, since most of what is written is copied. */
  copy(source: DataView, from: number, to: number): void {
    this.#reserve(to - from);
    const memory = this.#memory;
    const wordsEnd = to - 3;
    let next = from;
    let at = this.#at;
    for (; next < wordsEnd; next += 4, at += 4) memory.setInt32(at, source.getInt32(next));
    for (; next < to; next += 1, at += 1) memory.setInt8(at, source.getInt8(next));
    this.#at = at;
  }

  /** As it is, not as a JSON string. */
  text(text: string): void {
    const { length } = text;
    const room = this.#reserve(length * UNIT_BYTES_MAX);
    let at = this.#at;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) {
        this.#at += encoder.encodeInto(text, room.subarray(this.#at)).written;
        return;
      }
      room[at++] = unit;
    }
    this.#at = at;
  }

  string(text: string): void {
    const { length } = text;
    const room = this.#reserve(length + 2);
    let at = this.#at;
    room[at++] = QUOTE;
    for (let index = 0; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80 || PLAIN[unit] === 0) {
        this.text(JSON.stringify(text));
        return;
      }
      room[at++] = unit;
    }
    room[at++] = QUOTE;
    this.#at = at;
  }

  /** Whole numbers, and fractions of four decimals as scores have them, digit by digit. */
  number(value: number): void {
    const room = this.#reserve(INTEGER_DIGITS_MAX);
    const size = Math.abs(value);
    const parts = Math.round(size * DECIMAL_PARTS);
    if (size < 1 && size > 0 && parts / DECIMAL_PARTS === size) {
      if (value < 0) room[this.#at++] = MINUS;
      room[this.#at++] = ZERO;
      room[this.#at++] = POINT;
      let digits = DECIMALS;
      let rest = parts | 0;
      for (; rest % 10 === 0; digits--) rest = (rest / 10) | 0;
      this.#digits(rest, digits);
    } else if (Number.isSafeInteger(value) && value >= 0) {
      let digits = 1;
      for (let limit = 10; value >= limit; limit *= 10) digits += 1;
      if (digits > LOW_DIGITS) {
        const high = Math.floor(value / LOW_PARTS);
        this.#digits(high, digits - LOW_DIGITS);
        this.#digits(value - high * LOW_PARTS, LOW_DIGITS);
      } else this.#digits(value, digits);
    } else this.text(JSON.stringify(value));
  }

  /** Of at most 31 bits. */
  #digits(value: number, digits: number): void {
    const room = this.#room;
    this.#at += digits;
    let rest = value | 0;
    for (let at = this.#at - 1, from = this.#at - digits; at >= from; at--) {
      const tens = (rest / 10) | 0;
      room[at] = rest - tens * 10 + ZERO;
      rest = tens;
    }
  }

  /** Plain data: what JSON.stringify leaves out of an object is left out. */
  value(value: unknown): void {
    if (typeof value === 'string') this.string(value);
    else if (typeof value === 'number') this.number(value);
    else if (Array.isArray(value)) this.#list(value);
    else if (typeof value === 'object' && value !== null) this.#object(value as Record<string, unknown>);
    else this.text(JSON.stringify(value) ?? 'null');
  }

  #list(values: readonly unknown[]): void {
    this.#byte(OPEN_LIST);
    for (let at = 0; at < values.length; at++) {
      if (at > 0) this.#byte(COMMA);
      this.value(values[at]);
    }
    this.#byte(CLOSE_LIST);
  }

  #object(fields: Readonly<Record<string, unknown>>): void {
    let before = OPEN_OBJECT;
    for (const name in fields) {
      const value = fields[name];
      if (value === undefined) continue;
      this.#byte(before);
      before = COMMA;
      this.bytes(this.#names.get(name) ?? this.#nameOf(name));
      this.value(value);
    }
    if (before === OPEN_OBJECT) this.#byte(OPEN_OBJECT);
    this.#byte(CLOSE_OBJECT);
  }

  #nameOf(name: string): Uint8Array {
    const bytes = utf8(`${JSON.stringify(name)}:`);
    if (this.#names.size < NAMES_MAX) this.#names.set(name, bytes);
    return bytes;
  }

  #byte(byte: number): void {
    this.#reserve(1)[this.#at++] = byte;
  }

  #reserve(bytes: number): Uint8Array {
    const room = this.#room;
    if (this.#at + bytes <= room.length) return room;
    const open = room.subarray(this.#from, this.#at);
    this.#room = new Uint8Array(Math.max(ROOM_BYTES, (open.length + bytes) * 2));
    this.#memory = new DataView(this.#room.buffer);
    this.#room.set(open);
    this.#from = 0;
    this.#at = open.length;
    return this.#room;
  }
}
