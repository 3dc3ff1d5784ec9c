/** Virtual time: everything that waits is an event in a queue, ties and delays are drawn from a seed, and between two events
 *  all that can go on does. The same seed makes the same run, event by event. */
import { seededRandom } from '../support/random.ts';

/** Whose work an event is. Of a program that is dead nothing comes any more, of one that stands still it comes once it goes on. */
export interface SimProgram {
  readonly isDead: boolean;
  readonly stillUntilMs: number;
}

/** What no program does: the network, the broker, the world. */
export const NOBODY: SimProgram = { isDead: false, stillUntilMs: 0 };

interface SimEvent {
  atMs: number;
  readonly order: number;
  readonly run: () => void;
  readonly of: SimProgram;
  /** It does not happen after all. */
  isOff: boolean;
}

export class Simulation {
  readonly random: () => number;
  #nowMs: number;
  #order = 0;
  /** A binary heap by time, then by order. */
  readonly #heap: SimEvent[] = [];
  /** Of all that happened: two runs are the same when it is. */
  trace = 0;
  events = 0;
  /** Whose event is going on: what follows from it is its work too. */
  #current = NOBODY;

  constructor(seed: number, startMs: number) {
    this.random = seededRandom(seed);
    this.#nowMs = startMs;
  }

  readonly clock = { nowMs: () => this.#nowMs, monotonicMs: () => this.#nowMs };

  /** Whole, from `min` to `max`. */
  between(min: number, max: number): number {
    return min + Math.floor(this.random() * (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** What is answered may be called off. */
  after(delayMs: number, run: () => void, of = this.#current): Pick<SimEvent, 'isOff'> {
    const event = { atMs: this.#nowMs + delayMs, order: this.#order++, run, of, isOff: false };
    this.#push(event);
    return event;
  }

  #push(event: SimEvent): void {
    let at = this.#heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, this.#heap[parent])) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  sleep(delayMs: number, of = this.#current): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve, of));
  }

  /** Events until `isOver`, or until `untilMs`; answers whether it was over. `before` is asked ahead of each event. */
  async run(isOver: () => boolean, untilMs: number, before: () => void = () => undefined): Promise<boolean> {
    while (!isOver()) {
      before();
      const event = this.#next();
      if (!event || event.atMs > untilMs) return false;
      this.#nowMs = event.atMs;
      if (event.isOff || event.of.isDead) continue;
      if (event.of.stillUntilMs > event.atMs) {
        event.atMs = event.of.stillUntilMs;
        this.#push(event);
        continue;
      }
      this.events += 1;
      this.trace = (Math.imul(this.trace, 31) + event.order + event.atMs) | 0;
      this.#current = event.of;
      event.run();
      await settled();
      this.#current = NOBODY;
    }
    return true;
  }

  #next(): SimEvent | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (!first || !last || first === last) return first;
    this.#heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#heap.length && isBefore(this.#heap[child], this.#heap[least])) least = child;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(left: number, right: number): void {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    if (one && other) [this.#heap[left], this.#heap[right]] = [other, one];
  }
}

function isBefore(left: SimEvent | undefined, right: SimEvent | undefined): boolean {
  if (!left || !right) return false;
  return left.atMs === right.atMs ? left.order < right.order : left.atMs < right.atMs;
}

/** Promises that can go on have gone on: Node turns to the next tick when none can. No timer of the real time fires between. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
