/** Goal: explanations sum to the score whatever the model says, pieces tile the words, batches hold every text once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  attribute,
  partRead,
  piecesOf,
  textsToRead,
} from '../../../../src/core/sentiment/onnx/attribution.ts';
import { planBatches } from '../../../../src/core/sentiment/onnx/batches.ts';
import { readTokenizer } from '../../../../src/core/sentiment/onnx/tokenizer.ts';
import { vocabOf } from './files.ts';

const texts = fc
  .array(fc.constantFrom('a', ' ', '\n', 'bad', '😀', '東'), { maxLength: 200 })
  .map((all) => all.join(''));
/** A score without any rule: a hash of the text. */
const scoreOf = (text: string) =>
  Math.sin([...text].reduce((hash, c) => hash * 31 + (c.codePointAt(0) ?? 0), 7) % 1_000);

test('weights sum to the score; pieces are in order and hold every word once', () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 512 }), (text, tokens) => {
      const pieces = piecesOf(text, tokens);
      const read = textsToRead(text, pieces);
      expect(read.length).toBeLessThanOrEqual(63);
      const because = attribute(text, pieces, scoreOf(text), read.map(scoreOf));
      expect(because.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(scoreOf(text), 9);
      const words = (part: string) => part.match(/\S+/g) ?? [];
      expect(because.flatMap((piece) => words(piece.text))).toEqual(words(text));
      for (const piece of because) expect(text.slice(piece.start, piece.end)).toBe(piece.text);
    }),
  );
});

test('of an additive model each word gets what it adds', () => {
  const values: Readonly<Record<string, number>> = { good: 0.5, bad: -0.7, so: 0 };
  const additive = (text: string) =>
    (text.match(/\S+/g) ?? []).reduce((sum, word) => sum + (values[word] ?? 0), 0.1);
  const text = 'so good so bad 😀';
  const pieces = piecesOf(text, 6);
  const because = attribute(text, pieces, additive(text), textsToRead(text, pieces).map(additive));
  expect(because.map((piece) => [piece.text, Number(piece.weight.toFixed(9)), piece.kind])).toEqual([
    ['', 0.1, 'prior'],
    ['so', 0, 'word'],
    ['good', 0.5, 'word'],
    ['so', 0, 'word'],
    ['bad', -0.7, 'word'],
    ['😀', 0, 'emoji'],
  ]);
});

test('what either of two words says alone is shared between them', () => {
  const saturated = (text: string) => (text.includes('good') || text.includes('great') ? 1 : 0);
  const text = 'good great';
  const pieces = piecesOf(text, 4);
  const because = attribute(text, pieces, 1, textsToRead(text, pieces).map(saturated));
  expect(because.map(({ weight }) => weight)).toEqual([0, 0.5, 0.5]);
});

test.each([
  [30, 32],
  [512, 8],
  [128, 32],
  [5_000, 4],
])('a text of %i tokens is explained in at most %i pieces', (tokens, pieces) => {
  expect(piecesOf('word '.repeat(700), tokens)).toHaveLength(pieces);
});

test('the part that is read ends with the last word that has a token', () => {
  const json = {
    pre_tokenizer: { type: 'WhitespaceSplit' },
    model: { type: 'WordPiece', vocab: vocabOf(['[UNK]', 'a', '##b']) },
  };
  const tokenizer = readTokenizer(json).tokenizer({ tokensMax: 4 });
  expect(partRead('a a', tokenizer)).toBe('a a');
  expect(partRead('a ab a', tokenizer)).toBe('a ab a');
  expect(partRead('a a abb a', tokenizer)).toBe('a a abb');
  expect(partRead('abbb  a a', tokenizer)).toBe('abbb');
});

test('batches hold every text once, within their limits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 512 })),
      fc.integer({ min: 1, max: 2_000 }),
      fc.integer({ min: 1, max: 9 }),
      (lengths, tokensPerRunMax, textsPerRunMax) => {
        const batches = planBatches(lengths, { tokensPerRunMax, textsPerRunMax });
        expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
        for (const batch of batches) {
          const width = Math.max(...batch.map((index) => lengths[index] ?? 0));
          expect(batch.length).toBeLessThanOrEqual(textsPerRunMax);
          if (batch.length > 1) expect(batch.length * width).toBeLessThanOrEqual(tokensPerRunMax);
        }
      },
    ),
  );
});
