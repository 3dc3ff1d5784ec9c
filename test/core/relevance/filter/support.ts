/** Small filters made in the test, and texts to learn from. */
import { createHash } from 'node:crypto';
import { mulberry32 } from '../../../../src/core/random/mulberry32.ts';
import type { RelevanceFilter } from '../../../../src/core/relevance/filter/filter.port.ts';
import { loadFilter } from '../../../../src/core/relevance/filter/load.ts';
import type { RelevanceText } from '../../../../src/core/relevance/filter/train/corpus.ts';
import { trainBayesFilter } from '../../../../src/core/relevance/filter/train/train-bayes.ts';
import {
  trainLinearFilter,
  type LinearPlan,
} from '../../../../src/core/relevance/filter/train/train-linear.ts';
import type { WordVectors } from '../../../../src/core/sentiment/train/corpus.ts';
import type { ModelFiles } from '../../../../src/core/sentiment/model.port.ts';

const SPAM =
  'win free prize cash call text claim now urgent offer ringtone 09061701461 £900 http://win.example'.split(
    ' ',
  );
const HAM =
  'lunch home tomorrow sorry later mum bus dinner sleep meeting train flight delayed luggage seat'.split(' ');
const BOTH = 'you the to a your for and it is on we see u me'.split(' ');

/** Every text mixes words of its own kind with common ones, and now and then one of the other kind. */
export function madeUpTexts(count: number, seed: number): RelevanceText[] {
  const random = mulberry32(seed);
  const one = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? '';
  return Array.from({ length: count }, () => {
    const relevant = random() < 0.6;
    const [own, other] = relevant ? [HAM, SPAM] : [SPAM, HAM];
    const words = Array.from({ length: 8 }, () =>
      random() < 0.5 ? one(BOTH) : one(random() < 0.9 ? own : other),
    );
    return { text: words.join(' '), relevant };
  });
}

const NO_VECTORS: WordVectors = { words: [], dimensions: 0, values: new Float32Array(0) };

export const TINY_PLAN: LinearPlan = {
  name: 'tiny',
  seed: 1,
  bits: 12,
  ridge: 0.2,
  sharedRidge: 0.1,
  folds: 3,
};

export async function modelFiles(
  engine: 'earshot' | 'natural' | 'wink',
  texts: readonly RelevanceText[],
  plan: LinearPlan = TINY_PLAN,
): Promise<ModelFiles> {
  const { manifest, weights } =
    engine === 'earshot'
      ? trainLinearFilter(texts, plan, NO_VECTORS, () => undefined)
      : await trainBayesFilter(texts, { name: 'tiny', engine, seed: 1, folds: 3 }, () => undefined);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  return { place: 'tiny', manifest: { ...manifest, sha256 }, weights, weightsSha256: sha256 };
}

export const tinyFilter = async (
  engine: 'earshot' | 'natural' | 'wink',
  texts = madeUpTexts(400, 1),
): Promise<RelevanceFilter> => loadFilter(await modelFiles(engine, texts));

export const accuracyOf = (filter: RelevanceFilter, texts: readonly RelevanceText[]): number =>
  texts.filter(({ text, relevant }) => filter.read(text).probability >= 0.5 === relevant).length /
  texts.length;
