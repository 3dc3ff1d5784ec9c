import { Option, type Command } from 'commander';
import { engines } from '../../app/engines.ts';
import type { DeadLine } from '../../app/score-line-reader.ts';
import { createLineScorer, type LineInput, type LineScorerOptions } from '../../app/score-lines.ts';
import { formatCluster } from '../../app/clusters/cluster-format.ts';
import { splitTextLines, TEXT_LINE_TOO_LONG } from '../../app/split-lines.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { declaredLanguage, LANGUAGE_TAG } from '../../core/language/declared.ts';
import {
  AUTO_MODEL,
  ENGINE_NAMES,
  sentimentConfig,
  type EngineName,
} from '../../core/sentiment/sentiment.config.ts';
import { inputBytes, notice, put, UsageError, type ExitCode, type Io } from '../io.ts';
import { checkOutputFile, writeOutput } from '../outputs.ts';

interface Flags {
  readonly engine?: EngineName;
  readonly model?: string;
  readonly pipeline?: readonly string[];
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
      '--pipeline <file...>',
      'score as this pipeline does, and add `decision` (kept, dropped, dead), `relevance` (verdict, reason, matched, ' +
        'probability), `lang`, `routes`, what is `redacted`, and the `cluster` that a copy belongs to; of several files, or ' +
        'a folder of them, `pipelines` lists what each makes of it whose query matched',
    )
    .addOption(
      new Option('--only <decision>', 'with --pipeline: show only these lines').choices(['kept', 'dropped']),
    )
    .option('--clusters <file>', 'with one --pipeline: write what was copied, as NDJSON, when the lines end')
    .addOption(
      new Option('--input <kind>', 'what a line is; auto: a JSON object with text, else plain text')
        .choices(['auto', 'text', 'ndjson'])
        .default('auto'),
    )
    .option('--explain', 'add `because`: what each piece of the text added to the score')
    .option('--lang <code>', 'language of the lines that do not say, such as en or pt-BR', parseLanguage)
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
async function loadPipelines(paths: readonly string[], io: Io): Promise<CompiledPipeline[]> {
  const { loadPipelineFiles } = await import('../../app/pipelines/pipeline-files.ts');
  const { pipelineFilesIn } = await import('../../app/pipelines/pipeline-folders.ts');
  const loaded = await loadPipelineFiles(await pipelineFilesIn(paths), io.env, { sendsNothing: true });
  return loaded.map(({ pipeline }) => pipeline);
}

/** What answers lines, and what is said when they end. */
interface Answerer {
  /** An answer for each line; undefined for one that is not shown. One with `error` could not be read. */
  answer(lines: readonly string[]): Promise<readonly (object | undefined)[]>;
  /** Of a line that is too long to be read. */
  readonly tooLong: { readonly error: string };
  end(): Promise<void>;
}

const NOTHING_TO_SAY = () => Promise.resolve();
const TOO_LONG = { error: TEXT_LINE_TOO_LONG };
const TOO_LONG_IS_DEAD: DeadLine = { decision: 'dead', reason: 'too_large', ...TOO_LONG };

async function run(flags: Flags, io: Io): Promise<ExitCode> {
  const { only, clusters } = flags;
  if (flags.pipeline === undefined) {
    const flag = only === undefined ? '--clusters' : '--only';
    if ((only ?? clusters) !== undefined) throw new UsageError(`${flag}: needs --pipeline`);
    return scoreLines(
      {
        answer: await createLineScorer(optionsFrom(flags, undefined)),
        tooLong: TOO_LONG,
        end: NOTHING_TO_SAY,
      },
      io,
    );
  }
  await checkOutputFile('--clusters', clusters, flags.pipeline);
  const pipelines = await loadPipelines(flags.pipeline, io);
  const [pipeline, another] = pipelines;
  if (another !== undefined && clusters !== undefined)
    throw new UsageError(`--clusters: needs one pipeline, got ${pipelines.length}`);
  if (pipeline === undefined || another !== undefined) return scoreLines(await askAll(pipelines, flags), io);
  return scoreLines(await askOne(pipeline, flags, io), io);
}

/** Without the lines that are not to be shown. */
const shownOf =
  ({ only }: Flags) =>
  <T extends { readonly decision: string }>(line: T): T | undefined =>
    only === undefined || line.decision === only || line.decision === 'dead' ? line : undefined;

async function askOne(pipeline: CompiledPipeline, flags: Flags, io: Io): Promise<Answerer> {
  const { createMessageScorer } = await import('../../app/score-messages.ts');
  const scorer = await createMessageScorer(optionsFrom(flags, pipeline.config.sentiment), pipeline);
  return {
    answer: async (lines) => (await scorer.score(lines)).map(shownOf(flags)),
    tooLong: TOO_LONG_IS_DEAD,
    end: async () => {
      const clusters = scorer.clusters();
      const coordinated = clusters.filter(({ verdict }) => verdict === 'coordinated').length;
      if (flags.clusters !== undefined)
        await writeOutput('--clusters', flags.clusters, clusters.map(formatCluster).join(''));
      if (coordinated > 0) notice(io, `coordinated: ${coordinated} of ${clusters.length} clusters of copies`);
    },
  };
}

async function askAll(pipelines: readonly CompiledPipeline[], flags: Flags): Promise<Answerer> {
  const { createPipelinesScorer } = await import('../../app/score-pipelines.ts');
  const score = await createPipelinesScorer(pipelines, optionsFrom(flags, undefined), ({ config }) =>
    optionsFrom(flags, config.sentiment),
  );
  return {
    answer: async (lines) => (await score(lines)).map(shownOf(flags)),
    tooLong: TOO_LONG_IS_DEAD,
    end: NOTHING_TO_SAY,
  };
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

/** The primary language of a tag, as messages have it. */
function parseLanguage(text: string): string {
  const language = LANGUAGE_TAG.test(text) ? declaredLanguage(text) : undefined;
  if (language !== undefined) return language;
  throw new UsageError(`--lang: '${text}' is not a language code; write one such as en or pt-BR`);
}

function parseShare(text: string): number {
  const share = Number(text);
  if (text.trim() !== '' && share >= 0 && share <= 1) return share;
  throw new UsageError(`--abstain-below: '${text}' is not between 0 and 1`);
}

/** Lines that are there are scored together; whoever waits for an answer gets it as soon as there is nothing to read. */
async function scoreLines(answerer: Answerer, io: Io): Promise<ExitCode> {
  let lines: (string | undefined)[] = [];
  let chars = 0;
  let failed = 0;
  let last: Promise<void> = Promise.resolve();
  const answer = async (batch: readonly (string | undefined)[]): Promise<void> => {
    let out = '';
    const answers = await answerer.answer(batch.map((line) => line ?? '')); // Lines are counted.
    for (const [index, given] of answers.entries()) {
      const line = batch[index] === undefined ? answerer.tooLong : given;
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
  for await (const line of splitTextLines(inputBytes(io))) {
    if (lines.length === 0) setImmediate(() => void flush()); // Runs when there is nothing to read.
    lines.push(line);
    chars += line?.length ?? 0;
    if (lines.length >= BATCH_LINES || chars >= BATCH_CHARS) await flush();
  }
  await flush();
  await answerer.end();
  return failed > 0 ? 1 : 0;
}
