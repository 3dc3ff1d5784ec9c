/** Goal: what an index answers: which queries, in which order, and by which terms. */
import { expect, test } from 'vitest';
import { compileQueries } from '../../../src/core/relevance/query.index.ts';
import { parseQuery } from '../../../src/core/relevance/query.parser.ts';
import type { QueryNode } from '../../../src/core/relevance/query.ts';
import { matchedIn, message } from './support.ts';

test.each([
  ['terms as written', '"Skyline Air" late*', 'skyline air is LATE', ['"Skyline Air"', 'late*']],
  ['all alternatives that are found', 'a OR b OR c', 'c a', ['a', 'c']],
  ['only of the alternatives that hold', '(a x) OR b', 'a b', ['b']],
  ['once, however often', 'a (a OR b)', 'a a', ['a']],
  ['never what is under NOT', 'a -b', 'a', ['a']],
  ['under two NOT it counts', 'NOT (NOT a OR b)', 'a', ['a']],
  ['nothing, when nothing had to be there', 'NOT b', 'a', []],
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
    if (node.kind !== 'term') return { ...node, children: node.children.map(watched) };
    const { parts, ...rest } = node;
    const get = () => ((looks += 1), parts);
    return Object.defineProperty(rest, 'parts', { get }) as QueryNode;
  };
  const looksAmong = (queries: number) => {
    const sources = Array.from({ length: queries }, (_, n) => `brand${n} AND (late OR delayed) AND NOT jobs`);
    const index = compileQueries(
      sources.map((source, n) => ({
        key: `k${n}`,
        query: { source, root: watched(parseQuery(source).root) },
      })),
    );
    looks = 0;
    expect(index.match(message('brand7 is late')).map(({ key }) => key)).toEqual(['k7']);
    return looks;
  };
  const looksAmongTen = looksAmong(10);
  expect(looksAmongTen).toBeGreaterThan(0);
  expect(looksAmong(2_000)).toBe(looksAmongTen);
});
