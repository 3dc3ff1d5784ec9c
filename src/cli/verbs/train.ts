import { Option } from 'commander';
import { MODEL_KINDS, type ModelKind, type TrainSentiment } from '../../app/train/train-sentiment.port.ts';
import { put, putJson, UsageError } from '../io.ts';
import { startProgress } from '../progress.ts';
import { formatTable } from '../table.ts';
import type { AddVerb } from '../verb.ts';

interface SentimentFlags {
  readonly data: string;
  readonly out: string;
  readonly seed: string;
  readonly kind: ModelKind;
  readonly validation?: string;
  readonly json?: boolean;
}

const SEED_MAX = 2 ** 32 - 1;

/** `earshot train sentiment`. The trainer is loaded when it is needed. */
export const addTrain: AddVerb = addTrainOver(async (...call) =>
  (await import('../../app/train/train-sentiment.ts')).trainSentiment(...call),
);

/** `earshot train sentiment` over the given trainer. */
export function addTrainOver(trainSentiment: TrainSentiment): AddVerb {
  return (program, io, finish) => {
    program
      .command('train')
      .description('Train a model from labelled texts.')
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
        const progress = startProgress(io);
        const { data: dataDir, out: outDir, kind, validation } = flags;
        const options = { dataDir, outDir, seed, kind, ...(validation === undefined ? {} : { validation }) };
        const summary = await trainSentiment(options, ({ stage, done, total }) =>
          progress.update(done / total, stage),
        ).finally(progress.stop);
        if (flags.json === true) await putJson(io, summary);
        else {
          const rows = summary.figures.map(({ name, value }) => [name, String(value)]);
          await put(io, formatTable([{ title: 'model', align: 'left' }, { title: summary.outDir }], rows));
        }
        finish(0);
      });
  };
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= SEED_MAX) return seed;
  throw new UsageError(`--seed: '${text}' is not a whole number from 0 to ${SEED_MAX}`);
}
