/** Goal: what an index answers: which queries, in which order, and by which terms. */
import { expect, test } from 'vitest';
import { compileQueries } from '../../../src/core/relevance/query.index.ts';
import { parseQuery } from '../../../src/core/relevance/query.parser.ts';
import { QUERY_LIMITS, type QueryNode } from '../../../src/core/relevance/query.ts';
import { matchedIn, message } from './support.ts';

test.each([
  ['terms as written', '"Skyline Air" late*', 'skyline air is LATE', ['"Skyline Air"', 'late*']],
  ['all alternatives that are found', 'a OR b OR c', 'c a', ['a', 'c']],
  ['only of the alternatives that hold', '(a x) OR b', 'a b', ['b']],
  ['once, however often', 'a (a OR b)', 'a a', ['a']],
  ['never what is under NOT', 'a -b', 'a', ['a']],
  ['under two NOT it counts', 'NOT (NOT a OR b)', 'a', ['a']],
  ['nothing, when nothing had to be there', 'NOT b', 'a', []],
  ['wildcards as written', 'sk?line late*', 'skyline lately', ['sk?line', 'late*']],
  ['exact case with its ending', '"US"c "a b"~2', 'b x a in the US', ['"US"c', '"a b"~2']],
  ['of a NEAR the terms that are near', '(a OR b) NEAR/2 (x OR "y z")', 'b the y z', ['b NEAR/2 "y z"']],
  ['of NEAR within NEAR too', 'a NEAR/0 (b NEAR/1 c)', 'c x b a', ['a NEAR/0 (b NEAR/1 c)']],
  ['of NEAR in a row too', 'a NEAR/0 b ONEAR/1 (c OR d)', 'b a x d', ['a NEAR/0 b ONEAR/1 d']],
  ['no NEAR that does not hold', 'a OR (b NEAR/0 c)', 'a b x c', ['a']],
  ['fields as written', 'Channel:x -lang:de source:"test"', 'a', ['Channel:x', 'source:"test"']],
])('matched: %s', (_why, source, text, expected) => {
  expect(matchedIn(source, message(text))).toEqual(expected);
});

test.each([
  ['tag', '#sky', { tags: ['Sky'] }, true],
  ['tag with its sign', '#sky', { tags: ['#sky'] }, true],
  ['beginning of a tag', '#sk*', { tags: ['sky'] }, true],
  ['mention', '@sky', { mentions: ['SKY'] }, true],
  ['mention with its sign', '@sky', { mentions: ['@sky'] }, true],
  ['tag is no word', 'sky', { tags: ['sky'] }, false],
  ['tag is no mention', '@sky', { tags: ['sky'] }, false],
  ['author is no mention', '@sky', { author: { handle: 'sky' } }, false],
  ['declared mark has no place in a phrase', '"late #sky"', { tags: ['sky'] }, false],
  ['forbidden tag', 'late -#sky', { tags: ['sky'] }, false],
])('declared marks: %s', (_why, source, rest, expected) => {
  expect(matchedIn(source, message('late', rest)) !== undefined).toBe(expected);
});

test.each([
  ['a mark by its text', '"late #sky again"', 'late #Sky again', true],
  ['a mark wants its sign', '"late #sky again"', 'late sky again', false],
  ['a mark of several words keeps the count', '"#東京駅 now"', 'at #東京駅 now', true],
  ['a word takes the word of a mark', '"late sky again"', 'late @sky again', true],
  ['an emoji between', '"late again"', 'late 😡 again', false],
  ['overlapping beginnings', '"a a b"', 'a a a b', true],
  ['the beginning of a word at the end', '"late aga*"', 'late against', true],
  ['longer than the text', '"a b c d"', 'a b c', false],
])('phrases: %s', (_why, source, text, expected) => {
  expect(matchedIn(source, message(text)) !== undefined).toBe(expected);
});

test.each([
  ['apart by as many words', 'a NEAR/2 b', 'a x x b', true],
  ['one too many', 'a NEAR/2 b', 'a x x x b', false],
  ['either order', 'a NEAR/2 b', 'b x a', true],
  ['ONEAR: in order', 'a ONEAR/2 b', 'a x b', true],
  ['ONEAR: not in order', 'a ONEAR/2 b', 'b x a', false],
  ['NEAR/0: side by side', 'a NEAR/0 b', 'b a', true],
  ['a word is not near itself', 'a NEAR/5 a', 'a b', false],
  ['but to the next', 'a NEAR/5 a', 'a b a', true],
  ['words of a phrase do not overlap', '"a b" NEAR/5 "b c"', 'a b c', false],
  ['phrases', '"a b" NEAR/1 "b c"', 'a b x b c', true],
  ['punctuation does not count', 'a NEAR/0 b', 'a, (b', true],
  ['an emoji counts', 'a NEAR/0 b', 'a 😍 b', false],
  ['a mark of several words counts them', 'a NEAR/0 #東京', '#東京 a', true],
  ['a mark of the source has no place', 'a NEAR/5 #tagged', 'a b', false],
  ['in a row: near the whole before', 'a NEAR/0 b NEAR/0 c', 'c a b', true],
  ['in a row: near the whole, not within', 'a NEAR/2 b NEAR/0 c', 'a c b', false],
  ['binds tighter than NOT', '-a NEAR/0 b', 'a x b', true],
  ['binds tighter than AND', 'x a NEAR/0 b', 'a b x', true],
  ['not among the far', 'x NOT a NEAR/0 b', 'x a b', false],
])('near: %s', (_why, source, text, expected) => {
  expect(matchedIn(source, message(text, { tags: ['tagged'] })) !== undefined).toBe(expected);
});

test.each([
  ['any order', '"a b c"~0', 'c a b', true],
  ['other words among them', '"a b c"~2', 'c x a x b', true],
  ['one too many', '"a b c"~1', 'c x a x b', false],
  ['a word written twice stands twice', '"a a b"~3', 'a b x', false],
  ['and is found when it does', '"a a b"~3', 'a b x a', true],
  ['beginnings', '"flight cancel*"~3', 'cancelled my flight', true],
  ['a mark', '"late #sky"~1', '#Sky is late', true],
  ['exact case', '"Apple pie"c~1', 'pie by Apple', true],
  ['exact case, not so written', '"Apple pie"c~1', 'pie by apple', false],
])('within: %s', (_why, source, text, expected) => {
  expect(matchedIn(source, message(text)) !== undefined).toBe(expected);
});

test.each([
  ['a tag of the source', '"#Sky"c', true],
  ['a tag of the source, other case', '"#sky"c', false],
  ['an accent counts', '"Cafe"c', false],
  ['an accent is there', '"Café"c', true],
  ['written in two characters', '"Cafe\u0301"c', true],
  ['the beginning of a word', '"Caf*"c', true],
  ['a wildcard of the tag', '#s?y', true],
  ['a wildcard for an accented letter', '"Caf?s" OR caf?', true],
  ['a wildcard is no accent', 'cafe?', false],
  ['a sign is no letter', '?sky', false],
  ['with no beginning', '?afé', true],
])('as written: %s', (_why, source, expected) => {
  expect(matchedIn(source, message('un Café', { tags: ['Sky'] })) !== undefined).toBe(expected);
});

test('answers with the keys of the queries that hold, in their order, also equal and negative ones', () => {
  const sources = ['late', 'NOT x', 'x', 'late OR x', 'la*', 'late', '"on time"'];
  const index = compileQueries(sources.map((source, n) => ({ key: `k${n}`, query: parseQuery(source) })));
  expect(index.match(message('so late')).map(({ key }) => key)).toEqual(['k0', 'k1', 'k3', 'k4', 'k5']);
  expect(index.match(message('')).map(({ key }) => key)).toEqual(['k1']);
});

test('no queries, no match', () => {
  expect(compileQueries([]).match(message('late'))).toEqual([]);
});

test('searches the first 4,096 characters', () => {
  expect(matchedIn('late', message(`${' '.repeat(4_092)}late`))).toEqual(['late']);
  expect(matchedIn('late', message(`${' '.repeat(4_093)}late`))).toBeUndefined();
});

test.each(['constructor', '__proto__', 'hasOwnProperty'])('%s is a word like any other', (word) => {
  expect(matchedIn(word, message(`the ${word} is late`))).toEqual([word]);
  expect(matchedIn(word, message('late'))).toBeUndefined();
});

test('a match looks only at queries that share a word with the message', () => {
  let looks = 0;
  /** The same node, counting how often the terms in it are looked at. */
  const watched = (node: QueryNode): QueryNode => {
    if (node.kind === 'not') return { ...node, child: watched(node.child) };
    if (node.kind === 'and' || node.kind === 'or') return { ...node, children: node.children.map(watched) };
    if (node.kind !== 'term') return node;
    const { parts, ...rest } = node;
    const get = () => ((looks += 1), parts);
    return Object.defineProperty(rest, 'parts', { get }) as QueryNode;
  };
  const looksAmong = (queries: number) => {
    const sources = Array.from(
      { length: queries },
      (_, n) => `"brand${n} air" AND (late OR delayed) AND NOT jobs`,
    );
    const index = compileQueries(
      sources.map((source, n) => ({
        key: `k${n}`,
        query: { source, root: watched(parseQuery(source).root) },
      })),
    );
    looks = 0;
    expect(index.match(message('brand7 air is late')).map(({ key }) => key)).toEqual(['k7']);
    return looks;
  };
  const looksAmongTen = looksAmong(10);
  expect(looksAmongTen).toBeGreaterThan(0);
  expect(looksAmong(2_000)).toBe(looksAmongTen);
});

const WORDS = 2_048;
/** Ten times what these take on a machine at rest, a thousandth of what an unbounded search would. */
const HUNG_MS = 1_000;

/** The time of the quickest of three runs, in milliseconds. */
function quickestMs(run: () => void): number {
  const spentMs = [1, 2, 3].map(() => {
    const startMs = performance.now();
    run();
    return performance.now() - startMs;
  });
  return Math.min(...spentMs);
}
const times = (count: number, of: (n: number) => string, between = ' ') =>
  Array.from({ length: count }, (_, n) => of(n)).join(between);

test.each([
  ['NEAR of a repeated word', times(250, () => '(a NEAR/100 zz)', ' OR ')],
  ['NEAR of a repeated word, in the wrong order', times(250, () => '(b ONEAR/100 a)', ' OR ')],
  ['NEAR within NEAR, that holds', times(100, () => 'a NEAR/100 a NEAR/100 a NEAR/100 a NEAR/100 a')],
  [
    'NEAR within NEAR, that does not',
    times(100, () => '(b ONEAR/9 (a NEAR/100 a NEAR/100 a NEAR/100 a))', ' OR '),
  ],
  [
    'NEAR of many alternatives',
    `(${times(250, () => 'b', ' OR ')}) ONEAR/3 (${times(250, () => 'a', ' OR ')})`,
  ],
  ['a long phrase', `"${times(499, () => 'a')} b"`],
  ['many phrases', times(166, () => '"a a b"', ' OR ')],
  ['a long stretch', `"${times(499, () => 'a')} c"~100`],
  ['many stretches', times(166, () => '"a b c"~100', ' OR ')],
  ['wildcards', times(500, (n) => `?${'?'.repeat(n % 12)}z`, ' OR ')],
  ['exact wildcards', times(500, (n) => `"?${'?'.repeat(n % 12)}Z"c`, ' OR ')],
  ['beginnings', times(500, (n) => `a${'a'.repeat(n % 15)}z*`, ' OR ')],
  ['fields', times(400, (n) => `link:a${n}.example/x`, ' OR ')],
])('a text of repeated words costs bounded time: %s', (_why, source) => {
  const text = `${times(WORDS / 2, () => 'a')} ${times(WORDS / 2, () => 'b')}`.slice(0, -1);
  const index = compileQueries([{ key: 'q', query: parseQuery(source) }]);
  expect(quickestMs(() => index.match(message(text)))).toBeLessThan(HUNG_MS);
  expect(quickestMs(() => index.match(message('a'.repeat(4_096))))).toBeLessThan(HUNG_MS);
});

test('NEAR within NEAR stops at its limit, with what it has found', () => {
  const text = `${times(WORDS / 2, () => 'a')}`;
  expect(QUERY_LIMITS.nearPairsMax).toBeLessThan(WORDS * 100);
  expect(matchedIn('(a NEAR/100 a) NEAR/100 a', message(text))).toEqual(['a NEAR/100 a NEAR/100 a']);
});
