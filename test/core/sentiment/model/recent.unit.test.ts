/** Goal: what was asked for lately is remembered, and no more than that. */
import { expect, test } from 'vitest';
import { createRecent } from '../../../../src/core/sentiment/model/recent.ts';

test('knows what was set, and nothing else', () => {
  const recent = createRecent<number>(4);
  recent.set('a', 1);
  expect([recent.get('a'), recent.get('b'), recent.get('toString')]).toEqual([1, undefined, undefined]);
});

test('keeps at least the latest of its size, at most twice as many', () => {
  const recent = createRecent<number>(10);
  for (let n = 0; n < 1_000; n += 1) recent.set(`${n}`, n);
  const kept = Array.from({ length: 1_000 }, (_, n) => n).filter((n) => recent.get(`${n}`) !== undefined);
  expect(kept).toEqual(expect.arrayContaining([990, 991, 992, 993, 994, 995, 996, 997, 998, 999]));
  expect(kept.length).toBeLessThanOrEqual(20);
});

test('what is asked for again stays', () => {
  const recent = createRecent<string>(10);
  recent.set('the', 'kept');
  for (let n = 0; n < 1_000; n += 1) {
    recent.set(`${n}`, 'passing');
    expect(recent.get('the')).toBe('kept');
  }
});
