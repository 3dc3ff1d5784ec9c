/** Goal: an explanation is exact: its weights sum to the score, its pieces stand in the text, in order, and are few. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Because, EngineReading } from '../../../../src/core/sentiment/engine.port.ts';
import { createModelEngine, loadModel } from '../../../../src/core/sentiment/model/engine.ts';
import { scoreIn } from '../../../../src/core/sentiment/explanation.ts';
import { labelSentiment } from '../../../../src/core/sentiment/sentiment.ts';
import { entryHash } from '../../../../src/core/sentiment/model/words.ts';
import { texts } from '../texts.ts';
import { LANGUAGES, openShipped, REAL_LOOKING, SHIPPED } from './support.ts';
import { tinyFiles } from './tiny-model.ts';

const sumOf = (because: readonly Because[]) => because.reduce((sum, { weight }) => sum + weight, 0);

/** What is wrong with an explanation; empty when nothing is. */
function faults(text: string, reading: EngineReading): string[] {
  const { because } = reading;
  if (because === undefined) return ['none'];
  const found: string[] = [];
  const score = scoreIn(reading);
  if (!(Math.abs(sumOf(because) - score) <= 1e-6))
    found.push(`sums to ${sumOf(because)}, the score is ${score}`);
  if (because.length > 64) found.push(`${because.length} items`);
  for (const [index, { text: piece, start, end, kind }] of because.entries()) {
    if (text.slice(start, end) !== piece) found.push(`${index}: '${piece}' does not stand at ${start}`);
    if ((piece === '') !== (kind === 'prior' || kind === 'rest')) found.push(`${index}: ${kind} '${piece}'`);
    if (start < (because[index - 1]?.start ?? 0)) found.push(`${index}: out of order`);
  }
  return found;
}

/** The weights of a published explanation and its score, in the last digit of what is published. */
function publishedUnits(text: string, reading: EngineReading): readonly [sum: number, score: number] {
  const { because = [], score } = labelSentiment(reading, { abstainBelow: 0, engine: 'earshot', text });
  return [
    because.reduce((sum, { weight }) => sum + Math.round(weight * 10_000), 0),
    0 + Math.round(score * 10_000), // No -0, which a sum never is.
  ];
}

describe.each(SHIPPED)('%s', async (name) => {
  const engine = createModelEngine(loadModel(await openShipped(name)));
  const explain = (text: string, language: string | undefined) =>
    engine.read(text, { explain: true, ...(language === undefined ? {} : { language }) });

  test.each(LANGUAGES)('texts that look real, language %s', (language) => {
    for (const text of REAL_LOOKING) expect(faults(text, explain(text, language))).toEqual([]);
  });

  test('any text, in any language', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...LANGUAGES), (text, language) => {
        const reading = explain(text, language);
        expect(faults(text, reading)).toEqual([]);
        expect(reading.probability).toEqual(
          engine.read(text, language === undefined ? {} : { language }).probability,
        );
        if (text.trim() === '') return;
        const [sum, score] = publishedUnits(text, reading);
        expect(sum).toBe(score);
      }),
      { numRuns: 1_000 },
    );
  });

  test('negative control: an item less, or a weight changed, is seen', () => {
    const text = REAL_LOOKING[2] ?? '';
    const reading = explain(text, 'en');
    const because = reading.because ?? [];
    expect(because.length).toBeGreaterThan(5);
    for (const dropped of because.keys()) {
      if (Math.abs(because[dropped]?.weight ?? 0) <= 1e-6) continue;
      expect(
        faults(text, { ...reading, because: because.filter((_, index) => index !== dropped) }),
      ).not.toEqual([]);
    }
    const moved = because.map((item, index) => (index === 1 ? { ...item, start: item.start + 1 } : item));
    expect(faults(text, { ...reading, because: moved })).not.toEqual([]);
    expect(faults(text, { ...reading, because: because.toReversed() })).not.toEqual([]);
  });

  test('nothing is explained that nobody asked for', () => {
    expect(engine.read('good')).not.toHaveProperty('because');
    expect(engine.read('good', { explain: false })).not.toHaveProperty('because');
  });
});

test('of many pieces those that weigh most are named, and the others are one item', () => {
  // Emoji have one feature each. The weights alternate in sign, so that the score stays off its limits.
  const emoji = Array.from({ length: 90 }, (_, n) => String.fromCodePoint(0x1f400 + ((n * 37) % 90)));
  const weights = new Map(emoji.map((char, n) => [char, n % 2 === 0 ? n + 1 : -n - 1]));
  const features = [...weights].map(([char, weight]) => [entryHash(char), [0, 0, weight]] as const);
  const text = emoji.toSorted().join('');
  const reading = createModelEngine(loadModel(tinyFiles({ features }))).read(text, { explain: true });
  expect(faults(text, reading)).toEqual([]);
  const because = reading.because ?? [];
  expect(because.map(({ kind }) => kind)).toEqual([
    'prior',
    ...Array.from({ length: 62 }, () => 'emoji'),
    'rest',
  ]);
  const named = because.slice(1, -1).map((item) => item.text);
  expect(named).toEqual(emoji.slice(-62).toSorted());
  const unit = (because[1]?.weight ?? 0) / (weights.get(named[0] ?? '') ?? 0);
  for (const item of because.slice(1, -1))
    expect(item.weight / unit).toBeCloseTo(weights.get(item.text) ?? 0, 6);
});
