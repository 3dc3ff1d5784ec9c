/** Goal: turns of phrase are learned as phrases: they are read as they should be, and what shares no phrase with them is
 *  read as before. */
import { expect, test } from 'vitest';
import { combine } from '../../../../src/core/sentiment/model/hash.ts';
import { describeWord } from '../../../../src/core/sentiment/model/words.ts';
import type { TrainingText } from '../../../../src/core/sentiment/train/corpus.ts';
import { learnPhrases } from '../../../../src/core/sentiment/train/phrases.ts';
import { trainSentiment } from '../../../../src/core/sentiment/train/train-sentiment.ts';
import { accuracyOf, corpusOf, loadTrained, planOf, synthetic, WORDS } from './support.ts';

const phrases: TrainingText[] = [
  { text: 'no problem at all', label: 2 },
  { text: 'not my cup of tea', label: 0 },
  { text: 'never had a problem', label: 2 },
  { text: 'on the other hand', label: 1 },
];

const pair = (first: string, second: string) =>
  combine(describeWord('word', first).hash, describeWord('word', second).hash);

/** What a model makes of each phrase that finds all of them negative. */
const negative = () => Float64Array.from(phrases.flatMap(() => [1, 0, -1]));

test('the pairs and triples of the phrases, and no others', () => {
  const table = learnPhrases(phrases, negative(), []);
  const triples = phrases.reduce((sum, { text }) => sum + 2 * text.split(' ').length - 3, 0);
  expect(table.size).toBe(triples);
  expect(table.has(pair('no', 'problem'))).toBe(true);
  expect(table.has(pair('problem', 'no'))).toBe(false);
});

test('are pushed towards their label, and no further than they need', () => {
  const table = learnPhrases(phrases, negative(), []);
  const [low = 0, , high = 0] = table.get(pair('no', 'problem')) ?? [];
  expect(high).toBeGreaterThan(0);
  expect(low).toBeLessThan(0);
  // Read as negative before: nothing to do.
  expect([...(table.get(pair('not', 'my')) ?? [])]).toEqual([0, 0, 0]);
});

test('one that stands in other texts too moves less', () => {
  const common = Array.from({ length: 20 }, (): TrainingText => ({ text: 'at all', label: 1 }));
  const table = learnPhrases([{ text: 'no trouble at all', label: 2 }], Float64Array.of(0, 0, 0), common);
  const [rare = 0, often = 0] = [pair('no', 'trouble'), pair('at', 'all')].map(
    (hash) => table.get(hash)?.[2],
  );
  expect(rare).toBeGreaterThan(10 * often);
  expect(often).toBeGreaterThan(0);
});

test('contradictions, single words and nothing end all the same, and stay finite', () => {
  const texts: TrainingText[] = [
    { text: 'so so', label: 0 },
    { text: 'so so', label: 2 },
    { text: 'meh', label: 0 },
    { text: '', label: 0 },
  ];
  const table = learnPhrases(texts, new Float64Array(12), []);
  expect(table.size).toBe(1);
  for (const weights of table.values())
    for (const weight of weights) expect(Math.abs(weight)).toBeLessThan(20);
  expect(learnPhrases([], new Float64Array(0), []).size).toBe(0);
});

test('a trained model has learned them, and what else it knew', () => {
  const [bad = '', good = ''] = [WORDS[0][0], WORDS[2][0]];
  const turned: TrainingText[] = [
    { text: `${bad} ${good} ${bad}`, label: 2 },
    { text: `${good} ${bad} ${good}`, label: 0 },
  ];
  const train = (taught: readonly TrainingText[]) =>
    loadTrained(trainSentiment(corpusOf({ phrases: taught }), planOf({ bits: 16 }), () => undefined));
  const [without, model] = [train([]), train(turned)];
  expect(accuracyOf(without, turned)).toBeLessThan(1);
  expect(accuracyOf(model, turned)).toBe(1);
  const others = synthetic({ seed: 99, count: 100 }).filter(({ text }) => !text.includes(`${bad} ${good}`));
  for (const { text } of others)
    for (const [index, logit] of without.read(text, 'en').logits.entries())
      expect(model.read(text, 'en').logits[index]).toBeCloseTo(logit, 6);
});
