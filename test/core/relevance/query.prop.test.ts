/** Goal: parser, plan and index together agree with a naive evaluator on random queries and messages. The evaluator shares
 *  no code with them: it splits words by a regular expression and finds terms by searching in a string of all words. Two
 *  planted faults show that the comparison would see one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/core/message/message.ts';
import { compileQueries } from '../../../src/core/relevance/query.index.ts';
import { parseQuery } from '../../../src/core/relevance/query.parser.ts';
import { matchedIn, message } from './support.ts';

type Spec =
  | { kind: 'word'; words: string[]; prefix: boolean }
  | { kind: 'phrase'; words: string[]; prefix: boolean }
  | { kind: 'mark'; text: string; prefix: boolean }
  | { kind: 'and'; children: Spec[]; explicit: boolean }
  | { kind: 'or'; children: Spec[]; explicit: boolean }
  | { kind: 'not'; child: Spec; minus: boolean };

const WORDS = [
  'a',
  'b',
  'ab',
  'abc',
  'sky',
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
];
const MARKS = ['#a', '@a', '$a', '#sky', '#skyline', '@Skyline', '#東京', '#Café'];

const term: fc.Arbitrary<Spec> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('word' as const),
      words: fc.constantFrom(...WORDS).map((word) => [word]),
      prefix: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('phrase' as const),
      words: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 }),
      prefix: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('mark' as const),
      text: fc.constantFrom(...MARKS),
      prefix: fc.boolean(),
    }),
  },
);
const { spec } = fc.letrec<{ spec: Spec }>((tie) => ({
  spec: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: term },
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

const isEmoji = (word = '') => /\p{Extended_Pictographic}/u.test(word);

/** The query as a person writes it. */
function print(node: Spec): string {
  if (node.kind === 'mark') return node.text + (node.prefix ? '*' : '');
  if (node.kind === 'word' || node.kind === 'phrase') {
    const star = node.prefix && !isEmoji(node.words.at(-1)) ? '*' : '';
    return node.kind === 'word' ? `${node.words[0] ?? ''}${star}` : `"${node.words.join(' ')}${star}"`;
  }
  if (node.kind === 'not') return (node.minus ? '-' : 'NOT ') + `(${print(node.child)})`;
  const and = node.explicit ? ' AND ' : ' ';
  const operator = node.kind === 'or' ? ' OR ' : and;
  return node.children.map((child) => `(${print(child)})`).join(operator);
}

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}|\p{Emoji_Modifier}/gu, '')
    .toLowerCase();
const split = (text: string) =>
  text.match(/[\p{sc=Han}]|\p{Extended_Pictographic}|(?:(?!\p{sc=Han})[\p{L}\p{N}_])+/gu) ?? [];

/** The naive evaluator. */
function naive(node: Spec, { text, tags = [], mentions = [] }: Message): boolean {
  const read = plain(text);
  const signed = (read.match(/(?<![\p{L}\p{N}_])[#@$][\p{L}\p{N}_]+/gu) ?? []) as string[];
  const marks = [
    ...signed,
    ...tags.map((tag) => `#${plain(tag)}`),
    ...mentions.map((name) => `@${plain(name)}`),
  ];
  const words = ` ${split(read).join(' ')} `;
  const evaluate = (inner: Spec): boolean => {
    switch (inner.kind) {
      case 'and':
        return inner.children.every(evaluate);
      case 'or':
        return inner.children.some(evaluate);
      case 'not':
        return !evaluate(inner.child);
      case 'mark':
        return ` ${marks.join(' ')} `.includes(` ${plain(inner.text)}${inner.prefix ? '' : ' '}`);
      default: {
        const isPrefix = inner.prefix && !isEmoji(inner.words.at(-1));
        const wanted = inner.words.flatMap((word) => split(plain(word))).join(' ');
        return words.includes(` ${wanted}${isPrefix ? '' : ' '}`);
      }
    }
  };
  return evaluate(node);
}

const text = fc
  .array(
    fc.tuple(
      fc.constantFrom(...WORDS, ...MARKS, 'zz', 'b_c'),
      fc.constantFrom(' ', ' ', ', ', '-', "'", '\n'),
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.flat().join(''));
const messages = fc
  .record({ text, tags: fc.subarray(['a', 'Sky', '東京']), mentions: fc.subarray(['a', 'skyline']) })
  .map(({ text: body, ...marks }) => message(body, marks));

type Matcher = (specs: Spec[], subject: Message) => boolean[];

const indexed: Matcher = (specs, subject) => {
  const index = compileQueries(specs.map((node, n) => ({ key: String(n), query: parseQuery(print(node)) })));
  const keys = new Set(index.match(subject).map(({ key }) => key));
  return specs.map((_, n) => keys.has(String(n)));
};

const agreesWithNaive = (matcher: Matcher) =>
  fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), messages, (specs, subject) => {
    expect(matcher(specs, subject)).toEqual(specs.map((node) => naive(node, subject)));
  });

test('the index agrees with the naive evaluator', () => {
  fc.assert(agreesWithNaive(indexed), { numRuns: 3_000 });
});

test('the random cases are balanced enough to tell', () => {
  const cases = fc.sample(fc.tuple(spec, messages), 1_000);
  const share = cases.filter(([node, subject]) => naive(node, subject)).length / cases.length;
  expect(share).toBeGreaterThan(0.15);
  expect(share).toBeLessThan(0.85);
});

/** A phrase whose words may stand anywhere. */
const looseWords = (node: Spec): Spec => {
  if (node.kind === 'phrase')
    return {
      kind: 'and',
      explicit: true,
      children: node.words.map((word) => ({ kind: 'phrase', words: [word], prefix: node.prefix })),
    };
  if (node.kind === 'and' || node.kind === 'or') return { ...node, children: node.children.map(looseWords) };
  return node.kind === 'not' ? { ...node, child: looseWords(node.child) } : node;
};
/** An index that files an OR under its first alternative only. */
const firstAlternative = (node: Spec): Spec =>
  node.kind === 'or' && node.children[0]
    ? { kind: 'and', explicit: true, children: [node, node.children[0]] }
    : node;

test.each([
  ['phrases without order', looseWords],
  ['an OR filed under one alternative', firstAlternative],
])('a planted fault is found: %s', (_why, fault) => {
  const broken: Matcher = (specs, subject) => indexed(specs.map(fault), subject);
  expect(fc.check(agreesWithNaive(broken), { numRuns: 3_000 }).failed).toBe(true);
});

test('every matched term is in the message by itself', () => {
  fc.assert(
    fc.property(spec, messages, (node, subject) => {
      for (const source of matchedIn(print(node), subject) ?? [])
        expect(matchedIn(source, subject)).toEqual([source]);
    }),
    { numRuns: 500 },
  );
});

test('any text at all is a query or a QueryError, and any text can be searched', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(
        fc.constantFrom(
          '(',
          ')',
          '"',
          ' ',
          '-',
          '*',
          '#',
          ':',
          'AND',
          'OR',
          'NOT',
          'a',
          '東',
          '😍',
          '\ud800',
        ),
        { maxLength: 40 },
      )
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, anything, (source, body) => {
      try {
        matchedIn(source, message(body));
      } catch (error) {
        expect(error).toMatchObject({ name: 'QueryError' });
      }
    }),
    { numRuns: 1_000 },
  );
});
