/** The naive evaluator of listening queries: what each operator means, written down once more without an index, without
 *  the tokenizer and without the parser. Words are split by a regular expression, terms are tried at every place, NEAR
 *  tries every pair. */
import type { Message } from '../../../src/core/message/message.ts';

export interface TermSpec {
  readonly kind: 'term';
  /** As written, with `?` and `*`. */
  readonly words: readonly string[];
  readonly quoted: boolean;
  readonly exact: boolean;
  readonly within?: number;
}
export interface NearSpec {
  readonly kind: 'near';
  readonly left: PlaceSpec;
  readonly right: PlaceSpec;
  readonly ordered: boolean;
  readonly between: number;
}
export type PlaceSpec =
  TermSpec | NearSpec | { readonly kind: 'or'; readonly children: readonly PlaceSpec[] };
export interface FieldSpec {
  readonly kind: 'field';
  /** `lang:en`, a key of `FIELDS`. */
  readonly source: string;
}
export type Spec =
  | TermSpec
  | NearSpec
  | FieldSpec
  | { readonly kind: 'and' | 'or'; readonly children: readonly Spec[]; readonly explicit?: boolean }
  | { readonly kind: 'not'; readonly child: Spec; readonly minus: boolean };

function printTerm({ words, quoted, exact, within }: TermSpec): string {
  if (!quoted) return words.join('-');
  return `"${words.join(' ')}"${exact ? 'c' : ''}${within === undefined ? '' : `~${within}`}`;
}

const TIGHTNESS = { or: 0, and: 1, not: 2, near: 3, term: 4, field: 4 } as const;

/** The query as a person writes it: with every parenthesis, or with those alone that precedence asks for. */
export function print(node: Spec | PlaceSpec, sparing = false): string {
  const inner = (child: Spec | PlaceSpec, looser: number) => {
    const printed = print(child, sparing);
    return sparing && TIGHTNESS[child.kind] >= looser ? printed : `(${printed})`;
  };
  switch (node.kind) {
    case 'term':
      return printTerm(node);
    case 'near': {
      const operator = `${node.ordered ? 'O' : ''}NEAR/${node.between}`;
      return `${inner(node.left, TIGHTNESS.near)} ${operator} ${inner(node.right, TIGHTNESS.term)}`;
    }
    case 'field':
      return node.source;
    case 'not':
      return (node.minus ? '-' : 'NOT ') + inner(node.child, TIGHTNESS.not);
    default: {
      const and = 'explicit' in node && node.explicit === false ? ' ' : ' AND ';
      const looser = node.kind === 'or' ? TIGHTNESS.or : TIGHTNESS.and;
      return node.children.map((child) => inner(child, looser)).join(node.kind === 'or' ? ' OR ' : and);
    }
  }
}

const bare = (text: string) => text.normalize('NFC').replace(/\p{Emoji_Modifier}/gu, '');
const LETTERS: readonly (readonly [RegExp, string])[] = [
  [/ß/g, 'ss'],
  [/ł/g, 'l'],
  [/ı/g, 'i'],
];
const plain = (text: string) =>
  LETTERS.reduce(
    (folded, [letter, as]) => folded.replace(letter, as),
    bare(text)
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFC')
      .toLowerCase(),
  );
/** Scripts without spaces, emoji with what joins them, flags; then runs of everything else. */
const ALONE = String.raw`[\p{sc=Han}\p{sc=Hiragana}\p{sc=Thai}]\p{M}*|\p{RI}\p{RI}|\p{ExtPict}(?:\u200d\p{ExtPict})*`;
const RUN = String.raw`(?![\p{sc=Han}\p{sc=Hiragana}\p{sc=Thai}])`;
const WORD = new RegExp(String.raw`${ALONE}|(?:${RUN}[\p{L}\p{N}\p{M}_])+`, 'gu');
const split = (text: string) => text.match(WORD) ?? [];

interface Unit {
  readonly text: string;
  readonly start: number;
  readonly length: number;
}

/** Every word, and every mark with the words that it covers. */
function unitsOf(text: string): Unit[] {
  const words = split(text).map((word, start) => ({ text: word, start, length: 1 }));
  const marks = [...text.matchAll(/(?<![\p{L}\p{N}\p{M}_])[#@$＃]([\p{L}\p{N}\p{M}_]+)/gu)].map((match) => ({
    text: match[0].replace('＃', '#'),
    start: split(text.slice(0, match.index)).length,
    length: split(match[1] ?? '').length,
  }));
  return [...words, ...marks];
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

const meant = (word: string, exact: boolean) => (exact ? bare(word).replace('＃', '#') : plain(word));
const isMark = (word: string) => /^[#@$＃]/.test(word);
const lengthOf = (word: string) => Math.max(1, split(word.replace(/[?*]/g, '')).length);

/** The pieces of a word that follow each other: more than one only where every letter is a word. */
const WRITTEN = new RegExp(
  String.raw`${ALONE.replace('\\p{ExtPict}(', '\\p{ExtPict}\\p{Emoji_Modifier}?(')}|(?:${RUN}[\p{L}\p{M}\p{N}_?*])+`,
  'gu',
);
const pieces = (word: string): string[] => (isMark(word) ? [word] : (word.match(WRITTEN) ?? []));

/** What a letter with its marks, and any ending, are in a regular expression. */
const WILDCARDS: Readonly<Record<string, string>> = { $: '\\$', '?': '[\\p{L}\\p{N}_]\\p{M}*', '*': '.*' };
const patternOf = (word: string, exact: boolean) =>
  new RegExp(`^${meant(word, exact).replace(/[$?*]/g, (sign) => WILDCARDS[sign] ?? sign)}$`, 'u');

/** Where each word of a term stands, as it is written or folded. */
function unitsFor(word: string, exact: boolean, text: string): Unit[] {
  const pattern = patternOf(word, exact);
  return unitsOf(bare(text)).filter(
    (unit) => pattern.test(meant(unit.text, exact)) && isMark(unit.text) === isMark(word),
  );
}

function placesOf(place: PlaceSpec, text: string): Stretch[] {
  if (place.kind === 'or') return place.children.flatMap((child) => placesOf(child, text));
  if (place.kind === 'term') {
    const all = place.words
      .flatMap(pieces)
      .map((word) => ({ units: unitsFor(word, place.exact, text), length: lengthOf(word) }));
    const length = all.reduce((sum, one) => sum + one.length, 0);
    return split(bare(text)).flatMap((_, start) => {
      let at = start;
      for (const one of all) {
        if (!one.units.some((unit) => unit.start === at)) return [];
        at += one.length;
      }
      return [{ start, end: start + length - 1 }];
    });
  }
  const rights = placesOf(place.right, text);
  return placesOf(place.left, text).flatMap((left) =>
    rights.flatMap((right) => {
      const after = right.start - left.end - 1;
      const before = left.start - right.end - 1;
      const isNear =
        (after >= 0 && after <= place.between) || (!place.ordered && before >= 0 && before <= place.between);
      return isNear ? [{ start: Math.min(left.start, right.start), end: Math.max(left.end, right.end) }] : [];
    }),
  );
}

/** `"…"~n`: some stretch of the text, at most n words longer than the words, holds each as often as it is written. */
function isWithin(term: TermSpec, within: number, text: string): boolean {
  const words = term.words.flatMap(pieces);
  const stretch = words.reduce((sum, word) => sum + lengthOf(word), 0) + within;
  return split(bare(text)).some((_, start) =>
    words.every((word) => {
      const needed = words.filter((other) => meant(other, term.exact) === meant(word, term.exact)).length;
      const inside = unitsFor(word, term.exact, text).filter(
        (unit) => unit.start >= start && unit.start + lengthOf(word) <= start + stretch,
      );
      return inside.length >= needed;
    }),
  );
}

function hasTerm(term: TermSpec, { text, tags = [], mentions = [] }: Message): boolean {
  if (term.within !== undefined) return isWithin(term, term.within, text);
  const declared = [...tags.map((tag) => `#${tag.replace('#', '')}`), ...mentions.map((name) => `@${name}`)];
  const [word = '', second] = term.words;
  if (second === undefined && isMark(word)) {
    const pattern = patternOf(word, term.exact);
    if (declared.some((mark) => pattern.test(meant(mark, term.exact)))) return true;
  }
  return placesOf(term, text).length > 0;
}

const hosts = ({ text, links = [] }: Message) =>
  [...links, ...(text.match(/https?:\S+/g) ?? [])].map(
    (url) => /^https?:\/\/([a-z.]+)(\/?[a-z/]*)/.exec(url) ?? [],
  );
const isOn = (subject: Message, domain: string, path = '') =>
  hosts(subject).some(
    ([, host = '', found = '']) =>
      (host === domain || host.endsWith(`.${domain}`)) && `${found}/`.startsWith(`${path}/`),
  );

/** The fields, each with what it says of a message. */
export const FIELDS: Readonly<Record<string, (message: Message) => boolean>> = {
  'lang:en': ({ lang }) => lang === 'en',
  'lang:und': ({ lang }) => lang === undefined,
  'LANG:de': ({ lang }) => lang === 'de',
  'channel:chat': ({ channel }) => channel === 'chat',
  'source:Twitter': ({ source }) => source.toLowerCase() === 'twitter',
  'author:@Bobby': ({ author }) => [author?.handle, author?.name, author?.id].includes('bobby'),
  'author:"Jané Doe"': ({ author }) => author?.name === 'Jane Doe',
  'followers:>1k': ({ author }) => (author?.followers ?? -1) > 1_000,
  'followers:<=1000': ({ author }) => (author?.followers ?? Infinity) <= 1_000,
  'followers:>=1K': ({ author }) => (author?.followers ?? -1) >= 1_000,
  'followers:<10': ({ author }) => (author?.followers ?? Infinity) < 10,
  'followers:=10': ({ author }) => author?.followers === 10,
  'followers:0.01k': ({ author }) => author?.followers === 10,
  'followers:10..1000': ({ author }) => (author?.followers ?? -1) >= 10 && (author?.followers ?? -1) <= 1_000,
  'verified:true': ({ author }) => author?.verified === true,
  'verified:false': ({ author }) => author?.verified === false,
  'has:link': (subject) => hosts(subject).length > 0,
  'has:media': ({ media }) => media !== undefined,
  'has:mention': ({ text, mentions }) =>
    mentions?.length !== 0 || /(?<![\p{L}\p{N}\p{M}_])@[\p{L}\p{N}_]/u.test(text),
  'has:hashtag': ({ text, tags }) =>
    tags?.length !== 0 || /(?<![\p{L}\p{N}\p{M}_])[#＃][\p{L}\p{N}_]/u.test(text),
  'is:reply': ({ replyTo }) => replyTo !== undefined,
  'is:repost': ({ repostOf, text }) => repostOf !== undefined || text.startsWith('RT @'),
  'is:question': ({ text }) => /\?(\s|$)/.test(text),
  'kind:create': ({ kind }) => kind === 'create',
  'kind:delete': ({ kind }) => kind === 'delete',
  'kind:engagement': ({ kind }) => kind === 'engagement',
  'kind:survey': ({ kind }) => kind === 'survey',
  'kind:status': ({ kind }) => kind === 'status',
  'kind:edit': ({ kind }) => kind === 'edit',
  'link:example.com': (subject) => isOn(subject, 'example.com'),
  'link:www.example.com/shop': (subject) => isOn(subject, 'example.com', '/shop'),
  'url:news.example.com': (subject) =>
    isOn(subject, 'news.example.com') || (subject.url?.includes('//news.example.com/') ?? false),
};

/** Whether the message answers the query. */
export function naive(node: Spec, message: Message): boolean {
  switch (node.kind) {
    case 'and':
      return node.children.every((child) => naive(child, message));
    case 'or':
      return node.children.some((child) => naive(child, message));
    case 'not':
      return !naive(node.child, message);
    case 'field':
      return FIELDS[node.source]?.(message) ?? false;
    case 'near':
      return placesOf(node, message.text).length > 0;
    default:
      return hasTerm(node, message);
  }
}
