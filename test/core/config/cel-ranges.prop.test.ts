/** Goal: what is said to be foregone is so for all values within the ranges, and the faults that people make are found. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conditionCompiler } from '../../../src/core/config/cel.ts';
import { foregone, type Ranges } from '../../../src/core/config/cel-ranges.ts';

const RANGES = {
  count: [0, Number.POSITIVE_INFINITY],
  share: [0, 1],
  score: [-1, 1],
} as const satisfies Ranges;
const compile = conditionCompiler({ count: 'double', share: 'double', score: 'double', channel: 'string' });

test.each<[string, [string, boolean][]]>([
  ['share > 1.5', [['share > 1.5', false]]],
  ['share > 1', [['share > 1', false]]],
  ['share >= 1', []],
  ['share <= 1', [['share <= 1', true]]],
  ['count >= 0', [['count >= 0', true]]],
  ['count > 0', []],
  ['count < 0', [['count < 0', false]]],
  ['0 > count', [['0 > count', false]]],
  ['count == -1', [['count == -1', false]]],
  ['count != -1', [['count != -1', true]]],
  ['score < -1.0', [['score < -1.0', false]]],
  ['-score > 1', [['-score > 1', false]]],
  ['share * 100 > 50', []],
  ['share * 2 - 1 > 1', [['share * 2 - 1 > 1', false]]],
  ['share + score > 2', [['share + score > 2', false]]],
  [
    'count > 20 && share > 50',
    [
      ['share > 50', false],
      ['count > 20 && share > 50', false],
    ],
  ],
  ['count > 20 || share > 50', [['share > 50', false]]],
  [
    '!(count >= 0)',
    [
      ['count >= 0', true],
      ['!(count >= 0)', false],
    ],
  ],
  ['count > 3 ? share > 0.5 : score > 2', [['score > 2', false]]],
  ['true', [['true', true]]],
  ['1 > 2', [['1 > 2', false]]],
  // Of which nothing is known.
  ['count / share > -1', []],
  ['count * share >= 0', []],
  ['count - count >= 0', []],
  ['channel == "web"', []],
  ['(((share) + (0))) >= ((2)) || count > 1', [['(((share) + (0))) >= ((2))', false]]],
  [
    ' count > 1 && (share > 2) ',
    [
      ['share > 2', false],
      ['count > 1 && (share > 2)', false],
    ],
  ],
])('%s', (source, expected) => {
  compile(source);
  expect(foregone(source, RANGES).map(({ text, holds }) => [text, holds])).toEqual(expected);
});

const number = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(RANGES)) },
  fc.constantFrom('0', '1', '-1', '2', '0.5', '1.0', '-1.5', '3', '1e3'),
);
const { condition } = fc.letrec<{ sum: string; condition: string }>((tie) => ({
  sum: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    number,
    fc
      .tuple(tie('sum'), fc.constantFrom('+', '-', '*', '/'), tie('sum'))
      .map(([left, op, right]) => `(${left} ${op} ${right})`),
    tie('sum').map((inner) => `-(${inner})`),
  ),
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc
      .tuple(tie('sum'), fc.constantFrom('<', '<=', '>', '>=', '==', '!='), tie('sum'))
      .map((parts) => parts.join(' ')),
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map(([left, op, right]) => `(${left}) ${op} (${right})`),
    tie('condition').map((inner) => `!(${inner})`),
    fc
      .tuple(tie('condition'), tie('condition'), tie('condition'))
      .map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
  ),
}));

const values = fc.record({
  count: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 1_000_000 })),
  share: fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  score: fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -1, max: 1, noNaN: true })),
});

/** What is said of a condition and is not so for these values. */
function contradicted(source: string, ranges: Ranges, at: Record<string, unknown>): string[] {
  return foregone(source, ranges).flatMap(({ text, holds }) => {
    const result = compile(text)({ ...at, channel: '' });
    return result.ok && result.holds !== holds ? [text] : [];
  });
}

const compiles = (source: string) => {
  try {
    compile(source);
    return true;
  } catch {
    return false; // Ints and bools compared, numbers too large.
  }
};

test('whatever is said to be foregone is so', () => {
  let said = 0;
  fc.assert(
    fc.property(
      condition.filter(compiles),
      fc.array(values, { minLength: 8, maxLength: 8 }),
      (source, all) => {
        said += foregone(source, RANGES).length;
        for (const at of all) expect(contradicted(source, RANGES, at)).toEqual([]);
      },
    ),
    { numRuns: 500 },
  );
  expect(said).toBeGreaterThan(50);
});

test('negative control: with ranges that are too narrow something said is not so', () => {
  const narrow: Ranges = { ...RANGES, share: [0, 0.5], score: [0, 1] };
  const failing = fc.check(
    fc.property(
      condition.filter(compiles),
      values,
      (source, at) => contradicted(source, narrow, at).length === 0,
    ),
    { numRuns: 5_000 },
  );
  expect(failing.failed).toBe(true);
});
