/** Temporary folders that a suite must not leave behind. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const created = new Set<string>();

export async function tempFolder(purpose: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), `earshot-${purpose}-`));
  created.add(path);
  return path;
}

export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Folders made by `tempFolder` in this process that still exist. */
export function foldersLeft(): string[] {
  return [...created].filter((path) => existsSync(path));
}
