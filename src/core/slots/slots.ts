/** What is in flight, under numbers that are given once. A Map would do, but each table that a Map outgrows points to the next:
 *  once one of them is old, all later ones and what they held survive until the next full collection, and every message
 *  is copied twice on the way. Here places are used again. */

/** Numbers are `round * STRIDE + place`, below 2^53 for 8 * 10^9 rounds. */
const STRIDE = 1_048_576;

export class Slots<T> {
  readonly #items: (T | undefined)[] = [];
  /** By place; -1 where nothing is held. */
  readonly #numbers: number[] = [];
  readonly #free: number[] = [];
  #round = 0;

  get size(): number {
    return this.#items.length - this.#free.length;
  }

  /** @throws RangeError when 2^20 are held already: whoever has so many in flight has forgotten a limit. */
  add(item: T): number {
    const place = this.#free.pop() ?? this.#items.length;
    if (place >= STRIDE) throw new RangeError(`more than ${STRIDE} in flight`);
    const number = this.#round * STRIDE + place;
    this.#round += 1;
    this.#items[place] = item;
    this.#numbers[place] = number;
    return number;
  }

  get(number: number): T | undefined {
    const place = number % STRIDE;
    return this.#numbers[place] === number ? this.#items[place] : undefined;
  }

  /** Answers what was held under the number. */
  take(number: number): T | undefined {
    const item = this.get(number);
    if (item === undefined) return undefined;
    const place = number % STRIDE;
    this.#items[place] = undefined;
    this.#numbers[place] = -1;
    this.#free.push(place);
    return item;
  }

  /** In the order in which they were added: a copy, so that what is held may change meanwhile. */
  entries(): [number, T][] {
    const entries: [number, T][] = [];
    for (const [place, item] of this.#items.entries())
      if (item !== undefined) entries.push([this.#numbers[place] ?? -1, item]);
    return entries.sort(([left], [right]) => left - right);
  }
}
