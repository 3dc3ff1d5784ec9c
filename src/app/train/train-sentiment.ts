/** `earshot train sentiment`: from a folder of labelled texts to the folder of a model. */
import { createHash } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { trainSentiment as train, type TrainingPlan } from '../../core/sentiment/train/train-sentiment.ts';
import { readEnglishCorpus, readMultilingualCorpus, MULTI_LANGUAGES } from './corpora.ts';
import type { ModelKind, TrainSentiment } from './train-sentiment.port.ts';

/** Chosen on the validation sets; docs/DECISIONS.md tells what else was tried. */
const PLANS: Readonly<Record<ModelKind, Omit<TrainingPlan, 'name' | 'seed'>>> = {
  en: {
    languages: ['en'],
    languageCopies: false,
    bits: 18,
    epochs: 6,
    auxiliaryEpochs: 3,
    learningRate: 0.05,
    featureDropout: 0.5,
    teaching: { weight: 0.7, share: 0.3 },
    models: 8,
    // Tweets half a year younger than those trained on: calibration error 0.040 without, 0.026 with it; plateau 0.03 to 0.09.
    strayShare: 0.06,
  },
  multi: {
    languages: MULTI_LANGUAGES,
    languageCopies: true,
    bits: 19,
    epochs: 6,
    auxiliaryEpochs: 0,
    learningRate: 0.05,
    featureDropout: 0.5,
    teaching: { weight: 0, share: 0 },
    models: 8,
    strayShare: 0,
  },
};

export const trainSentiment: TrainSentiment = async (
  { dataDir, outDir, seed, kind, validation },
  onProgress,
) => {
  onProgress({ stage: 'reading files', done: 0, total: 1 });
  const corpus = await (kind === 'en' ? readEnglishCorpus : readMultilingualCorpus)(dataDir, validation);
  // Before minutes of work: a place that cannot be written is known at once.
  await mkdir(outDir, { recursive: true });
  const plan: TrainingPlan = { ...PLANS[kind], name: `sentiment-${kind}`, seed };
  const { manifest, weights } = train(corpus, plan, (stage, done, total) => {
    onProgress({ stage, done, total });
  });
  const sha256 = createHash('sha256').update(weights).digest('hex');
  await replace(join(outDir, 'weights.bin'), weights);
  await replace(join(outDir, 'model.json'), `${JSON.stringify({ ...manifest, sha256 }, undefined, 2)}\n`);
  return {
    outDir,
    figures: [
      { name: 'texts', value: corpus.texts.length },
      ...corpus.auxiliary.map(({ name, texts }) => ({ name: `auxiliary ${name}`, value: texts.length })),
      { name: 'taught texts', value: corpus.taught.length },
      { name: 'validation texts', value: corpus.validation.length },
      { name: 'temperature', value: Number(manifest.temperature.toFixed(4)) },
      { name: 'bytes', value: weights.length },
      { name: 'sha256', value: sha256 },
    ],
  };
};

/** A reader never sees half a file. */
async function replace(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, content);
  await rename(`${path}.new`, path);
}
