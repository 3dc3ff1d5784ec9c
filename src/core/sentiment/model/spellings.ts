/** Numbers for spellings, asked with a place in a text: what is met again costs neither a copy of its characters nor a hash of
 *  the engine's. Set-associative: a spelling may be in one of four neighbouring places, and the one that was not asked for
 *  for longest makes room for a new one. Bounded, and without bookkeeping for what is not asked for. */
import { fourUnitsAt, PACKED_UNITS, textOf, units } from '../../message/units.ts';
import { begin, extend, finish } from './hash.ts';
import { ALIGNING_BYTES, INTS, LAST_TEXT, newRecords, type Records } from './records.ts';

const WAYS = 4;
/** Of a place: three of the spelling, and its number plus one. */
const INTS_A_PLACE = 4;
const NUMBER = 3;
/** Up to 12 units of ASCII stand in the three numbers as they are; a longer or other spelling is kept as a string. */
const IS_STRING = 0x80;
const NOT_ASCII = 0x80808080;
/** What of four units belongs to a spelling that holds so many of them. */
const MASKS = Int32Array.from({ length: 3 * PACKED_UNITS + 1 }, (_, at) => {
  const held = at - PACKED_UNITS;
  return held <= 0 ? 0 : held >= 4 ? -1 : (1 << (8 * held)) - 1;
});
/** What is spelled alike and is something else: groups 0 to 3. */
const GROUP_BITS = [0, 0x8000, 0x800000, 0x808000];

export class Spellings {
  readonly records: Records;
  readonly #places: Int32Array;
  readonly #setMask: number;
  readonly #strings: string[];
  /** Numbers given to spellings that are remembered. */
  #given = 0;
  #unkept = 0;
  #text = 0;
  #isNew = false;

  /** Remembers `capacity` spellings, rounded up to a power of two. `unkeptMax`: how many a single text may have that are not
   *  remembered. */
  constructor(capacity: number, unkeptMax: number) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(capacity, WAYS)));
    this.records = newRecords(places + unkeptMax);
    this.#setMask = places / WAYS - 1;
    const bytes = places * INTS_A_PLACE * Int32Array.BYTES_PER_ELEMENT;
    // So that four neighbours are one line of the processor's cache.
    this.#places = new Int32Array(new ArrayBuffer(ALIGNING_BYTES + bytes), ALIGNING_BYTES);
    this.#strings = new Array<string>(places).fill('');
  }

  /** As if nobody had asked yet. */
  forget(): void {
    this.#places.fill(0);
    this.#strings.fill('');
    this.#given = 0;
    this.beginText();
  }

  /** Numbers given from here on are different for different spellings, until the next beginning. */
  beginText(): void {
    this.#text = (this.#text + 1) | 0;
    this.#unkept = 0;
  }

  /** Whether nobody asked for the last number before, as far as is remembered. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** A number that is not remembered. */
  unkept(): number {
    this.#isNew = true;
    this.#unkept += 1;
    return this.records.size - this.#unkept;
  }

  /** The number of the spelling from `start` to `end` of `units`. Never of an empty one, nor of one that holds U+0000. */
  find(start: number, end: number, group: number): number {
    const groupBits = GROUP_BITS[group] ?? 0;
    const length = end - start;
    if (length <= PACKED_UNITS) {
      const low = fourUnitsAt(start) & (MASKS[PACKED_UNITS + length] ?? 0);
      const middle = fourUnitsAt(start + 4) & (MASKS[PACKED_UNITS + length - 4] ?? 0);
      const high = fourUnitsAt(start + 8) & (MASKS[PACKED_UNITS + length - 8] ?? 0);
      if (((low | middle | high) & NOT_ASCII) === 0)
        return this.#place(low | groupBits, middle, high, start, end);
    }
    let one = begin(1);
    let other = begin(2);
    for (let at = start; at < end; at += 1) {
      const unit = units[at] ?? 0;
      one = extend(one, unit);
      other = extend(other, unit ^ 0x5555);
    }
    return this.#place(IS_STRING | groupBits, one, other, start, end);
  }

  #place(low: number, middle: number, high: number, start: number, end: number): number {
    const places = this.#places;
    const hash = finish(low ^ Math.imul(middle, 0x9e3779b1) ^ Math.imul(high, 0x85ebca77));
    const first = (hash & this.#setMask) * WAYS;
    for (let place = first; place < first + WAYS; place += 1) {
      const at = place * INTS_A_PLACE;
      if (places[at] !== low || places[at + 1] !== middle || places[at + 2] !== high) continue;
      if ((low & IS_STRING) !== 0 && !isAt(this.#strings[place] ?? '', start, end)) continue;
      const number = (places[at + NUMBER] ?? 0) - 1;
      this.records.ints[number * INTS + LAST_TEXT] = this.#text;
      this.#isNew = false;
      return number;
    }
    const place = this.#oldest(first);
    if (place < 0) return this.unkept();
    const at = place * INTS_A_PLACE;
    if (places[at + NUMBER] === 0) places[at + NUMBER] = this.#given += 1;
    places[at] = low;
    places[at + 1] = middle;
    places[at + 2] = high;
    this.#strings[place] = (low & IS_STRING) === 0 ? '' : textOf(units, start, end);
    this.#isNew = true;
    const number = (places[at + NUMBER] ?? 0) - 1;
    this.records.ints[number * INTS + LAST_TEXT] = this.#text;
    return number;
  }

  /** Of four places an empty one, or the one not asked for for longest; -1 when all of them stand in this very text. */
  #oldest(first: number): number {
    let oldest = -1;
    let oldestAge = 0;
    for (let place = first; place < first + WAYS; place += 1) {
      const number = (this.#places[place * INTS_A_PLACE + NUMBER] ?? 0) - 1;
      if (number < 0) return place;
      const age = (this.#text - (this.records.ints[number * INTS + LAST_TEXT] ?? 0)) >>> 0;
      if (age <= oldestAge) continue;
      oldest = place;
      oldestAge = age;
    }
    return oldest;
  }
}

function isAt(text: string, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) !== units[start + at]) return false;
  return true;
}
