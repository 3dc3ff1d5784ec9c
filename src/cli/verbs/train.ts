import { Option } from 'commander';
import type { TrainRelevance } from '../../app/train/train-relevance.port.ts';
import { MODEL_KINDS, type ModelKind, type TrainSentiment } from '../../app/train/train-sentiment.port.ts';
import { checkOutputFolder } from '../outputs.ts';
import { startProgress } from '../progress.ts';
import { parseSeed, SEED_MAX, showSummary } from '../training.ts';
import type { AddVerb } from '../verb.ts';
import { addTrainRelevance } from './train-relevance.ts';

interface SentimentFlags {
  readonly data: string;
  readonly out: string;
  readonly seed: string;
  readonly kind: ModelKind;
  readonly validation?: string;
  readonly json?: boolean;
}

const trainRelevanceWhenNeeded: TrainRelevance = async (...call) =>
  (await import('../../app/train/train-relevance.ts')).trainRelevance(...call);

/** `earshot train sentiment` and `earshot train relevance`. The trainers are loaded when they are needed. */
export const addTrain: AddVerb = addTrainOver(async (...call) =>
  (await import('../../app/train/train-sentiment.ts')).trainSentiment(...call),
);

/** The same over the given trainers. */
export function addTrainOver(
  trainSentiment: TrainSentiment,
  trainRelevance: TrainRelevance = trainRelevanceWhenNeeded,
): AddVerb {
  return (program, io, finish) => {
    const train = program.command('train').description('Train a model from labelled texts.');
    addTrainRelevance(train, trainRelevance, io, finish);
    train
      .command('sentiment')
      .description('Train a sentiment model. The same data and seed give the same bytes.')
      .requiredOption('--data <dir>', 'folder of labelled files and lexicons')
      .requiredOption('--out <dir>', 'folder of the model, made when missing')
      .option('--seed <n>', `whole number from 0 to ${SEED_MAX}`, '1')
      .addOption(
        new Option('--kind <kind>', 'en: English; multi: several languages in one model')
          .choices(MODEL_KINDS)
          .default('en'),
      )
      .option('--validation <file>', 'labelled file to calibrate on, instead of the one in --data')
      .option('--json', 'the summary as JSON')
      .action(async (flags: SentimentFlags) => {
        const seed = parseSeed(flags.seed);
        await checkOutputFolder('--out', flags.out);
        const progress = startProgress(io);
        const { data: dataDir, out: outDir, kind, validation } = flags;
        const options = { dataDir, outDir, seed, kind, ...(validation === undefined ? {} : { validation }) };
        const summary = await trainSentiment(options, ({ stage, done, total }) =>
          progress.update(done / total, stage),
        ).finally(progress.stop);
        await showSummary(io, summary, flags.json === true);
        finish(0);
      });
  };
}
