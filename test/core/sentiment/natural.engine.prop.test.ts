/** Goal: the natural engine is natural's AFINN analyzer. The oracle is that analyzer itself, for any text. */
import fc from 'fast-check';
import SentimentAnalyzer from 'natural/lib/natural/sentiment/SentimentAnalyzer.js';
import AggressiveTokenizer from 'natural/lib/natural/tokenizers/aggressive_tokenizer.js';
import { expect, test } from 'vitest';
import { naturalEngine, rawScoreOf } from '../../../src/core/sentiment/natural.engine.ts';
import { texts } from './texts.ts';

const analyzer = new SentimentAnalyzer('English', undefined, 'afinn');
const tokenizer = new AggressiveTokenizer();

const sameAsNatural = (sumOf: (text: string) => number) =>
  fc.property(texts, (text) => {
    const tokens = tokenizer.tokenize(text);
    if (tokens.length > 0) expect(sumOf(text) / tokens.length).toBeCloseTo(analyzer.getSentiment(tokens), 12);
    else expect(sumOf(text)).toBe(0);
  });

test('the raw score is natural’s, over any text', () => {
  fc.assert(sameAsNatural(rawScoreOf), { numRuns: 3_000 });
});

test('a planted fault is found: negation that ends with the sentence', () => {
  const bySentence = (text: string) =>
    text.split('.').reduce((sum, sentence) => sum + rawScoreOf(sentence), 0);
  expect(fc.check(sameAsNatural(bySentence), { numRuns: 3_000 }).failed).toBe(true);
});

test('more of the raw score is more positive and less negative', () => {
  const scored = ['hate hate hate', 'hate', 'plane', 'love', 'love love love'].map(
    (text) => naturalEngine.read(text).probability,
  );
  const rising = (values: number[]) => values.every((value, n) => n === 0 || value > (values[n - 1] ?? 0));
  expect(rising(scored.map(({ positive }) => positive))).toBe(true);
  expect(rising(scored.map(({ negative }) => -negative))).toBe(true);
});
