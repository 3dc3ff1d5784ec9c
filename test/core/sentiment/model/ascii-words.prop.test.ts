/** Goal: the short way for words of ASCII says what the definition says, features and all. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readUnits, units } from '../../../../src/core/message/units.ts';
import { readAsciiWord } from '../../../../src/core/sentiment/model/ascii-words.ts';
import { featuresOf, markForm } from '../../../../src/core/sentiment/model/word-features.ts';
import { senseOf, tokenForm } from '../../../../src/core/sentiment/model/words.ts';

const letters = fc.string({
  unit: fc.constantFrom(...Array.from("aabbeorsntNTAOZz09_'`*#")),
  minLength: 1,
  maxLength: 50,
});
const spelled = fc.constantFrom(
  ...[
    "don't",
    "DON'T",
    'Never',
    'BUT',
    'very',
    'sooooo',
    'SOOOO',
    'GREAT',
    "skyline's",
    'n`t',
    "aa'a",
    "AA'A",
    "a'a'a'",
    'x',
  ],
);
const KINDS = ['word', 'hashtag'] as const;

function features(kind: (typeof KINDS)[number], hash: number, length: number): number[] {
  const { count, hashes } = featuresOf(kind, hash, length);
  return [...hashes.slice(0, count)];
}

test('as the definition', () => {
  fc.assert(
    fc.property(
      fc.oneof(letters, spelled),
      fc.constantFrom(...KINDS),
      fc.constantFrom(undefined, 'de', 'hi'),
      (spelling, kind, language) => {
        const short = readAsciiWord(kind, units, 0, readUnits(spelling), language);
        const found = { ...short, features: features(kind, short?.hash ?? 0, short?.formLength ?? 0) };
        const form = tokenForm(kind, spelling);
        const formLength = markForm(form);
        const sense = senseOf(kind, spelling, form, language);
        expect(found).toEqual({ ...sense, formLength, features: features(kind, sense.hash, formLength) });
      },
    ),
    { numRuns: 5_000 },
  );
});

test.each(['é', 'naïve', 'ain\\u2019t', 'Muslims', 'gay'])('leaves %s to the definition', (spelling) => {
  expect(readAsciiWord('word', units, 0, readUnits(spelling), undefined)).toBeUndefined();
});

test('leaves other kinds to the definition', () => {
  expect(readAsciiWord('mark', units, 0, readUnits('!!'), undefined)).toBeUndefined();
});
