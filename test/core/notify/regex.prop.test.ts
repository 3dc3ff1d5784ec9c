/** Goal: the patterns of matchers mean what JavaScript's mean, and take linear time where those explode. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileRegex } from '../../../src/core/notify/regex.ts';

const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '[a-c]',
  '\\d',
  '\\w',
  '\\.',
  '1',
  '-',
  '[-a]',
  '[\\d_]',
);
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    tie('part'),
    fc.tuple(tie('pattern'), tie('pattern')).map(([left, right]) => `${left}|${right}`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([left, right]) => left + right),
  ),
  part: fc.oneof(
    { maxDepth: 4 },
    atom,
    fc.tuple(atom, fc.constantFrom('*', '+', '?', '')).map(([one, sign]) => one + sign),
    fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '')).map(([one, sign]) => `(${one})${sign}`),
  ),
}));

test('means what JavaScript means', () => {
  let matched = 0;
  fc.assert(
    fc.property(
      pattern,
      fc.array(fc.stringMatching(/^[ab1.\-_]{0,8}$/), { maxLength: 8 }),
      (source, texts) => {
        fc.pre(source.length <= 60);
        const test = compileRegex(source);
        const oracle = new RegExp(`^(?:${source})$`, 's');
        for (const text of texts) {
          expect(test(text), `${source} on ${text}`).toBe(oracle.test(text));
          if (oracle.test(text)) matched++;
        }
      },
    ),
    { numRuns: 500 },
  );
  expect(matched).toBeGreaterThan(50);
});

test.each([
  ['(a*)*b', 'a'.repeat(200)],
  ['(a|a)*b', 'a'.repeat(200)],
  ['(a?)(a?)(a?)(a?)(a?)(a?)(a?)(a?)(a*)*(a*)*(a*)*c', 'a'.repeat(200)],
  ['.*.*.*.*.*.*.*.*x', 'y'.repeat(200)],
])('%s does not explode', (source, text) => {
  expect(compileRegex(source)(text)).toBe(false);
});

test.each([
  ['(', "'(' without ')'"],
  [')', "')' without '('"],
  ['[a', "'[' without ']'"],
  ['[]', 'empty [ ]'],
  ['[z-a]', 'is not a range'],
  ['*', "nothing before '*'"],
  ['a{2}', "'{' is not supported"],
  ['^a$', 'is not needed'],
  ['(?:a)', "'(?' is not supported"],
  ['\\b', "'\\b' is not supported"],
  ['\\', "'\\' at the end"],
  ['a'.repeat(201), '200 are allowed'],
])('%s is refused', (source, message) => {
  expect(() => compileRegex(source)).toThrow(message);
});
