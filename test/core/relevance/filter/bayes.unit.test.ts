/** Goal: the two restated libraries answer as the originals do. */
import BayesClassifier from 'natural/lib/natural/classifiers/bayes_classifier.js';
import { expect, test } from 'vitest';
import { bayesWeights, countedWords } from '../../../../src/core/relevance/filter/bayes.filter.ts';
import { decodeCounts, encodeCounts } from '../../../../src/core/relevance/filter/bayes.counts.ts';
import { openWords, type BayesEngine } from '../../../../src/core/relevance/filter/bayes.words.ts';
import { countWords } from '../../../../src/core/relevance/filter/train/train-bayes.ts';
import { madeUpTexts } from './support.ts';

async function logOddsOf(engine: BayesEngine, texts: ReturnType<typeof madeUpTexts>) {
  const readWords = await openWords(engine);
  const words = texts.map(({ text }) => readWords(text));
  const counts = countWords(engine, words, texts.map(({ relevant }) => relevant), () => true);
  const { prior, weightOf } = bayesWeights(engine, counts);
  return (text: string) => {
    const own = readWords(text);
    return countedWords(engine, own).reduce((sum, at) => sum + (weightOf(own[at] ?? '') ?? 0), prior);
  };
} // prettier-ignore

test('natural: the log of the ratio of its two probabilities', async () => {
  const training = madeUpTexts(120, 5);
  const classifier = new BayesClassifier();
  for (const { text, relevant } of training) classifier.addDocument(text, relevant ? 'yes' : 'no');
  classifier.train();
  const logOdds = await logOddsOf('natural', training);
  for (const { text } of madeUpTexts(60, 6)) {
    const values = new Map(classifier.getClassifications(text).map(({ label, value }) => [label, value]));
    expect(logOdds(text)).toBeCloseTo(Math.log((values.get('yes') ?? 0) / (values.get('no') ?? 1)), 9);
  }
});

/** Log-odds times ln 2 that wink-naive-bayes-text-classifier 2.2.1 gave (`computeOdds`, its own `prep-text.js`,
 *  `considerOnlyPresence`, `smoothingFactor: 0.5`), trained on these. */
const WINK_TRAINING = [
  [true, 'My flight was delayed and the luggage never arrived'],
  [true, 'I want to change my seat for tomorrow'],
  [true, 'The crew was not friendly on the flight'],
  [true, 'Please refund the delayed flight'],
  [false, 'Win a free prize, claim your free cash now'],
  [false, 'Call now to claim a free ringtone'],
  [false, 'Cheap pills and cash prizes delivered'],
  [false, 'Subscribe to my channel for free prizes'],
] as const;

test.each([
  ['The flight is delayed', 3.4413270950886496],
  ['free prizes, claim claim claim', -8.164005859861808],
  ['my seat was not friendly', 2.4196758475566678],
  ['change the channel', 0.2224512702204488],
])('wink: %s', async (text, expected) => {
  const logOdds = await logOddsOf(
    'wink',
    WINK_TRAINING.map(([relevant, words]) => ({ text: words, relevant })),
  );
  expect(logOdds(text)).toBeCloseTo(expected, 9);
});

test.each<[BayesEngine, [string, string][]]>([
  ['natural', [['prizes', 'prize'], ["weren't", "weren't"], ['free', 'free'], ['nl', 'nl'], ['cities', 'citi'], ['prizes', 'prize']]],
  ['wink', [['prizes', 'prize'], ['free', '!free'], ['Ünlü', '!ünlü'], ['cities', '!citi'], ['prizes', 'prize']]],
])('%s: each word with its place', async (engine, expected) => {
  const text = "  the prizes, weren't free\tin Ünlü cities.  PRIZES? prizes";
  const readWords = await openWords(engine);
  const places: { start: number; end: number }[] = [];
  const words = readWords(text, places);
  expect(words).toEqual(readWords(text));
  const found = places.map(({ start, end }, at) => [text.slice(start, end), words[at]]);
  for (const pair of expected) expect(found).toContainEqual(pair);
}); // prettier-ignore

test('counts come back as they were, in one order', () => {
  const words = new Map<string, readonly [number, number]>([
    ['b', [1, 2]],
    ['__proto__', [3, 0]],
  ]);
  const bytes = encodeCounts({ texts: [4, 5], words });
  expect(decodeCounts(bytes, 'x')).toEqual({ texts: [4, 5], words });
  expect(encodeCounts({ texts: [4, 5], words: new Map([...words].reverse()) })).toEqual(bytes);
  expect(() => decodeCounts(bytes.slice(1), 'x')).toThrow('x/weights.bin: not JSON');
  expect(() => decodeCounts(new TextEncoder().encode('{"texts":[0,1],"words":[]}'), 'x')).toThrow('texts.0');
});
