/** Goal: a process killed at any point of a save leaves whole snapshots only, and never goes back behind one it has seen; a disk that
 *  runs full costs the save that does not fit, and nothing else. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileSnapshotStore } from '../../../src/adapters/snapshots/file-snapshots.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { startProcess, until } from '../../support/process.ts';
import { mulberry32 } from '../../../src/core/random/mulberry32.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';
import { fillDisk, onTmpfs } from '../../support/tmpfs.ts';
import { digest, digests } from '../snapshots.contract.ts';

guardAgainstLeaks();

const inCheckout = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const KILLS_MIN = 12;
/** Where saving is quick, as into memory, few kills meet a save: until one has, at most so many. */
const KILLS_MAX = 300;
let folder = '';
beforeAll(async () => {
  folder = await tempFolder('snapshot-kills');
});
afterAll(() => removeFolder(folder));

test('kills in the midst of saving', async () => {
  const seed = Date.now() % 2 ** 31;
  const random = mulberry32(seed);
  const store = createFileSnapshotStore(folder);
  let newest = '';
  let leftOvers = 0;
  for (let kill = 1; kill <= KILLS_MIN || (leftOvers === 0 && kill <= KILLS_MAX); kill++) {
    const writer = await startProcess(
      process.execPath,
      [
        inCheckout('test/adapters/snapshots/writer.mjs'),
        inCheckout('dist/adapters/snapshots/file-snapshots.js'),
        folder,
        String(kill),
      ],
      { missing: 'run: npm ci' },
    );
    await until('the writer has saved twice', () => (writer.stdout().includes('saved') ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, random() * 20)); // At a random point of a later save.
    writer.signal('SIGKILL');
    await writer.exited;

    leftOvers += (await readdir(folder)).filter((name) => name.endsWith('.writing')).length;
    const generations = await store.load('key');
    expect(generations, `seed ${seed}, kill ${kill}`).toHaveLength(2);
    for (const generation of generations) {
      const bytes = Buffer.from(await generation.read());
      const digest = createHash('sha256').update(bytes.subarray(32)).digest();
      expect(bytes.subarray(0, 32).equals(digest), `seed ${seed}, kill ${kill}: ${generation.name}`).toBe(
        true,
      );
    }
    expect((generations[0]?.name ?? '') > newest).toBe(true);
    newest = generations[0]?.name ?? '';
  }
  // The kills did meet saves under way, or they prove nothing.
  expect(leftOvers, `seed ${seed}: saves that were cut off`).toBeGreaterThan(0);
  expect((await readdir(folder)).filter((name) => name.endsWith('.snapshot')).length).toBeLessThanOrEqual(3);
});

test('a disk that runs full', async ({ skip }) => {
  const disk = await tempFolder('snapshot-disk');
  const store = createFileSnapshotStore(disk);
  const [first, second, third] = [1, 2, 3].map(() => randomBytes(200_000)) as [Buffer, Buffer, Buffer];
  const hasRun = await onTmpfs(disk, '2m', async () => {
    for (const bytes of [first, second]) await store.save('key', bytes, 1);
    const ballast = await fillDisk(disk, 65_536);
    await expect(store.save('key', third, 2)).rejects.toMatchObject({ code: 'ENOSPC' });
    const names = await readdir(disk);
    expect(names.filter((name) => name.endsWith('.writing'))).toEqual([]);
    expect(await digests(store, 'key')).toEqual([second, first].map(digest));
    await rm(ballast);
    await store.save('key', third, 2);
    expect(await digests(store, 'key')).toEqual([third, second].map(digest));
  });
  await removeFolder(disk);
  if (!hasRun) skip('mounting a tmpfs takes rights that this user has not');
});
