/** Goal: what the port promises, of every engine: three probabilities that sum to 1, the same answer every time and
 *  whatever was read before, explanations that stand in the text, bounded time, never a throw. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { engines } from '../../../src/app/engines.ts';
import type { SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { labelSentiment } from '../../../src/core/sentiment/sentiment.ts';
import { HOSTILE, texts } from './texts.ts';

type WordList = 'natural' | 'wink';

async function createEngine(name: WordList): Promise<SentimentEngine> {
  return (await engines.open({ engine: name })) as SentimentEngine;
}

describe.each<WordList>(['natural', 'wink'])('%s', (name) => {
  test('any text has three probabilities and a score in range, the same each time', async () => {
    const engine = await createEngine(name);
    fc.assert(
      fc.property(texts, (text) => {
        const reading = engine.read(text);
        expect(engine.read(text)).toEqual(reading);
        const parts = Object.values(reading.probability) as number[];
        expect(parts.every((part) => part > 0 && part < 1)).toBe(true);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 12);
        const { score, probability } = labelSentiment(reading, { abstainBelow: 0, engine: name, text });
        expect(Math.abs(score)).toBeLessThanOrEqual(1);
        expect(Math.abs(probability.negative + probability.neutral + probability.positive - 1)).toBeLessThan(
          1e-3,
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('an explanation changes nothing, stands in the text in order, and is short', async () => {
    const engine = await createEngine(name);
    fc.assert(
      fc.property(texts, (text) => {
        const { probability, because = [] } = engine.read(text, { explain: true });
        expect(probability).toEqual(engine.read(text).probability);
        expect(because.map(({ start, end }) => text.slice(start, end))).toEqual(
          because.map((piece) => piece.text),
        );
        expect(because.every(({ start }, n) => n === 0 || start >= (because[n - 1]?.end ?? 0))).toBe(true);
        const sum = because.reduce((all, { weight }) => all + weight, 0);
        expect(sum).toBeCloseTo(probability.positive - probability.negative, 8);
      }),
      { numRuns: 500 },
    );
    expect(engine.read('good. '.repeat(300), { explain: true }).because).toHaveLength(64);
  });

  test.each(HOSTILE)('hostile: %s', async (_why, text) => {
    const engine = await createEngine(name);
    const spentMs: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const startMs = performance.now();
      engine.read(text, { explain: true });
      spentMs.push(performance.now() - startMs);
    }
    expect(Math.min(...spentMs)).toBeLessThan(1_000); // Takes a few milliseconds at rest; an unbounded search takes minutes.
  });

  test('only the first 4,096 characters are read', async () => {
    const engine = await createEngine(name);
    const filler = 'the '.repeat(1_024);
    expect(engine.read(`${filler}love`)).toEqual(engine.read(filler));
    expect(engine.read(`${filler.slice(4)}love`)).not.toEqual(engine.read(filler));
  });

  test('what was read before does not show, also after more new words than the engine may learn', async () => {
    const engine = await createEngine(name);
    const sample = fc.sample(texts, { numRuns: 200, seed: 7 });
    const before = sample.map((text) => engine.read(text));
    for (let n = 0; n < 12_000; n += 4)
      engine.read(
        [0, 1, 2, 3].map((k) => `Zq${(n + k).toString(36)}'x-${n}é${'Aa1'.repeat(n % 7)}.`).join(' '),
      );
    expect(sample.map((text) => engine.read(text))).toEqual(before);
  });
});
