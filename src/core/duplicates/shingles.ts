/** What two texts are compared by: their runs of three words (w-shingles, Broder 1997). Trends and duplicates make them
 *  here, so that both take the same texts for alike. */
import { FOLDED, isSign } from '../relevance/query.tables.ts';
import { isPlain, tokenize } from '../relevance/text-tokens.ts';
import { combine, hashOf, type Hash } from '../trend/hash.ts';
import { linkPlaces, type LinkPlace } from '../trend/links.ts';

const RUN_WORDS = 3;
/** Of a long text the beginning decides. */
const WORDS_MAX = 64;

const ELLIPSIS = 0x2026;
const SPACE = 0x20;
const AT = 0x40;
/** Stands before a reposted text. */
const REPOST = 'rt';

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
  return isPlain(text) ? plainWords(text, sign) : foldedWords(text, sign);
}

/** As the tokenizer finds them, in any script. */
function foldedWords(text: string, sign: '@' | ''): Hash[] {
  const spans: number[] = [];
  const { words: all, marks } = tokenize(text, spans);
  const links = linkPlaces(text);
  const kept: Hash[] = [];
  for (let at = 0; at < all.length && at < WORDS_MAX; at++) {
    const start = spans[2 * at] ?? 0;
    const end = spans[2 * at + 1] ?? 0;
    const word = all[at] ?? '';
    if (word === REPOST || marks.get(at)?.startsWith(sign) || text.charCodeAt(end) === ELLIPSIS) continue;
    if (!isWithin(links, start, end)) kept.push(hashOf(word));
  }
  return kept;
}

/** The same of a text whose words are all of ASCII: hashed where they stand, without being cut out. */
function plainWords(text: string, sign: '@' | ''): Hash[] {
  const lower = text.toLowerCase();
  const links = linkPlaces(text);
  const kept: Hash[] = [];
  let found = 0;
  let end = -1;
  for (let start = 0; start < lower.length && found < WORDS_MAX; start++) {
    if (FOLDED[lower.charCodeAt(start)] === 0) continue;
    const before = start > 0 && end !== start - 1 ? lower.charCodeAt(start - 1) : SPACE;
    for (end = start + 1; end < lower.length && FOLDED[lower.charCodeAt(end)] !== 0;) end++;
    found += 1;
    const isMark = sign === '' ? isSign(before) : before === AT;
    const isLeftOut = isMark || lower.charCodeAt(end) === ELLIPSIS || isRepost(lower, start, end);
    if (!isLeftOut && !isWithin(links, start, end)) kept.push(hashOf(lower, start, end));
    start = end;
  }
  return kept;
}

const isRepost = (text: string, start: number, end: number) =>
  end - start === REPOST.length && text.startsWith(REPOST, start);

function isWithin(links: readonly LinkPlace[], start: number, end: number): boolean {
  return links.length > 0 && links.some((link) => start >= link.start && end <= link.end);
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
  for (let to = Math.min(least.length, max - 1); to > at; to--) least[to] = least[to - 1] ?? run;
  least[at] = run;
}
