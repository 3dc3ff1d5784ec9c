/** What a message is about, as terms: hashtags, cashtags, keywords, phrases, links, mentions, media. */
import { shareOf } from '../relevance/query.frequency.ts';
import { fold, tokenize } from '../relevance/text-tokens.ts';
import type { Message } from '../message/message.ts';
import { combine, hashOf, type Hash } from './hash.ts';
import { canonicalLink, linksIn } from './links.ts';
import { PRIOR_POSTS, PRIOR_SHARE_MIN, type Prior } from './score.ts';
import { isStopWord } from './stop-words.ts';
import type { TermKind } from './trend.config.ts';

export interface Term {
  readonly kind: TermKind;
  readonly hash: Hash;
  /** As compared: folded. */
  readonly key: string;
  /** As written. */
  readonly spelling: string;
}

/** Two or three words that follow each other; `parts` are indexes of its first and last word among the terms. */
export interface Phrase extends Term {
  readonly kind: 'phrase';
  readonly parts: readonly [number, number];
}

export interface MessageTerms {
  /** Without repetitions; keywords first. */
  readonly terms: readonly Term[];
  /** Those that can be: whether they are more than their words is for whoever counts. */
  readonly phrases: readonly Phrase[];
}

/** Words of a text that are looked at; the rest is left out. */
const WORDS_MAX = 96;
/** Terms of one message other than phrases; the rest is left out. */
const TERMS_MAX = 96;
const WORD_CHARS = { min: 3, max: 48 };
/** Scripts whose words are short: a letter says more there. */
const SHORT_SCRIPT = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Thai}]/u;
const HAS_LETTER = /\p{L}/u;
/** `RT @name`, `via @name`: who said it, not what it is about. */
const CREDITS = new Set(['rt', 'mt', 'via', 'by', 'from']);
/** Between the words of a phrase. */
const JOINS = new Set([' ', '-', '', '’', "'", '.', ' & ']);

const NO_PHRASES: readonly Phrase[] = [];

/** Kinds have hash spaces of their own. */
const SPACES = new Map<TermKind, Hash>();
function termHash(kind: TermKind, key: string): Hash {
  let space = SPACES.get(kind);
  if (!space) SPACES.set(kind, (space = hashOf(`kind:${kind}`)));
  return combine(space, hashOf(key));
}

/** A word of the text: where it stands among words and terms. */
interface Place {
  readonly word: string;
  readonly spelling: string;
  readonly start: number;
  readonly end: number;
  /** Index among the terms; -1 when it is none. */
  readonly term: number;
}

export function termsOf(
  message: Pick<Message, 'text' | 'tags' | 'mentions' | 'links' | 'media'>,
  kinds: ReadonlySet<TermKind>,
): MessageTerms {
  const found = new Found(kinds);
  const { text } = message;
  const links = linksIn(text);
  const places = readWords(text, links, found);
  for (const { link } of links) if (link !== undefined) found.add('link', link, link);
  for (const tag of message.tags ?? []) found.add('hashtag', `#${fold(tag)}`, `#${tag}`);
  for (const name of message.mentions ?? []) found.add('mention', `@${fold(name)}`, `@${name}`);
  for (const url of message.links ?? []) {
    const link = canonicalLink(url);
    if (link !== undefined) found.add('link', link, link);
  }
  for (const media of message.media ?? []) found.add('media', media, media);
  const phrases = kinds.has('phrase') ? phrasesOf(text, places, found.terms) : NO_PHRASES;
  return { terms: found.terms, phrases };
}

class Found {
  readonly terms: Term[] = [];
  readonly #kinds: ReadonlySet<TermKind>;
  readonly #at = new Map<string, number>();

  constructor(kinds: ReadonlySet<TermKind>) {
    this.#kinds = kinds;
  }

  /** The index of the term; -1 when its kind is not wanted, or there are too many. */
  add(kind: TermKind, key: string, spelling: string): number {
    if (!this.#kinds.has(kind)) return -1;
    const id = kind === 'keyword' ? key : `${kind} ${key}`;
    const at = this.#at.get(id);
    if (at !== undefined) return at;
    if (this.terms.length >= TERMS_MAX) return -1;
    this.#at.set(id, this.terms.length);
    this.terms.push({ kind, key, spelling, hash: termHash(kind, key) });
    return this.terms.length - 1;
  }
}

function readWords(
  text: string,
  links: readonly { readonly start: number; readonly end: number }[],
  found: Found,
): Place[] {
  const spans: number[] = [];
  const { words, marks } = tokenize(text, spans);
  const places: Place[] = [];
  let credit = '';
  for (let at = 0; at < Math.min(words.length, WORDS_MAX); at++) {
    const word = words[at] ?? '';
    const start = spans[2 * at] ?? 0;
    const end = spans[2 * at + 1] ?? 0;
    if (links.some((link) => start >= link.start && end <= link.end)) continue;
    const spelling = text.slice(start, end);
    const mark = marks.get(at);
    const sign = mark?.[0] ?? '';
    const isCredit = sign === '@' && CREDITS.has(credit);
    credit = word;
    if (isCredit) continue;
    if (mark !== undefined) addMark(mark, text.slice(start - 1, start - 1 + mark.length), found);
    const isKeyword = sign !== '@' && isSubject(word);
    const term = isKeyword ? found.add('keyword', word, spelling) : -1;
    places.push({ word, spelling, start, end, term });
  }
  return places;
}

function addMark(mark: string, spelling: string, found: Found): void {
  if (!HAS_LETTER.test(mark)) return; // `$16`, `#1`
  if (mark.startsWith('#')) found.add('hashtag', mark, spelling);
  else if (mark.startsWith('$')) found.add('cashtag', mark, spelling.toUpperCase());
  else found.add('mention', mark, spelling);
}

const knownSubjects = new Map<string, boolean>();
const KNOWN_MAX = 65_536;

/** Whether a word can be what a text is about. */
function isSubject(word: string): boolean {
  let known = knownSubjects.get(word);
  if (known === undefined) {
    const long = word.length >= WORD_CHARS.min || (word.length === 2 && SHORT_SCRIPT.test(word));
    known = long && word.length <= WORD_CHARS.max && HAS_LETTER.test(word) && !isStopWord(word);
    if (knownSubjects.size >= KNOWN_MAX) knownSubjects.clear();
    knownSubjects.set(word, known);
  }
  return known;
}

/** Begins and ends with a subject; a word between them may be any. */
function phrasesOf(text: string, places: readonly Place[], terms: readonly Term[]): Phrase[] {
  const phrases: Phrase[] = [];
  for (let at = 0; at < places.length; at++) {
    const first = places[at];
    if (!first || first.term < 0) continue;
    for (let width = 1; width <= 2; width++) {
      const before = places[at + width - 1];
      const last = places[at + width];
      if (!before || !last || !JOINS.has(text.slice(before.end, last.start))) break;
      const a = terms[first.term];
      const b = terms[last.term];
      if (!a || !b || a === b) continue;
      const key = places
        .slice(at, at + width + 1)
        .map(({ word }) => word)
        .join(' ');
      if (phrases.some((phrase) => phrase.key === key)) continue;
      const spelling = text.slice(first.start, last.end);
      const parts = [first.term, last.term] as const;
      phrases.push({ kind: 'phrase', key, spelling, hash: termHash('phrase', key), parts });
    }
  }
  return phrases;
}

/** What is expected of a term that was never met: common words of English are common. */
export function priorOf(kind: TermKind, key: string): Prior {
  const share = kind === 'keyword' ? shareOf({ kind: 'whole', text: key }) : 0;
  return { posts: PRIOR_POSTS, share: Math.max(PRIOR_SHARE_MIN, share) };
}
