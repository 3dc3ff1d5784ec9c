import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { engines } from '../../app/engines.ts';
import { createLineScorer, type LineInput, type LineScorerOptions } from '../../app/score-lines.ts';
import { formatCluster } from '../../app/clusters/cluster-format.ts';
import { splitLines } from '../../app/split-lines.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import {
  AUTO_MODEL,
  ENGINE_NAMES,
  sentimentConfig,
  type EngineName,
} from '../../core/sentiment/sentiment.config.ts';
import { notice, put, UsageError, type ExitCode, type Io } from '../io.ts';

interface Flags {
  readonly engine?: EngineName;
  readonly model?: string;
  readonly pipeline?: string;
  readonly explain?: boolean;
  readonly lang?: string;
  readonly identify: boolean;
  readonly input: LineInput;
  readonly only?: 'kept' | 'dropped';
  readonly clusters?: string;
  readonly abstainBelow?: string;
}

/** Lines are scored and answered together, up to so many and up to this many characters. */
const BATCH_LINES = 256;
const BATCH_CHARS = 32_768;
/** Far above what is scored of a text (4,096 characters). */
const LINE_BYTES_MAX = 4_194_304;

/** `earshot score`: one line out for each line in, in order. Exit 1 when a line could not be read. */
export function addScore(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const defaults = sentimentConfig.parse({});
  program
    .command('score')
    .description(
      'Score lines of text, or NDJSON {id, text, lang}, from standard input: one JSON line out for each line in. With ' +
        '--pipeline the lines may be whole messages (docs/messages.md), and each is told what the pipeline would do with it.',
    )
    .addOption(
      new Option('--engine <name>', `who scores (default: ${defaults.engine})`).choices(ENGINE_NAMES),
    )
    .option('--model <name>', 'model of the engine: a name such as sentiment-en, or a folder')
    .option(
      '--pipeline <file>',
      'score as this pipeline does, and add `decision` (kept, dropped, dead), `relevance` (verdict, reason, matched, ' +
        'probability), `lang`, `routes`, what is `redacted`, and the `cluster` that a copy belongs to',
    )
    .addOption(
      new Option('--only <decision>', 'with --pipeline: show only these lines').choices(['kept', 'dropped']),
    )
    .option('--clusters <file>', 'with --pipeline: write what was copied, as NDJSON, when the lines end')
    .addOption(
      new Option('--input <kind>', 'what a line is; auto: a JSON object with text, else plain text')
        .choices(['auto', 'text', 'ndjson'])
        .default('auto'),
    )
    .option('--explain', 'add `because`: what each piece of the text added to the score')
    .option('--lang <code>', 'language of the lines that do not say, such as en')
    .option('--no-identify', 'do not find the language of a line from its text')
    .option(
      '--abstain-below <p>',
      `label \`uncertain\` when the surest class is less probable (default: ${defaults.abstainBelow})`,
    )
    .action(async (flags: Flags) => {
      try {
        finish(await run(flags, io));
      } finally {
        await engines.close();
      }
    });
}

/** Loaded when it is asked for: what reads pipeline files takes 30 MB. */
async function loadPipeline(file: string, io: Io) {
  const { loadPipelineFiles } = await import('../../app/pipelines/pipeline-files.ts');
  const [loaded] = await loadPipelineFiles([file], io.env, { sendsNothing: true });
  return loaded;
}

/** What answers lines, and what is said when they end. */
interface Answerer {
  /** An answer for each line; undefined for one that is not shown. One with `error` could not be read. */
  answer(lines: readonly string[]): Promise<readonly (object | undefined)[]>;
  end(): Promise<void>;
}

async function run(flags: Flags, io: Io): Promise<ExitCode> {
  const loaded = flags.pipeline === undefined ? undefined : await loadPipeline(flags.pipeline, io);
  const flag = flags.only === undefined ? '--clusters' : '--only';
  if (!loaded && (flags.only ?? flags.clusters) !== undefined)
    throw new UsageError(`${flag}: needs --pipeline`);
  const options = optionsFrom(flags, loaded?.pipeline.config.sentiment);
  if (!loaded) {
    const score = await createLineScorer(options);
    return scoreLines({ answer: score, end: () => Promise.resolve() }, io);
  }
  const { createMessageScorer } = await import('../../app/score-messages.ts');
  const scorer = await createMessageScorer(options, loaded.pipeline);
  const { only, clusters: file } = flags;
  return scoreLines(
    {
      answer: async (lines) =>
        (await scorer.score(lines)).map((line) =>
          only === undefined || line.decision === only || line.decision === 'dead' ? line : undefined,
        ),
      end: async () => {
        const clusters = scorer.clusters();
        const coordinated = clusters.filter(({ verdict }) => verdict === 'coordinated').length;
        if (file !== undefined) await writeFile(file, clusters.map(formatCluster).join(''));
        if (coordinated > 0)
          notice(io, `coordinated: ${coordinated} of ${clusters.length} clusters of copies`);
      },
    },
    io,
  );
}

/** What a flag says goes before what the pipeline says, and that before the default. */
function optionsFrom(flags: Flags, ofPipeline: PipelineConfig['sentiment'] | undefined): LineScorerOptions {
  const { engine, model, input, explain, lang } = flags;
  const config = sentimentConfig.safeParse({
    ...ofPipeline,
    ...(engine === undefined ? {} : { engine, model: AUTO_MODEL }),
    ...(model === undefined ? {} : { model }),
    ...(flags.identify ? {} : { identify: false }),
    ...(flags.abstainBelow === undefined ? {} : { abstainBelow: parseShare(flags.abstainBelow) }),
  });
  if (!config.success) throw new UsageError(config.error.issues[0]?.message ?? 'not a valid engine');
  return { ...config.data, input, explain: explain === true, ...(lang === undefined ? {} : { lang }) };
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new UsageError(`--abstain-below: '${text}' is not between 0 and 1`);
}

/** Lines that are there are scored together; whoever waits for an answer gets it as soon as there is nothing to read. */
async function scoreLines(answerer: Answerer, io: Io): Promise<ExitCode> {
  let lines: string[] = [];
  let chars = 0;
  let failed = 0;
  let last: Promise<void> = Promise.resolve();
  const answer = async (batch: readonly string[]): Promise<void> => {
    let out = '';
    for (const line of await answerer.answer(batch)) {
      if (line === undefined) continue;
      if ('error' in line) failed += 1;
      out += `${JSON.stringify(line)}\n`;
    }
    await put(io, out);
  };
  /** One batch after another, in order. */
  const flush = (): Promise<void> => {
    if (lines.length === 0) return last;
    const batch = lines;
    lines = [];
    chars = 0;
    last = last.then(() => answer(batch));
    last.catch(() => undefined); // Whoever waits for it is told.
    return last;
  };
  for await (const bytes of splitLines(io.stdin, { bytesMax: LINE_BYTES_MAX })) {
    const line = bytes.toString('utf8');
    if (lines.length === 0) setImmediate(() => void flush()); // Runs when there is nothing to read.
    lines.push(line);
    chars += line.length;
    if (lines.length >= BATCH_LINES || chars >= BATCH_CHARS) await flush();
  }
  await flush();
  await answerer.end();
  return failed > 0 ? 1 : 0;
}
