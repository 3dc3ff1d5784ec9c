/** Goal: a pipeline's lexicon finds its terms and nothing else, weighs as it says over any engine, and its explanation adds
 *  up. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BatchEngine, SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { compileLexicon, termForm } from '../../../src/core/sentiment/lexicon.ts';
import { withLexicon } from '../../../src/core/sentiment/lexicon.engine.ts';
import { naturalEngine } from '../../../src/core/sentiment/natural.engine.ts';
import { HOSTILE, texts } from './texts.ts';

const lexicon = compileLexicon({
  sick: 2,
  'sick leave': -1,
  'sick leave policy': 0,
  '#sick': 3,
  kindly: 0,
  'café au lait': 1,
  '🔥': 1.5,
  '👍🏽': 1,
  'coca-cola': 0.5,
  東京: 1,
  late: -2,
});

const found = (text: string) =>
  lexicon.find(text).map(({ start, end, weight }) => [text.slice(start, end), weight]);

describe('find', () => {
  test.each<[string, string, [string, number][]]>([
    ['a word, whatever its case', 'SICK board', [['SICK', 2]]],
    ['not a part of a word', 'sickly homesick', []],
    [
      'the longest phrase',
      'the sick leave policy, sick leave',
      [
        ['sick leave policy', 0],
        ['sick leave', -1],
      ],
    ],
    ['a phrase over punctuation and lines', 'sick\nleave', [['sick\nleave', -1]]],
    ['a phrase that breaks off', 'sick leaves', [['sick', 2]]],
    ['a hashtag rather than its word', 'so #sick', [['#sick', 3]]],
    [
      'accents and compositions alike',
      'CAFE AU LAIT cafe\u0301 au lait',
      [
        ['CAFE AU LAIT', 1],
        ['cafe\u0301 au lait', 1],
      ],
    ],
    [
      'emoji in a run',
      '🔥🔥',
      [
        ['🔥', 1.5],
        ['🔥', 1.5],
      ],
    ],
    [
      'emoji of any skin tone',
      '👍👍🏿',
      [
        ['👍', 1],
        ['👍🏿', 1],
      ],
    ],
    ['other separators in a term', 'Coca Cola', [['Coca Cola', 0.5]]],
    ['scripts without spaces', '東京タワー', [['東京', 1]]],
    ['nothing in nothing', '', []],
    ['a negation turns it', 'not late', [['late', 2]]],
    [
      'up to three words before',
      'never been so late, never been so very late',
      [
        ['late', 2],
        ['late', -2],
      ],
    ],
    [
      "n't too",
      "it isn't late and wasn’t sick",
      [
        ['late', 2],
        ['sick', -2],
      ],
    ],
    [
      'in the same clause only',
      'no, late. Not. Late!',
      [
        ['late', -2],
        ['Late', -2],
      ],
    ],
    [
      'other languages',
      'nicht late, pas late, नहीं late',
      [
        ['late', 2],
        ['late', 2],
        ['late', 2],
      ],
    ],
  ])('%s', (_what, text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  test.each(HOSTILE)('hostile: %s', (_why, text) => {
    const spentMs = [0, 1, 2].map(() => {
      const startMs = performance.now();
      lexicon.find(text.slice(0, 4_096));
      return performance.now() - startMs;
    });
    expect(Math.min(...spentMs)).toBeLessThan(1_000); // Takes a few milliseconds at rest; an unbounded search takes minutes.
  });
});

test('terms of one form are one term; without a word or an emoji it is none', () => {
  expect(termForm('Kindly')).toBe(termForm(' kindly! '));
  expect(termForm('#kindly')).not.toBe(termForm('kindly'));
  expect(['', ' ', '!?', ':)'].map(termForm)).toEqual([undefined, undefined, undefined, undefined]);
});

describe('withLexicon', () => {
  const engine = withLexicon(naturalEngine, lexicon) as SentimentEngine;
  const plain = (text: string) => naturalEngine.read(text).probability;

  test('a text without a term is read as without a lexicon', () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(lexicon.find(text).length === 0);
        expect(engine.read(text, { explain: true })).toEqual(naturalEngine.read(text, { explain: true }));
      }),
    );
  });

  test('the weight is added to the log-odds of positive, and taken from those of negative', () => {
    const [before, { probability }] = [plain('the      board'), engine.read('the sick board')];
    expect(Math.log(probability.positive / probability.neutral)).toBeCloseTo(
      Math.log(before.positive / before.neutral) + 2,
      9,
    );
    expect(Math.log(probability.negative / probability.neutral)).toBeCloseTo(
      Math.log(before.negative / before.neutral) - 2,
      9,
    );
    expect(probability.negative + probability.neutral + probability.positive).toBeCloseTo(1, 12);
  });

  test('a weight of 0 takes a polar word out of what the engine reads', () => {
    const neutral = withLexicon(naturalEngine, compileLexicon({ kind: 0 })) as SentimentEngine;
    expect(plain('be so kind').positive).toBeGreaterThan(plain('be so     ').positive);
    expect(neutral.read('be so kind').probability.positive).toBeCloseTo(plain('be so     ').positive, 12);
  });

  test('explanations add up, stand in the text, and name the terms; probabilities stay probabilities', () => {
    const pieces = fc.array(
      fc.constantFrom('sick', 'late', 'not', 'good', 'awful', '🔥', 'kindly', 'the', '.'),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join(' ');
        const { probability, because = [] } = engine.read(text, { explain: true });
        const sum = because.reduce((all, { weight }) => all + weight, 0);
        expect(sum).toBeCloseTo(probability.positive - probability.negative, 8);
        expect(because.length).toBeLessThanOrEqual(64);
        for (const { text: quoted, start, end } of because) expect(text.slice(start, end)).toBe(quoted);
        for (const part of Object.values(probability)) expect(part >= 0 && part <= 1).toBe(true);
      }),
    );
  });

  test('terms that cancel out show, and change nothing', () => {
    const { probability, because = [] } = engine.read('sick late', { explain: true });
    expect(probability.positive).toBeCloseTo(plain('         ').positive, 12);
    const terms = because.filter(({ kind }) => kind === 'lexicon');
    expect(terms.map(({ text, weight }) => [text, Math.sign(weight)])).toEqual([
      ['sick', 1],
      ['late', -1],
    ]);
  });

  test('thousands of terms stay finite', () => {
    expect(engine.read('sick '.repeat(2_000)).probability.positive).toBeCloseTo(1, 6);
    expect(engine.read('late '.repeat(2_000)).probability.negative).toBeCloseTo(1, 6);
  });

  test('an engine that computes elsewhere sees the texts masked, and is shifted alike', async () => {
    const seen: string[] = [];
    const batch: BatchEngine = {
      ...naturalEngine,
      kind: 'batch',
      readBatch: (all, options) => {
        seen.push(...all);
        return Promise.resolve(all.map((text) => naturalEngine.read(text, options)));
      },
    };
    const input = ['a sick board', 'an awful day', '🔥🔥 not late'];
    const readings = await (withLexicon(batch, lexicon) as BatchEngine).readBatch(input, { explain: true });
    expect(seen).toEqual(['a      board', 'an awful day', '     not     ']);
    expect(readings).toEqual(input.map((text) => engine.read(text, { explain: true })));
  });
});

test('over an engine with a score of its own: in range, never against the probabilities, and explained', () => {
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      share,
      share,
      share,
      part,
      fc.constantFrom('sick', 'late', '🔥 late'),
      (a, b, c, much, text) => {
        const all = a + b + c;
        const probability = { negative: a / all, neutral: b / all, positive: c / all };
        const score = much * Math.sign(c - a);
        const read = () => ({
          probability,
          score,
          because: [{ text: '', start: 0, end: 0, weight: score, kind: 'prior' as const }],
        });
        const over = withLexicon({ ...naturalEngine, read }, lexicon) as SentimentEngine;
        const found = over.read(text, { explain: true });
        expect(Math.abs(found.score ?? 2)).toBeLessThanOrEqual(1);
        const sure = found.probability.positive - found.probability.negative;
        expect((found.score ?? 0) * sure).toBeGreaterThanOrEqual(0);
        const sum = (found.because ?? []).reduce((rest, { weight }) => rest + weight, 0);
        expect(sum).toBeCloseTo(found.score ?? 2, 8);
        expect(over.read('nothing of it').score).toBe(score);
      },
    ),
  );
});
