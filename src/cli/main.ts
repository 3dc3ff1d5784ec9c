#!/usr/bin/env node
/** The command line: one file a verb. */
import { Command, CommanderError } from 'commander';
import { version } from '../app/version.ts';
import { processIo, type ExitCode, type Io } from './io.ts';
import { loadVerbs } from './verbs.ts';
import { errorText } from '../core/errors/error-text.ts';

/** In a list of commands; the rest is for the command's own help. */
function firstSentence(text: string): string {
  return text.split(/(?<=[.:;]) /)[0]?.replace(/[:;]$/, '.') ?? '';
}

/** Runs one command line; never throws. */
async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  const finish = (result: ExitCode) => {
    code = result;
  };
  const program = new Command('earshot')
    .description('Realtime sentiment and alerting over NATS.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      subcommandDescription: (command) => firstSentence(command.description()),
    })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  for (const add of await loadVerbs(argv)) add(program, io, finish);
  program.addHelpText('after', '\nExit codes: 0 it went well, 1 it did not, 2 it could not be tried.');
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    io.stderr.write(`earshot: ${errorText(error)}\n`);
    return 2;
  }
}

// A reader that goes away (`earshot score | head`) ends the command quietly; a full disk does not.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`earshot: standard output cannot be written: ${errorText(error)}\n`);
  process.exit(2);
});
process.stderr.on('error', () => undefined); // Nobody is left to be told.
process.exitCode = await main(process.argv.slice(2), processIo);
