/** Snapshots in a local folder, one file a generation: written to a temporary name, fsynced, renamed, and the folder
 *  fsynced. A name holds the epoch and a number: who was fenced off can at worst leave a file that is never the newest. */
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  GENERATIONS_MAX,
  SnapshotFencedError,
  type SnapshotStore,
} from '../../core/snapshot/snapshot.port.ts';

const SUFFIX = '.snapshot';
/** A save that was cut off; the next one under its key clears it away. */
const TEMPORARY = '.writing';

interface SnapshotFile {
  readonly file: string;
  readonly epoch: number;
  readonly number: number;
}

/** One process at a time writes under a key and epoch: its owner. Rejects when the folder cannot be made or written. */
export function createFileSnapshotStore(folder: string): SnapshotStore {
  return {
    description: `folder ${folder}`,
    load: async (key) =>
      (await listFiles(folder, key)).slice(0, GENERATIONS_MAX).map(({ file }) => ({
        name: file,
        read: () => readFile(join(folder, file)),
      })),
    save: async (key, bytes, epoch) => {
      await makeFolder(folder);
      const before = await listFiles(folder, key);
      const [newest] = before;
      if (newest && newest.epoch > epoch) throw new SnapshotFencedError(key, epoch, newest.epoch);
      const number = (newest?.number ?? 0) + 1;
      const file = `${prefixOf(key)}${padded(epoch)}-${padded(number)}${SUFFIX}`;
      await writeWhole(folder, file, bytes);
      const stale = (await listFiles(folder, key)).slice(GENERATIONS_MAX).map((old) => old.file);
      // Names sort by epoch: what a later owner is writing stays.
      const cutOff = (await readdir(folder)).filter(
        (name) => name.startsWith(prefixOf(key)) && name.endsWith(TEMPORARY) && name < file,
      );
      await Promise.all([...stale, ...cutOff].map((name) => rm(join(folder, name), { force: true })));
    },
  };
}

/** Step by step: asked for all at once, Node 20 never ends where a folder takes none, as /proc does. */
async function makeFolder(folder: string, { hasParent = false } = {}): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || hasParent || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await makeFolder(folder, { hasParent: true });
  }
}

/** Keys may hold anything; `@` is never left as it is. */
function prefixOf(key: string): string {
  return `${encodeURIComponent(key)}@`;
}

/** Names sort as the numbers in them do. */
function padded(number: number): string {
  return String(number).padStart(16, '0');
}

async function listFiles(folder: string, key: string): Promise<SnapshotFile[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    const why = error.code === 'ENOTDIR' ? 'it is, or lies in, a file' : error.message;
    throw new Error(`the folder of snapshots '${folder}' cannot be read: ${why}`, { cause: error });
  });
  const prefix = prefixOf(key);
  const files = names.flatMap((file): SnapshotFile[] => {
    if (!file.startsWith(prefix)) return [];
    const [, epoch, number] = /^(\d{16})-(\d{16})\.snapshot$/.exec(file.slice(prefix.length)) ?? [];
    return epoch === undefined ? [] : [{ file, epoch: Number(epoch), number: Number(number) }];
  });
  return files.sort((left, right) => right.epoch - left.epoch || right.number - left.number);
}

async function writeWhole(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `${file}${TEMPORARY}`);
  try {
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(folder, file));
  } catch (error) {
    await rm(temporary, { force: true }); // On a full disk it would be in the way.
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the new name last through a power cut. Windows cannot open a folder and does so by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
