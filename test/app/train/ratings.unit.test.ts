/** Goal: how a text was rated is found again by the text, and becomes what annotators of three classes would say. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packRatings, readRatings, sharesOfRating } from '../../../src/app/train/ratings.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await tempFolder('ratings');
});
afterAll(() => removeFolder(folder));

test('packed and read', async () => {
  const file = join(folder, 'rated.bin');
  const texts = [
    { text: 'The tram was late again.', rating: -1.4 },
    { text: 'Thank you, driver!', rating: 2.3 },
    { text: 'Tram 4 goes to the harbour.', rating: 0 },
    { text: 'worst', rating: -4 },
    { text: 'best', rating: 4 },
  ];
  const packed = packRatings(texts);
  expect(packed).toHaveLength(5 * texts.length);
  await writeFile(file, packed);
  const ratings = await readRatings(file);
  for (const text of texts)
    expect(Math.abs((ratings(text) ?? NaN) - text.rating), text.text).toBeLessThan(0.016);
  expect(ratings({ text: 'the tram was LATE again!!' })).toBeCloseTo(-1.4, 1);
  expect(ratings({ text: 'Tram 5 goes to the harbour.' })).toBeUndefined();
});

test('half a row', async () => {
  const file = join(folder, 'damaged.bin');
  await writeFile(file, new Uint8Array(13));
  await expect(readRatings(file)).rejects.toThrow(`${file}: holds 13 bytes; rows have 5 each`);
});

test('shares sum to 1, none is negative, and they follow the rating', () => {
  let before = sharesOfRating(-4);
  expect(before[0]).toBeGreaterThan(0.99);
  for (let tenths = -39; tenths <= 40; tenths += 1) {
    const shares = sharesOfRating(tenths / 10);
    expect(shares[0] + shares[1] + shares[2]).toBeCloseTo(1, 12);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
    expect(shares[0]).toBeLessThanOrEqual(before[0]);
    expect(shares[2]).toBeGreaterThanOrEqual(before[2]);
    before = shares;
  }
  expect(before[2]).toBeGreaterThan(0.99);
  expect(sharesOfRating(0.2)[1]).toBeGreaterThan(0.5);
});
