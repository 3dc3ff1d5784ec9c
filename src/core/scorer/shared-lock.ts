/** A lock in memory that threads share, for work of less than a microsecond. After Drepper, "Futexes Are Tricky" (2011), mutex 3:
 *  free, taken, or taken while others may sleep. */
const FREE = 0;
const TAKEN = 1;
const AWAITED = 2;
/** Whoever holds it is done sooner than a sleeper would wake. */
const LOOKS_BEFORE_SLEEP = 200;
/** Nobody works that long: the thread that had it is gone. */
const LOST_AFTER_MS = 1_000;

export class SharedLock {
  readonly #ints: Int32Array;
  readonly #at: number;
  readonly #lostAfterMs: number;

  /** `ints[at]`, in a SharedArrayBuffer and 0 at first, is the lock. */
  constructor(ints: Int32Array, at: number, lostAfterMs = LOST_AFTER_MS) {
    this.#ints = ints;
    this.#at = at;
    this.#lostAfterMs = lostAfterMs;
  }

  /** Not again by the thread that has it. */
  take(): void {
    for (let look = 0; look < LOOKS_BEFORE_SLEEP; look += 1)
      if (Atomics.compareExchange(this.#ints, this.#at, FREE, TAKEN) === FREE) return;
    while (Atomics.exchange(this.#ints, this.#at, AWAITED) !== FREE) {
      if (Atomics.wait(this.#ints, this.#at, AWAITED, this.#lostAfterMs) !== 'timed-out') continue;
      Atomics.store(this.#ints, this.#at, AWAITED);
      return;
    }
  }

  free(): void {
    if (Atomics.exchange(this.#ints, this.#at, FREE) === AWAITED) Atomics.notify(this.#ints, this.#at, 1);
  }
}
