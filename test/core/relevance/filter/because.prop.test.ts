/** Goal: an explanation is exact: its weights sum to the log-odds, its pieces stand in the text, in order, and are few. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RelevanceReading } from '../../../../src/core/relevance/filter/filter.port.ts';
import { FILTER_ENGINES } from '../../../../src/core/relevance/filter/manifest.ts';
import { texts } from '../../sentiment/texts.ts';
import { madeUpTexts, tinyFilter } from './support.ts';

/** What is wrong with an explanation; empty when nothing is. */
function faults(text: string, { probability, because }: RelevanceReading): string[] {
  if (because === undefined) return ['none'];
  const found: string[] = [];
  const logOdds = Math.log(probability / (1 - probability));
  const sum = because.reduce((total, { weight }) => total + weight, 0);
  if (!(Math.abs(sum - logOdds) <= 1e-6)) found.push(`sums to ${sum}, the log-odds are ${logOdds}`);
  if (because.length > 64) found.push(`${because.length} items`);
  for (const [index, { text: piece, start, end }] of because.entries()) {
    if (end > start && text.slice(start, end) !== piece) found.push(`'${piece}' does not stand at ${start}`);
    if (start < (because[index - 1]?.start ?? 0)) found.push(`${index}: out of order`);
  }
  return found;
}

describe.each(FILTER_ENGINES)('%s', async (engine) => {
  const filter = await tinyFilter(engine);

  test('any text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const reading = filter.read(text, { explain: true });
        expect(faults(text, reading)).toEqual([]);
        expect(filter.read(text)).toEqual({ probability: reading.probability });
      }),
      { numRuns: 300 },
    );
  });

  test('texts like those it learned from', () => {
    for (const { text } of madeUpTexts(100, 9))
      expect(faults(text, filter.read(text, { explain: true }))).toEqual([]);
  });

  test('planted fault: an item less, or a weight changed, is seen', () => {
    const text = 'claim your free prize now, call 09061701461 for £900 tomorrow at lunch';
    const reading = filter.read(text, { explain: true });
    const because = reading.because ?? [];
    expect(because.length).toBeGreaterThan(4);
    for (const dropped of because.keys()) {
      if (Math.abs(because[dropped]?.weight ?? 0) <= 1e-6) continue;
      expect(
        faults(text, { ...reading, because: because.filter((_, index) => index !== dropped) }),
      ).not.toEqual([]);
    }
  });
});

test('words that spam uses speak against, those of a talk for', async () => {
  const filter = await tinyFilter('earshot');
  const { because = [] } = filter.read('free prize tomorrow lunch', { explain: true });
  const weightOf = (word: string) =>
    because.filter(({ text }) => text.includes(word)).reduce((sum, { weight }) => sum + weight, 0);
  expect(weightOf('prize')).toBeLessThan(0);
  expect(weightOf('lunch')).toBeGreaterThan(0);
});
