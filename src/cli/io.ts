/** How verbs talk: data on standard output, notices on standard error. */
import { fstatSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { textBytes } from '../app/file-bytes.ts';
import { errorText } from '../core/errors/error-text.ts';

export interface Io {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

const STDIN = 0;

/** 0 it went well, 1 it did not (a file does not check, a test fails, a line is bad), 2 it could not be tried. */
export type ExitCode = 0 | 1 | 2;

export const processIo: Io = {
  get stdin() {
    // Node takes a folder for an empty file.
    if (isFolder(STDIN)) throw new UsageError('standard input is a folder');
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
};

function isFolder(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isDirectory();
  } catch {
    return false; // It is closed.
  }
}

/** What standard input holds, unpacked, as UTF-8; what is wrong with it is told with its name, as that of a file. */
export async function* inputBytes(io: Io): AsyncGenerator<Buffer> {
  const { stdin } = io;
  try {
    yield* textBytes(stdin as AsyncIterable<Buffer | string>);
  } catch (error) {
    throw new Error(`standard input: cannot be read: ${errorText(error)}`, { cause: error });
  }
}

export function notice(io: Io, text: string): void {
  io.stderr.write(`${text}\n`);
}

/** Resolves when the reader has taken it: output never piles up in memory. */
export async function put(io: Io, text: string): Promise<void> {
  if (io.stdout.write(text)) return;
  await new Promise<void>((resolve) => io.stdout.once('drain', resolve));
}

export async function putJson(io: Io, value: unknown): Promise<void> {
  await put(io, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** A wrong call: exit code 2, the message on standard error. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What others wrote cannot move the cursor or colour the screen. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' '); // eslint-disable-line no-control-regex
}

export function parsePositive(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${flag}: '${text}' is not a positive number`);
}

/** Resolves at the first SIGINT or SIGTERM; a second one leaves at once. */
export function untilSignal(onFirst: (signal: string) => void): {
  readonly dispose: () => void;
  readonly signal: AbortSignal;
} {
  const abort = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (abort.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    abort.abort();
    onFirst(signal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: abort.signal,
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
