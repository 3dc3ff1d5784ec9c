import { Option, type Command } from 'commander';
import { createLineScorer } from '../../app/score-lines.ts';
import { splitLines } from '../../app/split-lines.ts';
import { ENGINE_NAMES, sentimentConfig, type EngineName } from '../../core/sentiment/sentiment.config.ts';
import { put, UsageError, type ExitCode, type Io } from '../io.ts';

interface Flags {
  readonly engine: EngineName;
  readonly explain?: boolean;
  readonly input: 'auto' | 'text' | 'ndjson';
  readonly abstainBelow: string;
}

/** Lines are answered together up to this many characters: one write instead of hundreds. */
const BATCH_CHARS = 32_768;
/** Far above what is scored of a text (4,096 characters). */
const LINE_BYTES_MAX = 4_194_304;

/** `earshot score`: one line out for each line in, in order. Exit 1 when a line could not be read. */
export function addScore(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('score')
    .description(
      'Score lines of text, or NDJSON {id, text}, from standard input: one JSON line out for each line in.',
    )
    .addOption(
      new Option('--engine <name>', 'who scores')
        .choices(ENGINE_NAMES)
        .default(sentimentConfig.parse({}).engine),
    )
    .addOption(
      new Option('--input <kind>', 'what a line is; auto: a JSON object with text, else plain text')
        .choices(['auto', 'text', 'ndjson'])
        .default('auto'),
    )
    .option('--explain', 'add `because`: the pieces of text that made the score')
    .option('--abstain-below <p>', 'label `uncertain` when the surest class is less probable', '0')
    .action(async (flags: Flags) => {
      const abstainBelow = Number(flags.abstainBelow);
      if (!(abstainBelow >= 0 && abstainBelow <= 1)) {
        throw new UsageError(`--abstain-below: '${flags.abstainBelow}' is not between 0 and 1`);
      }
      const score = await createLineScorer({ ...flags, abstainBelow, explain: flags.explain === true });
      let out = '';
      let failed = 0;
      const flush = (): Promise<void> => {
        const text = out;
        out = '';
        return text === '' ? Promise.resolve() : put(io, text);
      };
      for await (const line of splitLines(io.stdin, { bytesMax: LINE_BYTES_MAX })) {
        const answer = score(line.toString('utf8'));
        if ('error' in answer) failed += 1;
        if (out === '') setImmediate(() => void flush()); // Runs when there is nothing to read: whoever waits gets his answer.
        out += `${JSON.stringify(answer)}\n`;
        if (out.length >= BATCH_CHARS) await flush();
      }
      await flush();
      finish(failed > 0 ? 1 : 0);
    });
}
