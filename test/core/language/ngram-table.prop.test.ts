/** Goal: the packed n-grams say what eld says, to the last digit, for any text. The oracle is eld itself. */
import { eld } from 'eld/small';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createModelFiles } from '../../../src/adapters/model-files/model-files.ts';
import { loadNgramTable, type NgramTable } from '../../../src/core/language/ngram-table.ts';

const files = await createModelFiles().open('language');
const table = loadNgramTable(files);

const WORDS =
  "the quick Das ist nicht für über l'ora c'est où não você ¿qué niño hai नमस्ते مرحبا که привет Grüße 東京 한국 ไทย ' `a ’t''x a a a " +
  'x'.repeat(80);
const words = fc.array(
  fc.tuple(fc.constantFrom(...WORDS.split(' ')), fc.constantFrom(' ', ' ', '', ', ', '-')),
  {
    maxLength: 120,
  },
);
const texts = fc.oneof(
  words.map((pairs) => pairs.flat().join('')),
  fc.string({ unit: fc.constantFrom(...Array.from("abcé ü'’n1.яعم中")), maxLength: 500 }),
);

const sameAsEld = (own: Pick<NgramTable, 'detect'>) =>
  fc.property(texts, (text) => {
    const expected = eld.detect(text);
    const { language, score } = own.detect(text);
    expect(language).toBe(expected.language);
    if (language !== '') expect(score).toBeCloseTo(expected.getScores()[language] ?? -1, 12);
  });

test('the same language and score as eld', () => {
  fc.assert(sameAsEld(table), { numRuns: 2_000 });
});

test('a planted fault is found: n-grams that are counted each time they occur', () => {
  const careless = { detect: (text: string) => table.detect(text.replace(/(\p{L}{3}) /u, '$1 $1s ')) };
  expect(fc.check(sameAsEld(careless), { numRuns: 2_000 }).failed).toBe(true);
});

test('a table that is not whole, not ours or not what it says does not load', () => {
  expect(() => loadNgramTable({ ...files, weightsSha256: 'other' })).toThrow(
    /weights.bin: its SHA-256 is other/,
  );
  expect(() => loadNgramTable({ ...files, manifest: { format: 'x' } })).toThrow(
    /language\/model.json: format/,
  );
  const cut = { ...files, weights: files.weights.subarray(1) };
  expect(() => loadNgramTable(cut)).toThrow(/688707 bytes instead of 688708/);
});
