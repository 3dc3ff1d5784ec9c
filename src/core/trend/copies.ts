/** Tells a text from copies of it: reposts, quotes, templates. A text is a copy when most of its runs of three words were
 *  seen lately, of which at most eight are looked at (`core/duplicates/shingles.ts`). */
import type { Slices } from '../snapshot/slices.ts';
import { bareWords, sampleRuns } from '../duplicates/shingles.ts';
import { combine, type Hash } from './hash.ts';
import type { CountedPost } from './journal.ts';
import type { Marks, MarksPool } from './marks.ts';
import { RecentSet, type RecentSetState } from './recent-set.ts';

const RUNS_MAX = 8;
const SEEN_SHARE_MIN = 0.6;

/** Whether a text shows so little of its own that it is a copy. */
export function isCopy(runs: Marks): boolean {
  let seen = 0;
  for (let at = 0; at < runs.size; at++) if (!runs.isHeld(at)) seen += 1;
  return seen >= SEEN_SHARE_MIN * runs.size;
}

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

  /** The runs of a text; held are those that were not seen before, and are remembered now. `channel`: texts are told apart
   *  within it. */
  meet(text: string, channel: Hash, timeMs: number, pool: MarksPool): Marks {
    const runs = sampleRuns(bareWords(text), RUNS_MAX);
    const marks = pool.open(runs.length);
    for (const [at, run] of runs.entries()) {
      const mark = combine(channel, run);
      marks.set(at, mark, !this.#runs.seen(mark, timeMs));
    }
    return marks;
  }

  /** Takes back what a text was the first to show: the next that shows it is the first now. Returns the texts that this
   *  makes less of a copy. `others`: all that are known, in the order in which they came. */
  takeBack({ runs }: CountedPost, others: () => Iterable<CountedPost>): Set<CountedPost> {
    const heirs = new Set<CountedPost>();
    for (let at = 0; at < runs.size; at++) {
      if (!runs.isHeld(at)) continue;
      const run = runs.hash(at);
      this.#runs.forget(run);
      for (const other of others()) {
        const shown = other.runs.find(run);
        if (shown < 0) continue;
        this.#runs.seen(run, other.timeMs);
        other.runs.hold(shown, true);
        heirs.add(other);
        break;
      }
    }
    return heirs;
  }

  merge(other: Copies): void {
    this.#runs.merge(other.#runs);
  }

  toStateInSlices(): Slices<RecentSetState> {
    return this.#runs.toStateInSlices();
  }
}
