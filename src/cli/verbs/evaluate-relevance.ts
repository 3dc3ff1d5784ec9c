import { basename } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../app/clock.ts';
import { readRelevanceDataset, type RelevanceDataset } from '../../app/datasets/relevance-dataset.ts';
import {
  crossValidate,
  evaluateModels,
  type EvaluateProgress,
  type RelevanceReport,
} from '../../app/evaluate/evaluate-relevance.ts';
import { openFilter } from '../../app/filters.ts';
import { fitFilter } from '../../app/train/train-relevance.ts';
import { FILTER_ENGINES, type FilterEngine } from '../../core/relevance/filter/manifest.ts';
import { put, putJson, UsageError, type ExitCode, type Io } from '../io.ts';
import { startProgress } from '../progress.ts';
import { formatRelevanceReports } from '../relevance-table.ts';
import { parseSeed } from '../training.ts';
import { parseLabelList, RELEVANT_FLAG, RELEVANT_HELP } from './train-relevance.ts';

interface RelevanceFlags {
  readonly data: readonly string[];
  readonly model?: string;
  readonly engine?: string;
  readonly train?: readonly string[];
  readonly crossValidate?: string;
  readonly leaveOut?: string;
  readonly relevant?: string;
  readonly group?: string;
  readonly seed: string;
  readonly json?: boolean;
}

const FOLDS_MAX = 50;

/** `earshot evaluate relevance`, below `evaluate`. */
export function addEvaluateRelevance(evaluate: Command, io: Io, finish: (code: ExitCode) => void): void {
  evaluate
    .command('relevance')
    .description('How well, how surely and how fast filters tell relevant texts from the rest.')
    .requiredOption(
      '--data <file...>',
      'label<TAB>text, NDJSON, or CSV and TSV with columns label and text; .gz too',
    )
    .option(
      '--model <names>',
      'trained filters, apart by commas: a name that comes with Earshot, or a folder',
    )
    .option(
      '--engine <names>',
      `one or several of ${FILTER_ENGINES.join(', ')}, apart by commas, to be trained here`,
    )
    .option('--train <file...>', 'train the engines on these files')
    .option('--cross-validate <k>', 'train on k-1 parts of each file, read the other, k times')
    .option('--leave-out <column>', 'the same with the values of a column: leave one event out')
    .option('--group <column>', 'also the mean ROC AUC over the values of this column')
    .option(RELEVANT_FLAG, RELEVANT_HELP)
    .option('--seed <n>', 'of the training', '1')
    .option('--json', 'everything as JSON')
    .action(async (flags: RelevanceFlags) => {
      const request = parseFlags(flags);
      const progress = startProgress(io);
      const reports = await measure(request, ({ stage, share }) => {
        progress.update(share, basename(stage));
      }).finally(progress.stop);
      if (flags.json === true) await putJson(io, { reports });
      else await put(io, formatRelevanceReports(reports));
      finish(0);
    });
}

interface Request {
  readonly flags: RelevanceFlags;
  readonly engines: readonly FilterEngine[];
  readonly models: readonly string[];
  readonly folds?: number;
  readonly seed: number;
}

function parseFlags(flags: RelevanceFlags): Request {
  const { crossValidate: folds, leaveOut, train, model, engine } = flags;
  if ([folds, leaveOut, train].filter((flag) => flag !== undefined).length > 1) {
    throw new UsageError('--train, --cross-validate and --leave-out exclude each other');
  }
  const trains = folds !== undefined || leaveOut !== undefined || train !== undefined;
  if (!trains && model === undefined) {
    throw new UsageError('give --model, or one of --train, --cross-validate and --leave-out');
  }
  if (!trains && engine !== undefined) {
    throw new UsageError(
      '--engine needs --train, --cross-validate or --leave-out: engines are trained in the same run',
    );
  }
  if (trains && train === undefined && model !== undefined) {
    throw new UsageError('--model cannot be cross-validated: it is trained already');
  }
  const count = Number(folds ?? 2);
  if (!Number.isInteger(count) || count < 2 || count > FOLDS_MAX) {
    throw new UsageError(`--cross-validate: '${folds ?? ''}' is not a whole number from 2 to ${FOLDS_MAX}`);
  }
  return {
    flags,
    engines: trains ? parseEngines(engine ?? 'earshot') : [],
    models: model === undefined ? [] : parseLabelList(model),
    seed: parseSeed(flags.seed),
    ...(folds === undefined ? {} : { folds: count }),
  };
}

function parseEngines(text: string): FilterEngine[] {
  return [...new Set(parseLabelList(text))].map((name) => {
    const known = FILTER_ENGINES.find((engine) => engine === name);
    if (known !== undefined) return known;
    throw new UsageError(`--engine: unknown engine '${name}'; allowed: ${FILTER_ENGINES.join(', ')}`);
  });
}

async function measure(
  { flags, engines, models, folds, seed }: Request,
  onProgress: (progress: EvaluateProgress) => void,
): Promise<RelevanceReport[]> {
  const group = flags.leaveOut ?? flags.group;
  const datasets = await readAll(flags.data, flags.relevant, group);
  const judge = { clock: systemClock, onProgress };
  if (folds !== undefined || flags.leaveOut !== undefined) {
    const validation =
      folds === undefined ? ({ kind: 'groups' } as const) : ({ kind: 'folds', folds } as const);
    return crossValidate({
      ...judge,
      engines,
      datasets,
      validation,
      seed,
      ...(group === undefined ? {} : { group }),
    });
  }
  const filters = [];
  for (const model of models)
    filters.push({ engine: basename(model), how: 'as trained', filter: await openFilter(model) });
  if (flags.train !== undefined) {
    const texts = (await readAll(flags.train, flags.relevant)).flatMap((dataset) => dataset.texts);
    for (const engine of engines) {
      const options = { name: engine, engine, seed };
      const filter = await fitFilter(texts, options, (stage, done, total) => {
        onProgress({ stage: `${engine}: ${stage}`, share: done / total });
      });
      filters.push({
        engine,
        how: `trained on ${flags.train.map((file) => basename(file)).join(', ')}`,
        filter,
      });
    }
  }
  return evaluateModels(filters, datasets, judge);
}

async function readAll(
  files: readonly string[],
  relevant: string | undefined,
  group?: string,
): Promise<RelevanceDataset[]> {
  const datasets = [];
  for (const file of files) {
    datasets.push(
      await readRelevanceDataset(file, {
        ...(relevant === undefined ? {} : { relevant: parseLabelList(relevant) }),
        ...(group === undefined ? {} : { group }),
      }),
    );
  }
  return datasets;
}
