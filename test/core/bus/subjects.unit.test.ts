/** Goal: any text becomes one token, patterns match as the broker's do, and every subject has its stream. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { streamOf, STREAMS, streamSpecs } from '../../../src/core/bus/streams.ts';
import { subjectMatches, subjects, subjectToken } from '../../../src/core/bus/subjects.ts';

test('any text is one token of at most 64 characters', () => {
  const text = fc.string({ unit: 'binary', maxLength: 200 });
  fc.assert(fc.property(text, (any) => /^[a-z0-9_-]{1,64}$/.test(subjectToken(any))));
});

test.each([
  ['Chat', 'chat'],
  ['a.b>c*d e', 'a_b_c_d_e'],
  ['', 'unknown'],
  ['é', '_'],
  ['İ'.repeat(64), '_'.repeat(64).replaceAll('__', 'i_')],
])('subjectToken(%j)', (text, token) => {
  expect(subjectToken(text)).toBe(token);
});

test.each<[string, string, boolean]>([
  ['a.>', 'a.b', true],
  ['a.>', 'a.b.c', true],
  ['a.>', 'a', false],
  ['a.*', 'a.b', true],
  ['a.*', 'a.b.c', false],
  ['a.*.c', 'a.b.c', true],
  ['a.*.c', 'a.b.d', false],
  ['a.b', 'a.b', true],
  ['a.b', 'a.bc', false],
  ['a.b.c', 'a.b', false],
  ['>', 'a', true],
])('%s on %s: %s', (pattern, subject, matches) => {
  expect(subjectMatches(pattern, subject)).toBe(matches);
});

test.each<[string, string | undefined]>([
  [subjects.in('x', 'y'), STREAMS.in],
  [subjects.allIn, STREAMS.in],
  [subjects.scored('p', 'c', 'negative'), STREAMS.scored],
  ['earshot.scored.acme.*.negative', STREAMS.scored],
  [subjects.route('p', 'q'), STREAMS.route],
  [subjects.dropped('p', 'language'), STREAMS.dropped],
  [subjects.alert('p', 'r', 'firing'), STREAMS.events],
  [subjects.dead('empty'), STREAMS.dead],
  ['earshot.>', undefined],
  ['earshot', undefined],
  ['orders.in.x', undefined],
  ['earshot.other.x', undefined],
])('%s is in %s', (subject, stream) => {
  expect(streamOf(subject)).toBe(stream);
});

test('the streams share what is given, none takes the subjects of another, and the window is no longer than the age', () => {
  const specs = streamSpecs({ storeBytesMax: 1_000_000_000, ageMsMax: 60_000, duplicateWindowMs: 120_000 });
  const total = specs.reduce((sum, { bytesMax }) => sum + bytesMax, 0);
  expect(total).toBeGreaterThan(999_000_000);
  expect(total).toBeLessThanOrEqual(1_000_000_000);
  for (const { name, ageMsMax, duplicateWindowMs } of specs) {
    const isAudit = name === STREAMS.audit;
    expect([name, duplicateWindowMs]).toEqual([name, isAudit ? 120_000 : 60_000]);
    expect(ageMsMax > 60_000).toBe(isAudit);
  }
  const all = specs.flatMap((spec) => spec.subjects);
  expect(new Set(all).size).toBe(all.length);
  expect(specs.map(({ name }) => name).sort()).toEqual(Object.values(STREAMS).sort());
});
