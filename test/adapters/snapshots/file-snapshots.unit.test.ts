/** Goal: snapshots in files come back whole, and what a cut-off save left behind is never read and does not stay. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileSnapshotStore } from '../../../src/adapters/snapshots/file-snapshots.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';
import { digest, digests, snapshotsContract } from '../snapshots.contract.ts';

snapshotsContract('files', async () => {
  const root = await tempFolder('snapshots');
  const folder = join(root, 'not', 'made', 'yet');
  const [store, other] = [createFileSnapshotStore(folder), createFileSnapshotStore(folder)];
  return { store, other, dispose: () => removeFolder(root) };
});

let folder = '';
beforeAll(async () => {
  folder = await tempFolder('snapshot-files');
});
afterAll(() => removeFolder(folder));

test('a save that was cut off is not read, and the next one clears it away', async () => {
  const store = createFileSnapshotStore(folder);
  await store.save('key', Buffer.from('whole'), 5);
  const [whole = ''] = await readdir(folder);
  const cutOff = `${whole.replace('0001.snapshot', '0002.snapshot')}.writing`;
  const ofALaterOwner = cutOff.replace('0000000000000005-', '0000000000000009-');
  for (const file of [cutOff, ofALaterOwner]) await writeFile(join(folder, file), 'ha');
  expect(await digests(store, 'key')).toEqual([digest(Buffer.from('whole'))]);
  await store.save('key', Buffer.from('next'), 5);
  expect(await digests(store, 'key')).toEqual(['next', 'whole'].map((text) => digest(Buffer.from(text))));
  const names = await readdir(folder);
  expect(names.filter((name) => name.endsWith('.writing'))).toEqual([ofALaterOwner]);
});

test('files of others in the folder are left alone', async () => {
  const mixed = await tempFolder('snapshot-mixed');
  await writeFile(join(mixed, 'key@notes.txt'), 'mine');
  await mkdir(join(mixed, 'key@folder'));
  const store = createFileSnapshotStore(mixed);
  for (let round = 0; round < 4; round++) await store.save('key', Buffer.from('x'), 1);
  expect(await readdir(mixed)).toHaveLength(4);
  await removeFolder(mixed);
});

test('a folder that cannot be used is told, and nothing is kept half', async () => {
  const inTheWay = join(folder, 'file');
  await writeFile(inTheWay, '');
  for (const place of [inTheWay, join(inTheWay, 'below')]) {
    const store = createFileSnapshotStore(place);
    await expect(store.load('key')).rejects.toThrow(
      `the folder of snapshots '${place}' cannot be read: it is, or lies in, a file`,
    );
    await expect(store.save('key', Buffer.from('x'), 1)).rejects.toThrow(place);
  }
});

test.runIf(existsSync('/proc/self'))('a save ends where no folder can be made', async () => {
  const store = createFileSnapshotStore('/proc/not/made');
  await expect(store.save('key', Buffer.from('x'), 1)).rejects.toThrow(/mkdir '\/proc\/not'$/);
});
