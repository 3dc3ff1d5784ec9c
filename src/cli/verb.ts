import type { Command } from 'commander';
import type { ExitCode, Io } from './io.ts';

/** Adds a verb to the program; `finish` receives the exit code when it has run. */
export type AddVerb = (program: Command, io: Io, finish: (code: ExitCode) => void) => void;
