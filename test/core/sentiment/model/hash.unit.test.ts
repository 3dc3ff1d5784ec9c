/** Goal: hashes keep features apart. */
import { expect, test } from 'vitest';
import { begin, combine, extend, finish, hashText } from '../../../../src/core/sentiment/model/hash.ts';
import { seededRandom } from '../../../support/random.ts';

function distinctWords(count: number): string[] {
  const random = seededRandom(11);
  const words = new Set<string>();
  while (words.size < count) {
    const letters = Array.from({ length: 2 + Math.floor(random() * 9) }, () => Math.floor(random() * 26));
    words.add(String.fromCharCode(...letters.map((letter) => 97 + letter)));
  }
  return [...words];
}

test('a 32-bit number, whatever the text', () => {
  for (const text of ['', 'a', 'good', '😀', '\ud83d', 'x'.repeat(1_000)]) {
    const hash = hashText(text, 1);
    expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
  }
});

test('is what its steps make', () => {
  let state = begin(7);
  for (const char of 'good') state = extend(state, char.charCodeAt(0));
  expect(finish(state)).toBe(hashText('good', 7));
});

test('100,000 words collide no more often than chance has it', () => {
  const hashes = new Set(distinctWords(100_000).map((word) => hashText(word, 1)));
  // n² / 2^33 = 1.2 are expected.
  expect(100_000 - hashes.size).toBeLessThan(8);
});

test('the low bits, which choose a bucket, are spread', () => {
  const buckets = new Uint32Array(256);
  for (const word of distinctWords(51_200))
    buckets[hashText(word, 1) & 255] = (buckets[hashText(word, 1) & 255] ?? 0) + 1;
  // 200 each; chi-square of 255 degrees is below 330 with a probability of 0.999.
  const chiSquare = buckets.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
  expect(chiSquare).toBeLessThan(330);
});

test('order counts in a combination, and triples are not pairs', () => {
  const [a, b, c] = ['not', 'so', 'good'].map((word) => hashText(word, 1)) as [number, number, number];
  const combined = [
    combine(a, b),
    combine(b, a),
    combine(a, a),
    combine(combine(a, b), c),
    combine(a, combine(b, c)),
    combine(combine(b, a), c),
  ];
  expect(new Set([a, b, c, ...combined]).size).toBe(9);
});

test('pairs of 400 words collide no more often than chance has it', () => {
  const hashes = distinctWords(400).map((word) => hashText(word, 1));
  const pairs = new Set(hashes.flatMap((first) => hashes.map((second) => combine(first, second))));
  // 160,000² / 2^33 = 3 are expected.
  expect(160_000 - pairs.size).toBeLessThan(14);
});
