/** A table of what was counted, a row a message, first come first forgotten: columns of numbers in a ring, found by key
 *  through open addressing. 64 bytes a row and 8 of index; they double as they fill. */
import { decodeBytes, encodeBytes } from './base64.ts';

const ROWS_MIN = 1_024;

/** A row's numbers. What they mean is the ledger's. */
export interface Columns {
  /** A hash of 53 bits, never zero. */
  readonly key: Float64Array;
  readonly order: Float64Array;
  readonly timeMs: Float64Array;
  readonly sequence: Float64Array;
  readonly author: Float64Array;
  /** When the row was made. */
  readonly since: Float64Array;
  readonly version: Uint32Array;
  readonly score: Uint32Array;
  readonly flags: Uint32Array;
  readonly channel: Uint32Array;
}

const COLUMN_NAMES = [
  'key',
  'order',
  'timeMs',
  'sequence',
  'author',
  'since',
  'version',
  'score',
  'flags',
  'channel',
] as const satisfies readonly (keyof Columns)[];

export interface RetainedState {
  readonly rows: number;
  readonly columns: Readonly<Record<(typeof COLUMN_NAMES)[number], string>>;
}

export class Retained {
  #columns: Columns;
  /** Row numbers plus one, zero where empty; at least half of it is. */
  #index: Uint32Array;
  /** Rows are `#first` to `#first + #size - 1`, modulo the capacity. */
  #first = 0;
  #size = 0;

  constructor(restored?: RetainedState) {
    const rows = restored?.rows ?? 0;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(ROWS_MIN, rows)));
    this.#columns = columnsOf(capacity);
    this.#index = new Uint32Array(capacity * 2);
    if (!restored) return;
    for (const name of COLUMN_NAMES) decodeBytes(restored.columns[name], bytesOf(this.#columns[name], rows));
    this.#size = rows;
    this.#reindex();
  }

  /** Replaced when the table grows: not to be held over `append`. */
  get columns(): Columns {
    return this.#columns;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return COLUMN_NAMES.reduce((sum, name) => sum + this.#columns[name].byteLength, this.#index.byteLength);
  }

  /** The row of this key; undefined when there is none. */
  find(key: number): number | undefined {
    const index = this.#index;
    const mask = index.length - 1;
    for (let at = placeOf(key) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const row = (index[at] ?? 0) - 1;
      if (this.#columns.key[row] === key) return row;
    }
    return undefined;
  }

  /** A row for a key that has none; its other numbers are to be written. */
  append(key: number, sinceMs: number): number {
    if (this.#size === this.#columns.key.length) this.#grow();
    const row = (this.#first + this.#size) & (this.#columns.key.length - 1);
    this.#size += 1;
    this.#columns.key[row] = key;
    this.#columns.since[row] = sinceMs;
    this.#put(row);
    return row;
  }

  /** The row that was made first; undefined when there is none. */
  get oldest(): number | undefined {
    return this.#size === 0 ? undefined : this.#first;
  }

  dropOldest(): void {
    if (this.#size === 0) return;
    this.#unindex(this.#first);
    this.#first = (this.#first + 1) & (this.#columns.key.length - 1);
    this.#size -= 1;
  }

  /** Oldest first. */
  forEachRow(visit: (row: number) => void): void {
    const mask = this.#columns.key.length - 1;
    for (let n = 0; n < this.#size; n++) visit((this.#first + n) & mask);
  }

  toState(): RetainedState {
    // One after the other: copies of all of them at once would be as large as the table.
    const packed = COLUMN_NAMES.map(
      (name) => [name, encodeBytes(bytesOf(this.#ordered(name, this.#size), this.#size))] as const,
    );
    return { rows: this.#size, columns: Object.fromEntries(packed) as RetainedState['columns'] };
  }

  #grow(): void {
    this.#columns = this.#inOrder(this.#columns.key.length * 2);
    this.#index = new Uint32Array(this.#index.length * 2);
    this.#first = 0;
    this.#reindex();
  }

  #inOrder(capacity: number): Columns {
    const ordered = COLUMN_NAMES.map((name) => [name, this.#ordered(name, capacity)] as const);
    return Object.fromEntries(ordered) as unknown as Columns;
  }

  /** A copy that begins with the oldest row. */
  #ordered(name: keyof Columns, capacity: number): Float64Array | Uint32Array {
    const from = this.#columns[name];
    const copy = from instanceof Float64Array ? new Float64Array(capacity) : new Uint32Array(capacity);
    const tail = Math.min(this.#size, from.length - this.#first);
    copy.set(from.subarray(this.#first, this.#first + tail));
    copy.set(from.subarray(0, this.#size - tail), tail);
    return copy;
  }

  #reindex(): void {
    this.#index.fill(0);
    this.forEachRow((row) => this.#put(row));
  }

  #put(row: number): void {
    const mask = this.#index.length - 1;
    let at = placeOf(this.#columns.key[row] ?? 0) & mask;
    while (this.#index[at] !== 0) at = (at + 1) & mask;
    this.#index[at] = row + 1;
  }

  /** Closes the gap by moving back what stands behind it (Knuth, volume 3, 6.4, algorithm R): no tombstones. */
  #unindex(row: number): void {
    const index = this.#index;
    const mask = index.length - 1;
    let gap = placeOf(this.#columns.key[row] ?? 0) & mask;
    while (index[gap] !== row + 1) gap = (gap + 1) & mask;
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const home = placeOf(this.#columns.key[(index[at] ?? 0) - 1] ?? 0) & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      index[gap] = index[at] ?? 0;
      gap = at;
    }
    index[gap] = 0;
  }
}

function placeOf(key: number): number {
  return key >>> 0;
}

function columnsOf(rows: number): Columns {
  const wide = () => new Float64Array(rows);
  const narrow = () => new Uint32Array(rows);
  return {
    key: wide(),
    order: wide(),
    timeMs: wide(),
    sequence: wide(),
    author: wide(),
    since: wide(),
    version: narrow(),
    score: narrow(),
    flags: narrow(),
    channel: narrow(),
  };
}

function bytesOf({ buffer, byteOffset, BYTES_PER_ELEMENT }: Float64Array | Uint32Array, rows: number) {
  return new Uint8Array(buffer, byteOffset, rows * BYTES_PER_ELEMENT);
}
