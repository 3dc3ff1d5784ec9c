/** Random queries over a few words, and random messages that hold them often enough to tell. */
import fc from 'fast-check';
import { MESSAGE_KINDS, type Message } from '../../../src/core/message/message.ts';
import { FIELDS, type NearSpec, type PlaceSpec, type Spec, type TermSpec } from './query.oracle.ts';
import { message } from './support.ts';

const WORDS = [
  'a',
  'b',
  'ab',
  'abc',
  'sky',
  'Sky',
  'skyline',
  'Café',
  'café',
  'CAFE',
  '東',
  '京',
  '東京',
  'é',
  '😍',
  '👍🏽',
  'ＳＫＹ',
  'Straße',
  'STRASSE',
  'Łódź',
  'lodz',
  'ISPARTA',
  'ısparta',
  'か',
  'がか',
  'कि',
  'ไทย',
  '👨‍👩‍👧',
  '👨',
  '🇩🇪',
];
const MARKS = ['#a', '@a', '$a', '#sky', '#skyline', '@Skyline', '#東京', '#Café', '＃ａ', '@Łódź'];
/** Written without quotes: the phrase of their words. */
const COMPOUNDS = [
  ['a', 'b'],
  ['sky', 'Café', 'b'],
  ['#a', 'b'],
];

const takesWildcard = (word: string) => /[a-zé]$/i.test(word);

/** `sky` as it is, as `sky*`, or with `?` for one or two of its letters, some of these with `*` behind. `quoted`: a `?`
 *  at the end of a word is punctuation there. A word needs a letter. */
const wildcard = (word: string, quoted: boolean): fc.Arbitrary<string> => {
  if (!takesWildcard(word)) return fc.constant(word);
  const letters = [...word];
  const first = /^[#@$]/.test(word) ? 1 : 0;
  const once = letters.slice(first).map((_, at) => letters.with(at + first, '?'));
  const twice = once.map((some) => some.map((char, at) => (at > first && some[at - 1] === '?' ? '?' : char)));
  const replaced = [...once, ...twice].map((some) => some.join(''));
  const usable = [...replaced, ...replaced.map((pattern) => `${pattern}*`)].filter(
    (pattern) => !(quoted && pattern.endsWith('?')) && /[\p{L}]/u.test(pattern),
  );
  const starred = fc.constantFrom(word, `${word}*`);
  return usable.length === 0
    ? starred
    : fc.oneof({ weight: 4, arbitrary: starred }, fc.constantFrom(...usable));
};

const wordOrMark = (quoted: boolean) =>
  fc
    .oneof(
      { weight: 4, arbitrary: fc.constantFrom('a', 'b', 'ab', 'sky', '東') },
      { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
      { weight: 1, arbitrary: fc.constantFrom(...MARKS) },
    )
    .chain((written) => wildcard(written, quoted));

const loose = fc
  .oneof({ weight: 12, arbitrary: wordOrMark(false).map((one) => [one]) }, fc.constantFrom(...COMPOUNDS))
  .map((words): TermSpec => ({ kind: 'term', words, quoted: false, exact: false }));
const phrase = fc
  .tuple(fc.array(wordOrMark(true), { minLength: 1, maxLength: 3 }), fc.integer({ min: 0, max: 3 }))
  .map(([words, one]): TermSpec => ({ kind: 'term', words, quoted: true, exact: one === 0 }));
const within = fc
  .tuple(phrase, fc.integer({ min: 0, max: 3 }))
  .map(([term, words]): TermSpec => ({ ...term, within: words }));

const { place } = fc.letrec<{ place: PlaceSpec; near: NearSpec }>((tie) => ({
  near: fc.record({
    kind: fc.constant('near' as const),
    left: tie('place'),
    right: tie('place'),
    ordered: fc.boolean(),
    between: fc.integer({ min: 0, max: 3 }),
  }),
  place: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: loose },
    { weight: 1, arbitrary: phrase },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('or' as const),
        children: fc.array(tie('place'), { minLength: 2, maxLength: 3 }),
      }),
    },
    { weight: 1, arbitrary: tie('near') },
  ),
}));
const near: fc.Arbitrary<Spec> = fc.record({
  kind: fc.constant('near' as const),
  left: place,
  right: place,
  ordered: fc.boolean(),
  between: fc.integer({ min: 0, max: 3 }),
});
const field: fc.Arbitrary<Spec> = fc
  .constantFrom(...Object.keys(FIELDS))
  .map((source) => ({ kind: 'field', source }));

const leaf: fc.Arbitrary<Spec> = fc.oneof(
  { weight: 4, arbitrary: loose },
  { weight: 3, arbitrary: phrase },
  { weight: 2, arbitrary: within },
  { weight: 3, arbitrary: near },
  { weight: 3, arbitrary: field },
);

/** A query of the whole language. */
export const { spec } = fc.letrec<{ spec: Spec }>((tie) => ({
  spec: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        children: fc.array(tie('spec'), { minLength: 2, maxLength: 4 }),
        explicit: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('not' as const), child: tie('spec'), minus: fc.boolean() }),
    },
  ),
}));

const ADDRESSES = [
  'https://example.com',
  'http://a.example.com/shop/x',
  'https://example.com/shopping',
  'https://news.example.com/b',
  'https://badexample.com/shop',
];

const text = fc
  .tuple(
    fc.constantFrom('', '', '', 'RT @'),
    fc.array(
      fc.tuple(
        fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'ab', 'sky', '東') },
          { weight: 9, arbitrary: fc.constantFrom(...WORDS, ...MARKS, 'zz', 'b_c', 'a-b') },
          fc.constantFrom(...ADDRESSES),
        ),
        fc.constantFrom(' ', ' ', ' ', ', ', ' - ', '\n', '? '),
      ),
      { maxLength: 14 },
    ),
  )
  .map(([start, pieces]) => start + pieces.flat().join(''));

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const author = fc.record({
  handle: optional(fc.constantFrom('bobby', 'ann')),
  name: optional(fc.constantFrom('Jane Doe', 'bobby')),
  followers: optional(fc.constantFrom(0, 10, 1_000, 1_001)),
  verified: optional(fc.boolean()),
});

/** Leaves out what is undefined, as the codec does. */
const without = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };

export const messages: fc.Arbitrary<Message> = fc
  .record({
    text,
    tags: fc.subarray(['a', 'Sky', '東京', '#Łódź']),
    mentions: fc.subarray(['a', 'skyline']),
    lang: optional(fc.constantFrom('en', 'de')),
    channel: fc.constantFrom('chat', 'forum'),
    source: fc.constantFrom('twitter', 'x'),
    kind: fc.constantFrom(...MESSAGE_KINDS),
    replyTo: optional(fc.constant('1')),
    repostOf: optional(fc.constant('1')),
    media: optional(fc.constant(['https://pics.example/1'])),
    links: optional(fc.subarray(ADDRESSES, { minLength: 1, maxLength: 2 })),
    url: optional(fc.constantFrom('https://news.example.com/1', 'https://other.example/1')),
    author: optional(author.map(without)),
  })
  .map(({ text: body, ...rest }) => message(body, without(rest) as Partial<Message>));
