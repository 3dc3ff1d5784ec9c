/** The words of a query's term, and how each is compared with a word of a text. */
import type { QueryPart, QueryTerm } from './query.ts';
import { ANY_ENDING, ANY_LETTER, fold, letterEnd, tokenize, tokenizeAsWritten } from './text-tokens.ts';

const BEFORE_STAR = /[\p{L}\p{N}\p{M}_?]$/u;
const AFTER_STAR = /^[\p{L}\p{N}\p{M}_*?]/u;
const LETTER = /^[\p{L}\p{N}_*]/u;

/** Where the first `*` stands that is not at the end of a word; -1 when each is. */
export function misplacedStar(text: string): number {
  for (let at = text.indexOf('*'); at !== -1; at = text.indexOf('*', at + 1)) {
    const before = text.slice(Math.max(0, at - 2), at);
    if (!BEFORE_STAR.test(before) || AFTER_STAR.test(text.slice(at + 1, at + 3))) return at;
  }
  return -1;
}

/** Wildcards as letters. In quotes `?` at the end of a word is punctuation. */
function asLetters(text: string, quoted: boolean): string {
  return text
    .replace(/\?+/g, (run, at: number) => {
      const isWildcard = !quoted || LETTER.test(text.slice(at + run.length, at + run.length + 2));
      return isWildcard ? ANY_LETTER.repeat(run.length) : run;
    })
    .replaceAll('*', ANY_ENDING);
}

const NO_LITERAL = new RegExp(`^[#@$]?[${ANY_LETTER}${ANY_ENDING}]*$`);

/** The words and marks of a term, in order; undefined when one of them is nothing but wildcards. `exact`: compared as
 *  written, not folded. */
export function partsOf(term: string, { quoted, exact }: { quoted: boolean; exact: boolean }) {
  // Slices of a query are strings of another make than messages; a tokenizer that has met them is half as fast for good.
  const read = (text: string) => (exact ? tokenizeAsWritten : tokenize)([...text].join(''));
  const text = asLetters(term, quoted);
  const { words, marks } = read(exact ? text.normalize('NFC') : text);
  const parts: QueryPart[] = [];
  let end: number;
  for (let at = 0; at < words.length; at = end) {
    const found = marks.get(at) ?? words[at] ?? '';
    const covered = marks.has(at) ? read(found).words : [found];
    end = at + covered.length;
    // A script without spaces: every letter is a whole word, and its ending is empty.
    if (found === ANY_ENDING && parts.length > 0) continue;
    if (NO_LITERAL.test(found)) return undefined;
    const prefix = found.endsWith(ANY_ENDING);
    const written = prefix ? found.slice(0, -1) : found;
    parts.push({
      text: fold(written),
      positions: covered.length - (covered.at(-1) === ANY_ENDING ? 1 : 0),
      isMark: marks.has(at),
      prefix,
      wildcard: written.includes(ANY_LETTER),
      ...(exact && { written }),
    });
  }
  return parts;
}

/** Whether a word or mark of a text is what the part asks for; `word` is folded unless the part is exact. */
export function fits({ text, prefix, wildcard, written }: QueryPart, word: string | undefined): boolean {
  if (word === undefined) return false;
  const pattern = written ?? text;
  if (wildcard) return fitsLetters(pattern, prefix, word);
  return prefix ? word.startsWith(pattern) : word === pattern;
}

function fitsLetters(pattern: string, prefix: boolean, word: string): boolean {
  let at = 0;
  for (const char of pattern) {
    if (at >= word.length) return false;
    if (char === ANY_LETTER) at = letterEnd(word, at);
    else if (word.startsWith(char, at)) at += char.length;
    else return false;
  }
  return prefix || at === word.length;
}

/** How many word positions a term covers in a text. */
export function lengthOf({ parts }: QueryTerm): number {
  return parts.reduce((sum, { positions }) => sum + positions, 0);
}
