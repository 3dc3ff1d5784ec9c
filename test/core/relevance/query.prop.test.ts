/** Goal: parser, plan and index together agree with a naive evaluator (query.oracle.ts) on random queries and messages,
 *  over the whole language. Planted faults show that the comparison would see one. A failing run prints its seed;
 *  QUERY_RUNS=100000 makes a long run. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/core/message/message.ts';
import { compileQueries } from '../../../src/core/relevance/query.index.ts';
import { parseQuery } from '../../../src/core/relevance/query.parser.ts';
import { queryWarnings } from '../../../src/core/relevance/query.warnings.ts';
import { messages, spec } from './query.arbitraries.ts';
import { naive, print, type Spec } from './query.oracle.ts';
import { matchedIn, message } from './support.ts';

const RUNS = Number(process.env.QUERY_RUNS ?? 2_000);

type Matcher = (specs: Spec[], subject: Message) => boolean[];

/** Matched before, so that what an index keeps of one message would show in the next. */
const BEFORE = message('RT @a a b ab abc sky skyline café 東京 😍 👍 #sky $a? https://a.example.com/shop', {
  tags: ['a'],
});

/** Each query as written with every parenthesis, and with as few as precedence allows. */
const indexed: Matcher = (specs, subject) => {
  const index = compileQueries(
    specs.map((node, n) => ({ key: String(n), query: parseQuery(print(node, n % 2 === 1)) })),
  );
  index.match(BEFORE);
  const keys = new Set(index.match(subject).map(({ key }) => key));
  return specs.map((_, n) => keys.has(String(n)));
};

const agreesWithNaive = (matcher: Matcher) =>
  fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), messages, (specs, subject) => {
    expect(matcher(specs, subject)).toEqual(specs.map((node) => naive(node, subject)));
  });

test('the index agrees with the naive evaluator', () => {
  fc.assert(agreesWithNaive(indexed), { numRuns: RUNS });
});

test('a plain text brings up what the same text does with a word of other letters behind it', () => {
  const sources = ['ab', '#ab', '@ab', '$ab', 'a?', 'a*', '#a*', 'a_1', 'b', '"ab"c', '"a b"', 'a NEAR/2 b'];
  const index = compileQueries(sources.map((source) => ({ key: source, query: parseQuery(source) })));
  const keysOf = (text: string) => index.match(message(text)).map(({ key }) => key);
  const soup = fc.array(
    fc.constantFrom('a', 'b', 'A', 'B', 'ab', '_1', '#', '@', '$', ' ', '-', '.', '…', '’', '–', '€', '\xa0'),
  );
  fc.assert(
    fc.property(soup, (parts) => {
      const text = parts.join('');
      expect(keysOf(text)).toEqual(keysOf(`${text} é`));
    }),
    { numRuns: RUNS },
  );
});

test('addresses are found where they stand as they are when each is taken apart', () => {
  const domains = ['a.io', 'b.a.io', 'x-y.com', 'ab.com', 'xn--bc-bja.com'];
  const sources = domains.flatMap((domain) => [`link:${domain}`, `url:${domain}`, `-link:${domain} a`]);
  const index = compileQueries(sources.map((source) => ({ key: source, query: parseQuery(source) })));
  const keysOf = (subject: Message) => index.match(subject).map(({ key }) => key);
  const begin = ['https://', 'HTTP://', 'ahttp://', 'www.', 'Www.', '//', 'ftp://', 'http:', ''];
  const hosts = [
    'a.io',
    'b.a.io',
    'X-Y.com',
    'ab.com',
    'a',
    'c.ab.com',
    '.ab.com',
    'a.io.',
    'ba.io',
    'bçc.com',
  ];
  const between = [
    ' ',
    '/',
    '…',
    ':80',
    '@',
    '?',
    '<',
    ')',
    '\t',
    'a\tb.com',
    '–',
    '．',
    '\xa0',
    '\u2024',
    '.com',
  ];
  const soup = fc
    .array(fc.oneof(fc.constantFrom(...begin), fc.constantFrom(...hosts), fc.constantFrom(...between)))
    .map((parts) => parts.join(''));
  let linked = 0;
  fc.assert(
    fc.property(soup, fc.array(soup, { maxLength: 2 }), fc.option(soup, { nil: '' }), (text, links, url) => {
      const found = keysOf(message(`a ${text}`, { links, url }));
      expect(found).toEqual(keysOf(message(`a ${text} 東`, { links, url })));
      if (found.some((key) => /^(?:link|url)/.test(key))) linked += 1;
    }),
    { numRuns: RUNS },
  );
  expect(linked).toBeGreaterThan(RUNS / 20);
});

test('what an index keeps of a message that broke does not show in the next', () => {
  const index = compileQueries([{ key: 'q', query: parseQuery('a is:question') }]);
  const broken = { ...message('a?'), get replyTo(): string { throw new Error('broken'); } }; // prettier-ignore
  const both = compileQueries([{ key: 'q', query: parseQuery('a is:reply') }, { key: 'r', query: parseQuery('b') }]); // prettier-ignore
  expect(() => both.match(broken)).toThrow('broken');
  expect(both.match(message('b')).map(({ key }) => key)).toEqual(['r']);
  expect(index.match(message('a?'))).toHaveLength(1);
});

test('the random cases are balanced enough to tell, for every kind of leaf', () => {
  const cases = fc.sample(fc.tuple(spec, messages), { numRuns: 8_000, seed: 1 });
  const share = (of: typeof cases) => of.filter(([node, subject]) => naive(node, subject)).length / of.length;
  for (const kind of ['and', 'or', 'not', 'term', 'near', 'field'])
    expect(share(cases.filter(([node]) => node.kind === kind)), kind).toBeGreaterThan(0.03);
  expect(share(cases)).toBeGreaterThan(0.15);
  expect(share(cases)).toBeLessThan(0.85);
});

/** The same query with every leaf changed. */
const change = (leaf: (node: Spec) => Spec) => {
  const walk = (node: Spec): Spec => {
    if (node.kind === 'and' || node.kind === 'or') return { ...node, children: node.children.map(walk) };
    return node.kind === 'not' ? { ...node, child: walk(node.child) } : leaf(node);
  };
  return walk;
};

const faults: Record<string, (node: Spec) => Spec> = {
  'an OR filed under one alternative': (node) =>
    node.kind === 'or' && node.children[0] ? { kind: 'and', children: [node, node.children[0]] } : node,
  'phrases without order': change((node) =>
    node.kind !== 'term' || node.within !== undefined
      ? node
      : { kind: 'and', children: node.words.map((word) => ({ ...node, words: [word] })) },
  ),
  'exact case that is not': change((node) => (node.kind === 'term' ? { ...node, exact: false } : node)),
  'a stretch that is one too long': change((node) =>
    node.kind === 'term' && node.within !== undefined ? { ...node, within: node.within + 1 } : node,
  ),
  'NEAR that reaches one too far': change((node) =>
    node.kind === 'near' ? { ...node, between: node.between + 1 } : node,
  ),
  'ONEAR without order': change((node) => (node.kind === 'near' ? { ...node, ordered: false } : node)),
  'nested NEAR whose left side is lost': change((node) =>
    node.kind === 'near' && node.left.kind === 'near' ? { ...node, left: node.left.right } : node,
  ),
  'a subdomain that does not count': change((node) =>
    node.kind === 'field' && node.source === 'link:example.com'
      ? { ...node, source: 'link:www.example.com/shop' }
      : node,
  ),
};

test.each(Object.entries(faults))('a planted fault is found: %s', (_name, fault) => {
  const broken: Matcher = (specs, subject) => indexed(specs.map(fault), subject);
  expect(fc.check(agreesWithNaive(broken), { numRuns: 20_000, endOnFailure: true }).failed).toBe(true);
});

test('every matched part is in the message by itself', () => {
  fc.assert(
    fc.property(spec, messages, (node, subject) => {
      for (const source of matchedIn(print(node), subject) ?? [])
        expect(matchedIn(source, subject)).toEqual([source]);
    }),
    { numRuns: 500 },
  );
});

test('a warning that no message matches, or every one, is never wrong', () => {
  let warned = 0;
  fc.assert(
    fc.property(spec, fc.array(messages, { minLength: 20, maxLength: 20 }), (node, subjects) => {
      const warnings = queryWarnings(parseQuery(print(node))).join();
      const verdicts = subjects.map((subject) => naive(node, subject));
      if (warnings.includes('no message can match')) expect(((warned += 1), verdicts)).not.toContain(true);
      if (warnings.includes('holds for every message'))
        expect(((warned += 1), verdicts)).not.toContain(false);
    }),
    { numRuns: 2_000 },
  );
  expect(warned).toBeGreaterThan(0);
});

const PIECES = [
  '(',
  ')',
  '"',
  '"c',
  '~2',
  ' ',
  '-',
  '*',
  '?',
  '#',
  ':',
  '/',
  'AND',
  'OR',
  'NOT',
  'NEAR/2',
  'ONEAR/0',
  'lang:',
  'is:reply',
  'followers:',
  '>=1',
  'link:',
  'a',
  'b.example',
  '東',
  '😍',
  '\ud800',
  '\ue03f',
  '\ue02a',
];

test('any text at all is a query or a QueryError, and any text can be searched', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, anything, (source, body) => {
      try {
        matchedIn(source, message(body));
        queryWarnings(parseQuery(source));
      } catch (error) {
        expect(error).toMatchObject({ name: 'QueryError' });
      }
    }),
    { numRuns: 1_000 },
  );
});
