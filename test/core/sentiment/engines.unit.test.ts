/** Goal: the obvious cases of each engine, their explanations, and that an engine is loaded only when asked for. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { createEngine } from '../../../src/core/sentiment/engines.ts';
import { labelSentiment } from '../../../src/core/sentiment/sentiment.ts';

const loadedModules = () => Object.keys(createRequire(import.meta.url).cache).join('\n');

test('natural loads neither wink nor the rest of natural; wink comes when asked for', async () => {
  await createEngine('natural');
  expect(loadedModules()).toContain('aggressive_tokenizer');
  expect(loadedModules()).not.toMatch(/wink|mongoose|SentimentAnalyzer/);
  await createEngine('wink');
  expect(loadedModules()).toContain('wink-nlp');
});

test('one engine of a name serves everyone', async () => {
  expect(await createEngine('wink')).toBe(await createEngine('wink'));
  expect((await createEngine('natural')).name).toBe('natural');
});

test.each([
  ['I love this airline, great crew', 'positive', 'positive'],
  ['I hate this airline, terrible delays', 'negative', 'negative'],
  ['The flight leaves at 10:30 from gate 5', 'neutral', 'neutral'],
  ['not good', 'negative', 'negative'],
  ["I don't love it", 'positive', 'negative'],
  ['I do not hate it', 'positive', 'positive'],
  ['😍😍😍', 'neutral', 'positive'],
  ['😡', 'neutral', 'negative'],
  ['LOVE IT', 'positive', 'positive'],
  ['東京タワー', 'neutral', 'neutral'],
  ['the constructor __proto__ toString valueOf', 'neutral', 'neutral'],
] as const)('%s: natural says %s, wink %s', async (text, natural, wink) => {
  const label = async (name: 'natural' | 'wink') =>
    labelSentiment((await createEngine(name)).read(text), { abstainBelow: 0, engine: name, text }).label;
  expect([await label('natural'), await label('wink')]).toEqual([natural, wink]);
});

test('natural explains by words, with their AFINN weight turned by a negation', async () => {
  const { because } = (await createEngine('natural')).read('Good crew. Never again, a bad, BAD flight', {
    explain: true,
  });
  expect(because).toEqual([
    { text: 'Good', start: 0, end: 4, weight: 3, kind: 'word' },
    { text: 'Never', start: 11, end: 16, weight: 0, kind: 'negation' },
    { text: 'bad', start: 26, end: 29, weight: 3, kind: 'word' },
    { text: 'BAD', start: 31, end: 34, weight: 3, kind: 'word' },
  ]);
});

test('wink explains by sentences, whose weights sum to its document score', async () => {
  const { because = [] } = (await createEngine('wink')).read('I love it. It is a plane.  I hate it!', {
    explain: true,
  });
  expect(because.map(({ text, start, kind }) => [text, start, kind])).toEqual([
    ['I love it.', 0, 'sentence'],
    ['I hate it!', 27, 'sentence'],
  ]);
  expect(because.map(({ weight }) => Math.sign(weight))).toEqual([1, -1]);
});

test('an explanation is given only when asked for', async () => {
  for (const name of ['natural', 'wink'] as const)
    expect((await createEngine(name)).read('I love it')).not.toHaveProperty('because');
});
