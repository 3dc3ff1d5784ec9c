/** Naive Bayes as natural and wink train it: counts of words, and a calibration on texts that were held out. */
import { bayesWeights, countedWords } from '../bayes.filter.ts';
import { encodeCounts, type BayesCounts } from '../bayes.counts.ts';
import { openWords, type BayesEngine } from '../bayes.words.ts';
import { FILTER_FORMAT, type BayesManifest } from '../manifest.ts';
import type { RelevanceText } from './corpus.ts';
import { foldsOf } from './folds.ts';
import { fitPlatt } from './platt.ts';
import type { OnStep, TrainedFilter } from './train-linear.ts';

export interface BayesPlan {
  readonly name: string;
  readonly engine: BayesEngine;
  readonly seed: number;
  readonly folds: number;
}

/** Deterministic. There are relevant and irrelevant texts. */
export async function trainBayesFilter(
  texts: readonly RelevanceText[],
  plan: BayesPlan,
  onStep: OnStep,
): Promise<TrainedFilter<BayesManifest>> {
  const readWords = await openWords(plan.engine);
  const total = texts.length + plan.folds;
  const words = texts.map(({ text }, index) => {
    if (index % STEP_TEXTS === 0) onStep('reading words', index, total);
    return readWords(text);
  });
  const relevant = texts.map((text) => text.relevant);
  const folds = foldsOf(texts, plan.folds, plan.seed);
  const scores = new Float64Array(texts.length);
  for (let fold = 0; fold < plan.folds; fold += 1) {
    onStep('calibrating', texts.length + fold, total);
    const counts = countWords(plan.engine, words, relevant, (index) => folds[index] !== fold);
    const { prior, weightOf } = bayesWeights(plan.engine, counts);
    for (const [index, own] of words.entries()) {
      if (folds[index] !== fold) continue;
      const known = countedWords(plan.engine, own)
        .map((at) => weightOf(own[at] ?? ''))
        .filter((weight) => weight !== undefined);
      const isSilent = known.length === 0 && plan.engine === 'wink';
      scores[index] = isSilent ? 0 : known.reduce((sum, weight) => sum + weight, prior);
    }
  }
  const counts = countWords(plan.engine, words, relevant, () => true);
  onStep('done', total, total);
  return {
    weights: encodeCounts(counts),
    manifest: {
      format: FILTER_FORMAT,
      task: 'relevance',
      engine: plan.engine,
      name: plan.name,
      calibration: fitPlatt(scores, relevant),
      training: { plan, texts: texts.length, relevant: counts.texts[0], words: counts.words.size },
    },
  };
}

const STEP_TEXTS = 500;

/** Both libraries learn whether a word stands in a text, not how often. natural ignores texts without words. */
export function countWords(
  engine: BayesEngine,
  texts: readonly (readonly string[])[],
  relevant: readonly boolean[],
  takes: (index: number) => boolean,
): BayesCounts {
  const counts: [number, number] = [0, 0];
  const words = new Map<string, [number, number]>();
  for (const [index, own] of texts.entries()) {
    if (!takes(index) || (engine === 'natural' && own.length === 0)) continue;
    const side = relevant[index] === true ? 0 : 1;
    counts[side] += 1;
    for (const word of new Set(own)) {
      const pair = words.get(word) ?? [0, 0];
      words.set(word, pair);
      pair[side] += 1;
    }
  }
  return { texts: counts, words };
}
