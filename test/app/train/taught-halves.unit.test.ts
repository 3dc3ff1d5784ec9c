/** Goal: what a teacher said of the halves of a text comes back with the text, and nothing that was read by it is called unseen. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { halvesOf, readHalvesTeacher } from '../../../src/app/train/taught-halves.ts';
import { packRows } from '../../../src/app/train/taught-rows.ts';
import { trainingResource } from '../../../src/app/train/word-vectors.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await tempFolder('halves');
});
afterAll(() => removeFolder(folder));

const flood = { text: 'Bridge closed, pray for everyone', relevant: true };
const chat = { text: 'so bored today at work', relevant: false };

test.each<[string, readonly [string, string] | undefined]>([
  ['one two three four', ['one two', 'three four']],
  ['one two three four five', ['one two', 'three four five']],
  ['one two three', undefined],
  ['', undefined],
])('the halves of %j', (text, halves) => {
  expect(halvesOf({ text })).toEqual(halves);
});

test('a text that was seen has its parts, another has none', async () => {
  const file = join(folder, 'taught.bin');
  await writeFile(file, packRows([[flood, [1, 0.2]]]));
  const { teach, saw } = await readHalvesTeacher(file);
  expect(teach(flood)).toEqual({
    ...flood,
    parts: [
      { text: 'Bridge closed,', relevant: 1 },
      { text: 'pray for everyone', relevant: expect.closeTo(0.2, 2) as unknown },
    ],
  });
  expect(teach(chat)).toBe(chat);
  expect([saw([]), saw([chat]), saw([chat, flood])]).toEqual([false, false, true]);
  expect(saw([flood, ...Array.from({ length: 99 }, () => chat)])).toBe(false);
});

test('the one that comes with Earshot is whole', async () => {
  const { saw } = await readHalvesTeacher(trainingResource('taught-crisis.bin'));
  expect(saw([flood, chat])).toBe(false);
});
