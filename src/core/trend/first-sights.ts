/** Where a term was met first, until it is met again and known by name: most terms never are. Fixed memory; a new one takes
 *  the place of an old one, whose trend then counts a post less. */
import type { Sighting } from './candidates.ts';
import { packCells, unpackCells } from './cells.ts';

/** A power of two; 24 bytes each. */
const SIGHTS_MAX = 65_536;
/** Key, post and time of each. */
const FIELDS = 3;

export class FirstSights {
  readonly #cells = new Float64Array(SIGHTS_MAX * FIELDS);

  constructor(restored?: string) {
    if (restored !== undefined) unpackCells(restored, new Uint32Array(this.#cells.buffer));
  }

  get bytes(): number {
    return this.#cells.byteLength;
  }

  note(key: number, { post, timeMs }: Sighting): void {
    const at = (key & (SIGHTS_MAX - 1)) * FIELDS;
    this.#cells[at] = key;
    this.#cells[at + 1] = post;
    this.#cells[at + 2] = timeMs;
  }

  get(key: number): Sighting | undefined {
    const at = (key & (SIGHTS_MAX - 1)) * FIELDS;
    if (this.#cells[at] !== key) return undefined;
    return { post: this.#cells[at + 1] ?? 0, timeMs: this.#cells[at + 2] ?? 0 };
  }

  forget(key: number, post: number): void {
    const at = (key & (SIGHTS_MAX - 1)) * FIELDS;
    if (this.#cells[at] === key && this.#cells[at + 1] === post) this.#cells.fill(0, at, at + FIELDS);
  }

  /** Where both know one, ours is kept. */
  merge(other: FirstSights): void {
    for (let at = 0; at < this.#cells.length; at += FIELDS)
      if (this.#cells[at] === 0) this.#cells.set(other.#cells.subarray(at, at + FIELDS), at);
  }

  toState(): string {
    return packCells(new Uint32Array(this.#cells.buffer));
  }
}
