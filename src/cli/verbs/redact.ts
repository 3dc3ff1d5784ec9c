import { Option, type Command } from 'commander';
import { redactorFor } from '../../app/redact-lines.ts';
import { splitTextLines, TEXT_LINE_TOO_LONG } from '../../app/split-lines.ts';
import { PII_KINDS, type PiiKind } from '../../core/privacy/kinds.ts';
import { privacyConfig } from '../../core/privacy/redact.config.ts';
import { configFromFlags } from '../config-flags.ts';
import { inputBytes, notice, put, UsageError, type ExitCode, type Io } from '../io.ts';

interface Flags {
  readonly pipeline?: string;
  readonly kinds?: string;
  readonly region?: string;
  readonly count?: boolean;
}

/** `earshot redact`: one line out for each line in. */
export function addRedact(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('redact')
    .description(
      'Replace personal data in lines of text from standard input, also packed with gzip: what a pipeline would publish of ' +
        'them. All lines count as one conversation.',
    )
    .addOption(
      new Option('--pipeline <file>', 'redact as this pipeline does: kinds, key, regions').conflicts([
        'kinds',
        'region',
      ]),
    )
    .option('--kinds <list>', `what to look for, with commas (default: ${PII_KINDS.join(',')})`)
    .option('--region <list>', 'countries whose telephone numbers need no country code, such as US,GB')
    .option('--count', 'say on standard error how many of each kind there were')
    .action(async (flags: Flags) => {
      finish(await redactLines(flags, io));
    });
}

async function redactLines({ pipeline, kinds, region, count }: Flags, io: Io): Promise<ExitCode> {
  const redactor = await redactorFor(
    pipeline === undefined
      ? {
          config: configFromFlags(
            privacyConfig,
            { redact: kinds ?? PII_KINDS.join(','), region },
            (text, key) => (key === 'redact' ? [...new Set(list(text).map(readKind))] : list(text)),
          ),
        }
      : { pipeline, env: io.env },
  );
  const found: Record<PiiKind, number> = { email: 0, iban: 0, card: 0, ip: 0, phone: 0 };
  let line = 0;
  for await (const text of splitTextLines(inputBytes(io))) {
    line += 1;
    if (text === undefined) throw new Error(`standard input:${line}: ${TEXT_LINE_TOO_LONG}`);
    const redaction = redactor(text);
    for (const kind of PII_KINDS) found[kind] += redaction.found[kind];
    await put(io, `${redaction.text}\n`);
  }
  if (count === true) notice(io, PII_KINDS.map((kind) => `${kind} ${found[kind]}`).join(', '));
  return 0;
}

function list(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

function readKind(text: string): PiiKind {
  const kind = PII_KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UsageError(`--kinds: '${text}' is not one of ${PII_KINDS.join(', ')}`);
}
