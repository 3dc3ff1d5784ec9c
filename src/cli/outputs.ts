/** Files and folders that flags name to be written to. What cannot be written is told by its flag, and before there is work
 *  to lose. */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, writeSync, type Stats } from 'node:fs';
import { access, constants, open, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errorText } from '../core/errors/error-text.ts';
import { UsageError } from './io.ts';

/** Whether the file can be written, as far as that shows before; absent flags are undefined. `inputs`: files that are read,
 *  none of which it may be.
 *  @throws a `UsageError` that names the flag, the file and what is wrong with it. */
export async function checkOutputFile(
  flag: string,
  file: string | undefined,
  inputs: readonly (string | undefined)[] = [],
): Promise<void> {
  if (file === undefined) return;
  if (file === '') throw new UsageError(`${flag}: '' is no file`);
  const found = await look(flag, file);
  if (found?.isDirectory() === true || file.endsWith('/'))
    throw new UsageError(`${flag}: '${file}' is a folder; give a file`);
  if (found === undefined) return checkFolderOf(flag, file);
  for (const input of inputs) {
    if (input === undefined || !isSame(found, await stat(input).catch(() => undefined))) continue;
    throw new UsageError(`${flag}: '${file}' is a file that is read; give another`);
  }
  await access(file, constants.W_OK).catch((error: unknown) => {
    throw notWritable(flag, file, error);
  });
}

/** Whether two flags name different files. @throws a `UsageError` when both would be written to one. */
export function checkApart(
  [flag, file]: readonly [flag: string, file: string | undefined],
  [other, otherFile]: readonly [flag: string, file: string | undefined],
): void {
  if (file === undefined || otherFile === undefined || resolve(file) !== resolve(otherFile)) return;
  throw new UsageError(`${other}: '${otherFile}' is written for ${flag}; give another`);
}

/** Whether the folder can be made, or written where there is one.
 *  @throws a `UsageError` that names the flag, the folder and what is wrong with it. */
export async function checkOutputFolder(flag: string, folder: string): Promise<void> {
  if (folder === '') throw new UsageError(`${flag}: '' is no folder`);
  let nearest = resolve(folder);
  let found = await look(flag, nearest);
  if (found?.isDirectory() === false) throw new UsageError(`${flag}: '${folder}' is a file; give a folder`);
  while (found === undefined) {
    nearest = dirname(nearest);
    found = await look(flag, nearest);
  }
  if (!found.isDirectory())
    throw new UsageError(`${flag}: '${folder}' cannot be made: '${nearest}' is a file`);
  const done = nearest === resolve(folder) ? 'written' : 'made';
  await tryFolder(nearest).catch((error: unknown) => {
    throw new UsageError(
      `${flag}: '${folder}' cannot be ${done}: '${nearest}' takes no file: ${brief(error)}`,
    );
  });
}

/** Writes what `checkOutputFile` had nothing against. */
export async function writeOutput(flag: string, file: string, content: string): Promise<void> {
  await writeFile(file, content).catch((error: unknown) => {
    throw notWritable(flag, file, error);
  });
}

export interface OutputLines {
  readonly write: (line: string) => void;
  readonly close: () => void;
}

/** A file that is written as its lines come. */
export function openOutput(flag: string, file: string): OutputLines {
  const told = <T>(act: () => T): T => {
    try {
      return act();
    } catch (error) {
      throw notWritable(flag, file, error);
    }
  };
  const descriptor = told(() => openSync(file, 'w'));
  return {
    write: (line) => void told(() => writeSync(descriptor, `${line}\n`)),
    close: () => closeSync(descriptor),
  };
}

async function checkFolderOf(flag: string, file: string): Promise<void> {
  const folder = dirname(file);
  const found = await look(flag, folder);
  const cannot = (why: string) => new UsageError(`${flag}: '${file}' cannot be written: ${why}`);
  if (found === undefined) throw cannot(`there is no folder '${folder}'`);
  if (!found.isDirectory()) throw cannot(`'${folder}' is a file, no folder`);
  await tryFolder(folder).catch((error: unknown) => {
    throw cannot(`'${folder}' takes no file: ${brief(error)}`);
  });
}

/** By a file that is gone at once: what permissions allow, a folder such as /proc may refuse all the same. Node 20 never ends
 *  making a folder in one of those. */
async function tryFolder(folder: string): Promise<void> {
  const file = join(folder, `.earshot-${randomUUID()}`);
  const handle = await open(file, 'wx');
  await handle.close();
  await rm(file, { force: true });
}

/** Undefined for what is not there. */
async function look(flag: string, path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw notWritable(flag, path, error);
  }
}

const isSame = (one: Stats, other: Stats | undefined) =>
  one.isFile() && one.dev === other?.dev && one.ino === other.ino;

const notWritable = (flag: string, path: string, error: unknown) =>
  new UsageError(`${flag}: '${path}' cannot be written: ${brief(error)}`, { cause: error });

/** Without the call and the path that Node puts behind. */
const brief = (error: unknown) => errorText(error).split(', ', 1)[0] ?? '';
