import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import { systemClock } from '../../app/clock.ts';
import type { Coding } from '../../app/datasets/labels.ts';
import { DATASET_KINDS, readDataset, type Dataset, type DatasetKind } from '../../app/datasets/dataset.ts';
import {
  evaluateSentiment,
  meansByEngine,
  type SentimentReport,
} from '../../app/evaluate/evaluate-sentiment.ts';
import { engines as registry } from '../../app/engines.ts';
import { openEngines } from '../../app/evaluate/open-engines.ts';
import { reliabilitySvg } from '../../app/evaluate/reliability.svg.ts';
import { CLASSES } from '../../core/sentiment/evaluation.classes.ts';
import { ENGINE_NAMES, sentimentConfig, type EngineName } from '../../core/sentiment/sentiment.config.ts';
import { formatReports } from '../evaluation-tables.ts';
import { notice, printable, put, putJson, UsageError, type ExitCode, type Io } from '../io.ts';
import { checkOutputFile, writeOutput } from '../outputs.ts';
import { startProgress } from '../progress.ts';
import { addEvaluateRelevance } from './evaluate-relevance.ts';

interface SentimentFlags {
  readonly engine: string;
  readonly data: readonly string[];
  readonly kind: DatasetKind;
  readonly abstainBelow: string;
  readonly model?: string;
  readonly svg?: string;
  readonly json?: boolean;
}

/** `earshot evaluate`: engines and filters against texts that people labelled or rated. */
export function addEvaluate(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const evaluate = program.command('evaluate').description('Measure against what people said.');
  addEvaluateRelevance(evaluate, io, finish);
  const defaults = sentimentConfig.parse({});
  evaluate
    .command('sentiment')
    .description('How well, how surely and how fast engines find the sentiment of labelled texts.')
    .requiredOption(
      '--data <file...>',
      'label<TAB>text, label<TAB>source<TAB>text, NDJSON {label, text}, or columns with such a header, CSV too; .gz too',
    )
    .option(
      '--engine <names>',
      `one or several of ${ENGINE_NAMES.join(', ')}, apart by commas`,
      defaults.engine,
    )
    .option('--model <name>', 'model of the engines that have one: a name, or a folder')
    .addOption(
      new Option(
        '--kind <kind>',
        'what the label column holds; auto: ratings when a number is negative or not whole, unless all are -1, 0 or 1',
      )
        .choices(DATASET_KINDS)
        .default('auto'),
    )
    .option(
      '--abstain-below <p>',
      'label `uncertain` when the surest class is less probable',
      String(defaults.abstainBelow),
    )
    .option('--svg <file>', 'write a reliability diagram')
    .option('--json', 'everything as JSON')
    .action(async (flags: SentimentFlags) => {
      const names = parseEngines(flags.engine);
      const abstainBelow = Number(flags.abstainBelow);
      if (flags.abstainBelow.trim() === '' || !(abstainBelow >= 0 && abstainBelow <= 1)) {
        throw new UsageError(`--abstain-below: '${flags.abstainBelow}' is not between 0 and 1`);
      }
      await checkOutputFile('--svg', flags.svg, flags.data);
      const reports = await measure(io, { ...flags, names, abstainBelow });
      if (flags.svg !== undefined) {
        const panels = reports.filter((report) => report.kind === 'labels');
        await writeOutput('--svg', flags.svg, reliabilitySvg(panels, names.length));
        notice(io, `wrote ${flags.svg}`);
      }
      const means = meansByEngine(reports);
      if (flags.json === true) await putJson(io, { abstainBelow, reports, means });
      else await put(io, formatReports(reports, means));
      finish(0);
    });
}

interface Request extends Omit<SentimentFlags, 'engine' | 'abstainBelow'> {
  readonly names: readonly EngineName[];
  readonly abstainBelow: number;
}

async function measure(
  io: Io,
  { names, model, data, kind, abstainBelow, svg }: Request,
): Promise<SentimentReport[]> {
  const datasets: Dataset[] = [];
  for (const file of data) {
    const dataset = await readDataset(file, kind);
    if (dataset.kind === 'labels' && dataset.guessed) notice(io, guess(file, dataset.guessed));
    datasets.push(dataset);
  }
  if (svg !== undefined && !datasets.some((dataset) => dataset.kind === 'labels')) {
    throw new UsageError('--svg: a reliability diagram needs labels; there are only ratings');
  }
  const progress = startProgress(io);
  try {
    return await evaluateSentiment({
      engines: await openEngines(registry, names, model),
      datasets,
      abstainBelow,
      clock: systemClock,
      onProgress: ({ share, engine, file }) => progress.update(share, `${engine} · ${basename(file)}`),
    });
  } finally {
    progress.stop();
    await registry.close();
  }
}

function guess(file: string, guessed: Coding): string {
  const numbers = Object.keys(guessed).join(' and ');
  const readings = Object.entries(guessed).map(([number, label]) => `${number} as ${label}`);
  return printable(
    `${file}: of numbers only ${numbers} among the labels: read ${readings.join(', ')}; words (${CLASSES.join(', ')}) leave no doubt`,
  );
}

function parseEngines(text: string): EngineName[] {
  const names = text.split(',').map((part) => part.trim());
  return [...new Set(names)].map((name) => {
    const known = ENGINE_NAMES.find((engine) => engine === name);
    if (known !== undefined) return known;
    throw new UsageError(`--engine: unknown engine '${name}'; allowed: ${ENGINE_NAMES.join(', ')}`);
  });
}
