/** Disks that run full. */
import { execFile } from 'node:child_process';
import { statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Mounts a small file system over the folder for as long as it is used; answers false where this user may not mount. `size` as
 *  `mount` has it: `24m`. */
export async function onTmpfs(folder: string, size: string, use: () => Promise<void>): Promise<boolean> {
  const isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  );
  if (!isMounted) return false;
  try {
    await use();
  } finally {
    await run('umount', [folder]);
  }
  return true;
}

/** Takes all but so many bytes of what is free; answers with the file that does, to be removed when there is to be room again. */
export async function fillDisk(folder: string, freeBytes: number): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  const ballast = join(folder, 'ballast');
  await writeFile(ballast, Buffer.alloc(bavail * bsize - freeBytes, 7));
  return ballast;
}
