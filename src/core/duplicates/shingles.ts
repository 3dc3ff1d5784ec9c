/** What two texts are compared by: their runs of three words (w-shingles, Broder 1997). Trends and duplicates make them
 *  here, so that both take the same texts for alike. */
import { tokenize } from '../relevance/text-tokens.ts';
import { combine, hashOf, type Hash } from '../trend/hash.ts';
import { linksIn } from '../trend/links.ts';

const RUN_WORDS = 3;
/** Of a long text the beginning decides. */
const WORDS_MAX = 64;

const ELLIPSIS = 0x2026;

/** Words without links, mentions and what stands before a reposted text; a cut-off last word is left out. */
export function bareWords(text: string): Hash[] {
  return words(text, '@');
}

/** The same without hashtags and cashtags: lists of these say little of what a text is about. All, if there are no
 *  other words. */
export function unmarkedWords(text: string): Hash[] {
  const plain = words(text, '');
  return plain.length > 0 ? plain : bareWords(text);
}

/** `sign`: of the marks that are left out; empty for all. */
function words(text: string, sign: '@' | ''): Hash[] {
  const spans: number[] = [];
  const { words: all, marks } = tokenize(text, spans);
  const links = linksIn(text);
  const kept: Hash[] = [];
  for (let at = 0; at < all.length && at < WORDS_MAX; at++) {
    const start = spans[2 * at] ?? 0;
    const end = spans[2 * at + 1] ?? 0;
    const word = all[at] ?? '';
    if (word === 'rt' || marks.get(at)?.startsWith(sign) || text.charCodeAt(end) === ELLIPSIS) continue;
    if (links.length > 0 && links.some((link) => start >= link.start && end <= link.end)) continue;
    kept.push(hashOf(word));
  }
  return kept;
}

/** At most `max` of the runs, those with the least hashes, so that two texts pick the same ones (min-wise sampling);
 *  ascending by `low`, each once. Never empty: words too few for a run are one run of their own. */
export function sampleRuns(words: readonly Hash[], max: number): Hash[] {
  const least: Hash[] = [];
  for (let at = 0; at + RUN_WORDS <= words.length; at++) {
    const [a, b, c] = [words[at], words[at + 1], words[at + 2]];
    if (a && b && c) keepLeast(least, combine(combine(a, b), c), max);
  }
  if (least.length > 0) return least;
  return [hashOf(`short:${words.map(({ low }) => low).join()}:${words.length}`)];
}

/** Into an ascending list of at most `max`, each once: shorter than sorting all of them. */
function keepLeast(least: Hash[], run: Hash, max: number): void {
  let at = least.length;
  while (at > 0 && (least[at - 1]?.low ?? 0) > run.low) at -= 1;
  if (at === max || (at > 0 && least[at - 1]?.low === run.low)) return;
  if (least.length === max) least.pop();
  least.splice(at, 0, run);
}
