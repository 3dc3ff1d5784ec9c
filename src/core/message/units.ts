/** The UTF-16 units of the text in hand, in an array: a string has to be asked for each unit what kind of string it is. One
 *  array for all who read texts, so that finding a text's language and its sentiment copies it once. */
import { MESSAGE_LIMITS } from './limits.ts';

const UNITS_MAX = MESSAGE_LIMITS.textCharsMax;

/** Whatever holds units by index: an array, or one that counts how often it is looked at. */
export type Units = Readonly<Record<number, number>>;

/** Units of a text that can be read together as bytes. */
export const PACKED_UNITS = 12;

/** Good until the next text is read. Behind the last unit stands 0, which no token holds. */
export const units: Uint16Array = new Uint16Array(UNITS_MAX + 1);

/** The same as bytes, 0x80 for what is not ASCII: four can be read at once. */
const bytes = new Uint8Array(UNITS_MAX + PACKED_UNITS);
const view = new DataView(bytes.buffer);

let inHand = '';
/** Bits of all its units. */
let bitsInHand = 0;

/** Brings a text into `units`; returns how many of its units are there: 4,096 at most. */
export function readUnits(text: string): number {
  const length = Math.min(text.length, UNITS_MAX);
  if (text === inHand) return length;
  let bits = 0;
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    units[at] = unit;
    bytes[at] = unit < 0x80 ? unit : 0x80;
    bits |= unit;
  }
  units[length] = 0;
  inHand = text;
  bitsInHand = bits;
  return length;
}

/** The same for a text of ASCII that stands in `from`, from `start` on: a byte is told sooner than a unit of a string. */
export function readUnitsOf(text: string, from: Uint8Array, start: number): void {
  if (text === inHand) return;
  const length = Math.min(text.length, UNITS_MAX);
  inHand = text;
  bitsInHand = 0;
  for (let at = 0; at < length; at += 1) {
    const unit = from[start + at] ?? 0;
    units[at] = unit;
    bytes[at] = unit;
  }
  units[length] = 0;
}

/** Whether what is in `units` is of ASCII alone. */
export const isAsciiInHand = (): boolean => bitsInHand < 0x80;

/** Four units of the text in hand from `at` on, the first one lowest; what is not ASCII has the highest bit of its byte set. */
export const fourUnitsAt = (at: number): number => view.getInt32(at, true);

/** The code point that begins at `at`; a surrogate alone is its own. */
export function codePointAt(from: Units, at: number): number {
  const unit = from[at] ?? 0;
  if (unit < 0xd800 || unit >= 0xdc00) return unit;
  const next = from[at + 1] ?? 0;
  return next >= 0xdc00 && next < 0xe000 ? ((unit - 0xd800) << 10) + next - 0xdc00 + 0x10000 : unit;
}

/** Of a text without characters beyond the basic plane. */
export const unitsOf = (text: string): number[] => Array.from(text, (char) => char.charCodeAt(0));

/** What stands from `start` to `end`, as a string of its own: V8 keeps the whole text for a slice of it. */
export function textOf(from: Units, start: number, end: number): string {
  const codes: number[] = [];
  for (let at = start; at < end; at += 1) codes.push(from[at] ?? 0);
  return String.fromCharCode(...codes);
}
