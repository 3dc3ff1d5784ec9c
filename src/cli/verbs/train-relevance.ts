import { Option, type Command } from 'commander';
import type { TrainRelevance } from '../../app/train/train-relevance.port.ts';
import { FILTER_ENGINES, type FilterEngine } from '../../core/relevance/filter/manifest.ts';
import type { ExitCode, Io } from '../io.ts';
import { checkOutputFolder } from '../outputs.ts';
import { startProgress } from '../progress.ts';
import { parseSeed, SEED_MAX, showSummary } from '../training.ts';

interface RelevanceFlags {
  readonly data: readonly string[];
  readonly out: string;
  readonly seed: string;
  readonly engine: FilterEngine;
  readonly relevant?: string;
  readonly group?: string;
  readonly json?: boolean;
}

export const RELEVANT_FLAG = '--relevant <labels>';
export const RELEVANT_HELP =
  'labels that mean relevant, apart by commas; spam/ham, on-topic/off-topic and their like are recognized';

export const parseLabelList = (text: string): string[] =>
  text
    .split(',')
    .map((label) => label.trim())
    .filter((label) => label !== '');

/** `earshot train relevance`, below `train`. */
export function addTrainRelevance(
  train: Command,
  trainRelevance: TrainRelevance,
  io: Io,
  finish: (code: ExitCode) => void,
): void {
  train
    .command('relevance')
    .description('Train a filter of what is worth hearing. The same data and seed give the same bytes.')
    .requiredOption(
      '--data <file...>',
      'label<TAB>text, NDJSON, or CSV and TSV with columns label and text; .gz too; 1, spam and their like are irrelevant',
    )
    .requiredOption('--out <dir>', 'folder of the model, made when missing')
    .option('--seed <n>', `whole number from 0 to ${SEED_MAX}`, '1')
    .addOption(
      new Option('--engine <name>', 'earshot: our own; natural, wink: their naive Bayes')
        .choices(FILTER_ENGINES)
        .default('earshot'),
    )
    .option(RELEVANT_FLAG, RELEVANT_HELP)
    .option(
      '--group <column>',
      'column of the event, video or customer that is held out whole for calibration',
    )
    .option('--json', 'the summary as JSON')
    .action(async (flags: RelevanceFlags) => {
      const seed = parseSeed(flags.seed);
      await checkOutputFolder('--out', flags.out);
      const progress = startProgress(io);
      const options = {
        files: flags.data,
        outDir: flags.out,
        seed,
        engine: flags.engine,
        ...(flags.relevant === undefined ? {} : { relevant: parseLabelList(flags.relevant) }),
        ...(flags.group === undefined ? {} : { group: flags.group }),
      };
      const summary = await trainRelevance(options, ({ stage, done, total }) =>
        progress.update(done / total, stage),
      ).finally(progress.stop);
      await showSummary(io, summary, flags.json === true);
      finish(0);
    });
}
