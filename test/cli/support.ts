/** A verb in this process: what it wrote, and how it ended. */
import { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import type { ExitCode, Io } from '../../src/cli/io.ts';
import type { AddVerb } from '../../src/cli/verb.ts';

export interface VerbRun {
  readonly code: ExitCode | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects with what the verb, or the parser of its flags, throws. */
export async function runVerb(
  add: AddVerb,
  args: readonly string[],
  { isTTY = false, stdin = '' }: { readonly isTTY?: boolean; readonly stdin?: string | Buffer } = {},
): Promise<VerbRun> {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) =>
    Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          written[name] += chunk.toString();
          done();
        },
      }),
      { isTTY },
    );
  const io: Io = {
    stdin: Readable.from(stdin.length === 0 ? [] : [stdin]),
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    env: {},
  };
  const ended: { code?: ExitCode } = {};
  const program = new Command('earshot').exitOverride().configureOutput({ writeErr: () => undefined });
  add(program, io, (code) => {
    ended.code = code;
  });
  await program.parseAsync(args, { from: 'user' });
  return { code: ended.code, ...written };
}
