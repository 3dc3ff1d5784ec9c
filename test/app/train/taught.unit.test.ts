/** Goal: what a teacher said of a text is found again by the text, in copies too, and a damaged file is told. */
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packTaught, readTeacher } from '../../../src/app/train/taught.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder = '';
beforeAll(async () => {
  folder = await tempFolder('taught');
});
afterAll(() => removeFolder(folder));

test('packed and read', async () => {
  const file = join(folder, 'taught.bin');
  const packed = packTaught([
    { text: 'The tram was late again.', shares: [0.8, 0.15, 0.05] },
    { text: 'Thank you, driver!', shares: [0, 0.004, 0.996] },
  ]);
  expect(packed).toHaveLength(12);
  await writeFile(file, packed);
  const teacher = await readTeacher(file);
  const close = (...shares: number[]) => shares.map((share): unknown => expect.closeTo(share, 2));
  expect(teacher({ text: 'the tram was LATE again!!' })).toEqual(close(0.8, 0.15, 0.05));
  expect(teacher({ text: 'Thank you, driver!' })).toEqual(close(0, 0, 1));
  expect(teacher({ text: 'Thank you, conductor!' })).toBeUndefined();
});

test('half a row', async () => {
  const file = join(folder, 'damaged.bin');
  await writeFile(file, new Uint8Array(13));
  await expect(readTeacher(file)).rejects.toThrow(`${file}: holds 13 bytes; rows have 6 each`);
});
