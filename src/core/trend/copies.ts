/** Tells a text from copies of it: reposts, quotes, templates. A text is a copy when most of its runs of three words were
 *  seen lately, of which at most eight are looked at (`core/duplicates/shingles.ts`). */
import { bareWords, sampleRuns } from '../duplicates/shingles.ts';
import { combine, type Hash } from './hash.ts';
import { RecentSet, type RecentSetState } from './recent-set.ts';

const RUNS_MAX = 8;
const SEEN_SHARE_MIN = 0.6;

export class Copies {
  readonly #runs: RecentSet;

  constructor(capacity: number, keepMs: number, restored?: RecentSetState) {
    this.#runs = new RecentSet(capacity, keepMs, restored);
  }

  get bytes(): number {
    return this.#runs.bytes;
  }

  get displaced(): number {
    return this.#runs.displaced;
  }

  /** Whether a text like it was seen before; remembers it. `channel`: texts are told apart within it. */
  seen(text: string, channel: Hash, timeMs: number): boolean {
    const runs = sampleRuns(bareWords(text), RUNS_MAX);
    let seen = 0;
    for (const run of runs) if (this.#runs.seen(combine(channel, run), timeMs)) seen += 1;
    return seen >= SEEN_SHARE_MIN * runs.length;
  }

  merge(other: Copies): void {
    this.#runs.merge(other.#runs);
  }

  toState(): RecentSetState {
    return this.#runs.toState();
  }
}
