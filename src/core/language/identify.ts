/** The language of a text: what the platform says, else what the text shows. Where it is unsure it says so: a wrong answer
 *  keeps a message from the engine that could have read it. */
import { declaredLanguage } from './declared.ts';
import { CHARS_READ, createLook, type Evidence } from './look.ts';
import type { NgramTable, NgramVerdict } from './ngram-table.ts';
import { scriptOf } from './scripts.ts';

/** Nothing to go by, or nothing that speaks against English. */
export const UNDETERMINED = 'und';
/** Signs of other languages than English, not enough to name one. */
export const SEVERAL = 'mul';

/** ISO 639-1 (639-3 where there is none), `und` or `mul`. `declared` is a BCP 47 tag; it is believed. */
export type IdentifyLanguage = (text: string, declared?: string) => string;

/** Languages of the multilingual model: taken for one another they still reach the same model, so less evidence will do. */
const MODELLED = new Set(['ar', 'de', 'en', 'es', 'fr', 'hi', 'it', 'pt']);

/** What n-grams must show for a language other than English: that many of them, such a score (of `NgramVerdict`), and so
 *  much more than the second best and than English. Measured on tweets: docs/DECISIONS.md. */
const NGRAMS_MIN = 9;
const NGRAMS_MIN_MODELLED = 6;
const SCORE_MIN = 0.6;
const MARGIN_MIN = 0.01;
const ENGLISH_MARGIN_MIN = 0.06;
/** To take a text in a shared script for another than its most common language. */
const SCRIPT_NGRAMS_MIN = 20;
const SCRIPT_MARGIN_MIN = 0.03;
/** What speaks against English without naming a language. */
const FOREIGN_NGRAMS_MIN = 4;
const FOREIGN_MARGIN_MIN = 0.06;

/** Function words that settle it without n-grams. */
const ENGLISH_WORDS_MIN = 2;
const HINDI_WORDS_MIN = 2;

/** Mentions, hashtags and links: names, not language. */
const NAMES = /https?:?\S*|www\.\S*|[@#＃＠]\S+/gi;

/** For who wants no guesses: what is declared, else `und`. */
export const declaredOnly: IdentifyLanguage = (_text, declared) => declaredLanguage(declared) ?? UNDETERMINED;

/** Bounded work for any text: the first 1,000 UTF-16 units are looked at. Keeps buffers of its own: not to be shared
 *  between threads. */
export function createIdentifier(table: NgramTable): IdentifyLanguage {
  const look = createLook();
  return (text, declared) => declaredLanguage(declared) ?? identify(text, look(text), table);
}

function identify(text: string, evidence: Evidence, table: NgramTable): string {
  const { english, foreign, hindi, hindiPerhaps, latin, scriptLetters } = evidence;
  if (scriptLetters > latin) return byScript(text, evidence, table);
  if (english >= ENGLISH_WORDS_MIN && foreign + hindi === 0) return 'en';
  if (hindi >= HINDI_WORDS_MIN || (hindi > 0 && hindiPerhaps > 0)) return 'hi';
  if (latin === 0) return UNDETERMINED;
  const verdict = table.detect(text.slice(0, CHARS_READ).replace(NAMES, ' '));
  if (verdict.language === 'en') return english > 0 ? 'en' : UNDETERMINED;
  if (isSure(verdict, evidence)) return verdict.language;
  return foreign + hindi > english || isForeign(verdict, evidence) ? SEVERAL : UNDETERMINED;
}

function byScript(text: string, { script }: Evidence, table: NgramTable): string {
  const found = scriptOf(script);
  if (found === undefined) return UNDETERMINED;
  if (!found.shared) return found.language;
  const { language, score, second, ngrams } = table.detect(text);
  const isClear = ngrams >= SCRIPT_NGRAMS_MIN && score - second >= SCRIPT_MARGIN_MIN;
  return isClear ? language : found.language;
}

function isSure(verdict: NgramVerdict, { english, foreign, hindi, hindiPerhaps }: Evidence): boolean {
  const { language, score, second, english: englishScore, ngrams } = verdict;
  if (!MODELLED.has(language) && (hindi > 0 || hindiPerhaps > 1)) return false;
  return (
    foreign >= english &&
    ngrams >= (MODELLED.has(language) ? NGRAMS_MIN_MODELLED : NGRAMS_MIN) &&
    score >= SCORE_MIN &&
    score - second >= MARGIN_MIN &&
    score - englishScore >= ENGLISH_MARGIN_MIN
  );
}

function isForeign({ score, english: englishScore, ngrams }: NgramVerdict, { english }: Evidence): boolean {
  return english === 0 && ngrams >= FOREIGN_NGRAMS_MIN && score - englishScore >= FOREIGN_MARGIN_MIN;
}
