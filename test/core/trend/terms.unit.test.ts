/** Goal: what a message is about, and nothing else. One row a rule. */
import { expect, test } from 'vitest';
import { priorOf, termsOf } from '../../../src/core/trend/terms.ts';
import { TERM_KINDS, type TermKind } from '../../../src/core/trend/trend.config.ts';

const all = new Set<TermKind>(TERM_KINDS);
const keys = (text: string, kinds = all) => termsOf({ text }, kinds).terms.map(({ key }) => key);
const phrases = (text: string) => termsOf({ text }, all).phrases.map(({ key }) => key);

test.each([
  [
    'keywords without the words that hold a text together',
    'Why is the Airline so late again',
    ['airline', 'late'],
  ],
  ['case and accents folded', 'Café CAFÉ cafe', ['cafe']],
  ['a hashtag is a term, and so is its word', '#Oculus', ['oculus', '#oculus']],
  ['a cashtag likewise', '$TWC rises', ['$twc', 'twc', 'rises']],
  ['a sum of money is none', '$16 #1', []],
  ['numbers are none', '2014 100 5s', []],
  ['who is addressed is a mention, no keyword', '@Contoso delayed', ['@contoso', 'delayed']],
  ['who is reposted is neither', 'RT @newsdesk: delayed via @wire', ['delayed']],
  [
    'links are taken whole',
    'delayed https://www.a.example/status?utm_source=x',
    ['delayed', 'a.example/status'],
  ],
  ['stop words of other languages', 'pero muy delayed und nicht avec', ['delayed']],
  ['two signs are a word in Han', '地震 地', []],
  ['what is written twice counts once', 'delayed delayed', ['delayed']],
])('%s', (_why, text, expected) => {
  expect(new Set(keys(text))).toEqual(new Set(expected));
});

test.each([
  [
    'words that follow each other',
    'Hurricane Sandy landed',
    ['hurricane sandy', 'hurricane sandy landed', 'sandy landed'],
  ],
  ['a small word may stand between', 'Office for iPad', ['office for ipad']],
  [
    'not across a full stop and space, a link, or a comma',
    'delayed. Airline, gate https://a.example/x crew',
    [],
  ],
  ['signs of scripts without spaces', '東京', []],
])('phrases: %s', (_why, text, expected) => {
  expect(new Set(phrases(text))).toEqual(new Set(expected));
});

test('tags, mentions, links and media of the message', () => {
  const { terms } = termsOf(
    { text: '', tags: ['Sky'], mentions: ['Air'], links: ['https://a.example/x'], media: ['m-1'] },
    all,
  );
  expect(terms.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
    'hashtag #sky',
    'mention @air',
    'link a.example/x',
    'media m-1',
  ]);
});

test('only the kinds that are wanted; the spelling is kept', () => {
  const { terms, phrases: none } = termsOf({ text: 'Big #SkyLine news' }, new Set<TermKind>(['hashtag']));
  expect(terms.map(({ spelling }) => spelling)).toEqual(['#SkyLine']);
  expect(none).toEqual([]);
});

test('a term of one kind is not that of another', () => {
  const { terms } = termsOf({ text: '#sky', media: ['sky'] }, all);
  expect(new Set(terms.map(({ hash }) => `${hash.low}:${hash.high}`)).size).toBe(terms.length);
});

test('a text of a thousand words gives a bounded number of terms', () => {
  const text = Array.from({ length: 1_000 }, (_, at) => `word${at}`).join(' ');
  const { terms, phrases: found } = termsOf({ text }, all);
  expect(terms.length).toBeLessThanOrEqual(96);
  expect(found.length).toBeLessThanOrEqual(192);
});

test('common words are expected to be common', () => {
  expect(priorOf('keyword', 'phone').share).toBeGreaterThan(10 * priorOf('keyword', 'zeppelin').share);
  expect(priorOf('hashtag', '#phone').share).toBe(0.001);
});
