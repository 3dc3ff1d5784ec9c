/** Tells a text from copies of it: reposts, quotes, templates. A text is a copy when most of its runs of three words were
 *  seen lately, of which at most eight are looked at: those with the least hashes, so that two texts pick the same ones
 *  (min-wise sampling, Broder 1997). */
import { tokenize } from '../relevance/text-tokens.ts';
import { linksIn } from './links.ts';
import { combine, hashOf, type Hash } from './hash.ts';
import { RecentSet, type RecentSetState } from './recent-set.ts';

const RUN_WORDS = 3;
const RUNS_MAX = 8;
const SEEN_SHARE_MIN = 0.6;
/** Of a long text the beginning decides. */
const WORDS_MAX = 64;

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
    const runs = sampleRuns(text);
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

/** Never empty. */
function sampleRuns(text: string): Hash[] {
  const words = bareWords(text);
  const runs: Hash[] = [];
  for (let at = 0; at + RUN_WORDS <= words.length; at++) {
    const [a, b, c] = words.slice(at, at + RUN_WORDS);
    if (a && b && c) runs.push(combine(combine(a, b), c));
  }
  if (runs.length === 0) return [hashOf(`short:${words.map(({ low }) => low).join()}:${words.length}`)];
  runs.sort((a, b) => a.low - b.low);
  return runs.filter((run, at) => run.low !== runs[at - 1]?.low).slice(0, RUNS_MAX);
}

/** Words without links, mentions and what stands before a reposted text; a cut-off last word is left out. */
function bareWords(text: string): Hash[] {
  const spans: number[] = [];
  const { words, marks } = tokenize(text, spans);
  const links = linksIn(text);
  const kept: Hash[] = [];
  for (let at = 0; at < Math.min(words.length, WORDS_MAX); at++) {
    const start = spans[2 * at] ?? 0;
    const end = spans[2 * at + 1] ?? 0;
    const word = words[at] ?? '';
    if (word === 'rt' || marks.get(at)?.startsWith('@') || text[end] === '…') continue;
    if (links.some((link) => start >= link.start && end <= link.end)) continue;
    kept.push(hashOf(word));
  }
  return kept;
}
