/** A pipeline's own lexicon: words, phrases, emoji and hashtags with weights of their own, found in a text. */
import { fold, tokenize } from '../relevance/text-tokens.ts';

/** Weight by term, in log-odds, -4 to 4: what the term adds to positive and takes from negative; 0 makes it neutral. */
export type LexiconTerms = Readonly<Record<string, number>>;

/** One place where an entry stands. */
export interface LexiconMatch {
  readonly start: number;
  readonly end: number;
  /** Turned by a negation before it. */
  readonly weight: number;
}

export interface Lexicon {
  /** In reading order; of overlapping entries the one that begins first, of those the longest. */
  find(text: string): readonly LexiconMatch[];
}

/** The form under which terms are compared: undefined when there is no word and no emoji in it. Two terms of one form are
 *  the same term. */
export function termForm(term: string): string | undefined {
  const { words, marks } = tokenize(term);
  if (words.length === 0) return undefined;
  return words.map((word, index) => marks.get(index) ?? word).join(' ');
}

interface Entry {
  /** Folded words, and marks such as `#skate` where the term has one. */
  readonly words: readonly string[];
  readonly marks: ReadonlyMap<number, string>;
  readonly weight: number;
}

/** Entries by their first word, the longest first; a hashtag before the word it holds. */
export function compileLexicon(lexicon: LexiconTerms): Lexicon {
  const byFirst = new Map<string, Entry[]>();
  for (const [term, weight] of Object.entries(lexicon)) {
    const { words, marks } = tokenize(term);
    const [first] = words;
    if (first === undefined) continue;
    const found = byFirst.get(first);
    if (found === undefined) byFirst.set(first, [{ words, marks, weight }]);
    else found.push({ words, marks, weight });
  }
  for (const found of byFirst.values())
    found.sort((a, b) => b.words.length - a.words.length || b.marks.size - a.marks.size);
  return { find: (text) => find(text, byFirst) };
}

const NONE: readonly LexiconMatch[] = [];

function find(text: string, byFirst: ReadonlyMap<string, readonly Entry[]>): readonly LexiconMatch[] {
  const spans: number[] = [];
  const { words, marks } = tokenize(text, spans);
  let matches: LexiconMatch[] | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const entry = byFirst.get(words[at] ?? '')?.find((candidate) => standsAt(candidate, words, marks, at));
    if (entry === undefined) continue;
    const last = at + entry.words.length - 1;
    // The sign of a mark goes with it.
    const start = (spans[2 * at] ?? 0) - (marks.has(at) ? 1 : 0);
    const weight = isNegated(text, words, spans, at) ? -entry.weight : entry.weight;
    (matches ??= []).push({ start, end: spans[2 * last + 1] ?? text.length, weight });
    at = last;
  }
  return matches ?? NONE;
}

function standsAt(
  entry: Entry,
  words: readonly string[],
  marks: ReadonlyMap<number, string>,
  at: number,
): boolean {
  for (const [index, word] of entry.words.entries()) if (words[at + index] !== word) return false;
  for (const [index, mark] of entry.marks) if (marks.get(at + index) !== mark) return false;
  return true;
}

/** Words before a term in which a negation turns it. */
const NEGATION_WORDS = 3;
/** In the languages of the multilingual model; `t` is what the tokenizer leaves of `don't`. */
const NEGATIONS: ReadonlySet<string> = new Set(
  (
    'no not never neither nor without cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt couldnt ' +
    'shouldnt hasnt havent hadnt aint nicht kein keine keinen nie ohne pas jamais sans non mai senza nunca jamas sin ' +
    'nao nem sem nahi nahin nhi mat नहीं لا لم لن ليس بدون'
  )
    .split(' ')
    .map(fold),
);
const CLAUSE_END = /[.,;:!?…\n()]/;

function isNegated(text: string, words: readonly string[], spans: readonly number[], at: number): boolean {
  for (let before = at - 1; before >= 0 && before >= at - NEGATION_WORDS; before -= 1) {
    if (CLAUSE_END.test(text.slice(spans[2 * before + 1], spans[2 * before + 2]))) return false;
    const word = words[before] ?? '';
    if (NEGATIONS.has(word)) return true;
    if (word === 't' && words[before - 1]?.endsWith('n') === true) return true;
  }
  return false;
}
