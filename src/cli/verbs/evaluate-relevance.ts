import { basename } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '../../app/clock.ts';
import { readRelevanceDataset, type RelevanceDataset } from '../../app/datasets/relevance-dataset.ts';
import {
  crossValidate,
  evaluateModels,
  type EvaluateProgress,
  type Judge,
  type RelevanceReport,
} from '../../app/evaluate/evaluate-relevance.ts';
import { openFilter, SHIPPED_FILTERS } from '../../app/filters.ts';
import { fitFilter, taughtTexts } from '../../app/train/train-relevance.ts';
import type { RelevanceFilter } from '../../core/relevance/filter/filter.port.ts';
import type { RelevanceText } from '../../core/relevance/filter/train/corpus.ts';
import { FILTER_ENGINES, type FilterEngine } from '../../core/relevance/filter/manifest.ts';
import { notice, put, putJson, UsageError, type ExitCode, type Io } from '../io.ts';
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

/** Of engines that are to be trained, where nobody says on what. */
const FOLDS = 5;
const FOLDS_MAX = 50;

/** `earshot evaluate relevance`, below `evaluate`. */
export function addEvaluateRelevance(evaluate: Command, io: Io, finish: (code: ExitCode) => void): void {
  evaluate
    .command('relevance')
    .description(
      'How well, how surely and how fast filters tell relevant texts from the rest: trained ones as they are, engines ' +
        'trained in the same run. Without --model and --engine: each filter that comes with Earshot.',
    )
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
      `one or several of ${FILTER_ENGINES.join(', ')}, apart by commas, to be trained here: on --train, else in ${FOLDS} folds`,
    )
    .option('--train <file...>', 'train the engines on these files')
    .option('--cross-validate <k>', 'train the engines on k-1 parts of each file, read the other, k times')
    .option('--leave-out <column>', 'the same with the values of a column: leave one event out')
    .option('--group <column>', 'also the mean ROC AUC over the values of this column')
    .option(RELEVANT_FLAG, RELEVANT_HELP)
    .option('--seed <n>', 'of the training', '1')
    .option('--json', 'everything as JSON')
    .action(async (flags: RelevanceFlags) => {
      const request = parseFlags(flags);
      if (request.isDefault)
        notice(io, 'no --model and no --engine: each filter that comes with Earshot, as it was trained');
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
  /** Nobody said what to measure. */
  readonly isDefault: boolean;
  readonly folds: number;
  readonly seed: number;
}

function parseFlags(flags: RelevanceFlags): Request {
  const { crossValidate, leaveOut, train, model, engine } = flags;
  const ways = [crossValidate, leaveOut, train].filter((flag) => flag !== undefined);
  if (ways.length > 1) {
    throw new UsageError('--train, --cross-validate and --leave-out exclude each other');
  }
  const trains = ways.length > 0 || engine !== undefined;
  const folds = Number(crossValidate ?? FOLDS);
  if (!Number.isInteger(folds) || folds < 2 || folds > FOLDS_MAX) {
    throw new UsageError(
      `--cross-validate: '${crossValidate ?? ''}' is not a whole number from 2 to ${FOLDS_MAX}`,
    );
  }
  const isDefault = !trains && model === undefined;
  return {
    flags,
    engines: trains ? parseEngines(engine ?? 'earshot') : [],
    models: isDefault ? SHIPPED_FILTERS : parseLabelList(model ?? ''),
    isDefault,
    folds,
    seed: parseSeed(flags.seed),
  };
}

function parseEngines(text: string): FilterEngine[] {
  return [...new Set(parseLabelList(text))].map((name) => {
    const known = FILTER_ENGINES.find((engine) => engine === name);
    if (known !== undefined) return known;
    throw new UsageError(`--engine: unknown engine '${name}'; allowed: ${FILTER_ENGINES.join(', ')}`);
  });
}

/** The rows of a file stand together, in the order of the files. */
async function measure(request: Request, onProgress: Judge['onProgress']): Promise<RelevanceReport[]> {
  const { flags, engines, models, folds, seed } = request;
  const group = flags.leaveOut ?? flags.group;
  const datasets = await readAll(flags.data, flags.relevant, group);
  const filters = [];
  for (const model of models)
    filters.push({ engine: basename(model), how: 'as trained', filter: await openFilter(model) });
  const read = datasets.flatMap(({ texts }) => texts);
  filters.push(...(await trainedOn(request, read, onProgress)));
  const judge = { clock: systemClock, onProgress };
  const reports = await evaluateModels(filters, datasets, judge);
  if (engines.length > 0 && flags.train === undefined) {
    const validation =
      flags.leaveOut === undefined ? ({ kind: 'folds', folds } as const) : ({ kind: 'groups' } as const);
    const grouped = group === undefined ? {} : { group };
    reports.push(...(await crossValidate({ ...judge, engines, datasets, validation, seed, ...grouped })));
  }
  return datasets.flatMap(({ file }) => reports.filter((report) => report.file === file));
}

/** The engines, each trained on the files of `--train`; none without it. `read`: what they are measured on. */
async function trainedOn(
  { flags, engines, seed }: Request,
  read: readonly RelevanceText[],
  onProgress: (progress: EvaluateProgress) => void,
): Promise<{ engine: string; how: string; filter: RelevanceFilter }[]> {
  const { train, relevant } = flags;
  if (train === undefined) return [];
  const labelled = (await readAll(train, relevant)).flatMap((dataset) => dataset.texts);
  const texts = await taughtTexts(labelled, read);
  const how = `trained on ${train.map((file) => basename(file)).join(', ')}`;
  const isTaught = texts.some(({ parts }) => parts !== undefined);
  const trained = [];
  for (const engine of engines) {
    const filter = await fitFilter(texts, { name: engine, engine, seed }, (stage, done, total) => {
      onProgress({ stage: `${engine}: ${stage}`, share: done / total });
    });
    // The other engines do not learn from parts.
    trained.push({ engine, how: isTaught && engine === 'earshot' ? `${how}, taught` : how, filter });
  }
  return trained;
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
