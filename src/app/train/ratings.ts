/** How strong texts were rated, as `scripts/pack-ratings.mjs` packs it. */
import type { ClassShares } from '../../core/sentiment/train/corpus.ts';
import { packRows, readRows } from './taught-rows.ts';
import { trainingResource } from './word-vectors.ts';

/** From -4, extremely negative, to 4; undefined of a text that was not rated. */
export type Ratings = (text: { readonly text: string }) => number | undefined;

/** Either way. */
const RATING_MAX = 4;

export interface RatedText {
  readonly text: string;
  readonly rating: number;
}

export async function readRatings(file = trainingResource('rated.bin')): Promise<Ratings> {
  const rated = await readRows(file, 1);
  return (text) => {
    const [share] = rated(text) ?? [];
    return share === undefined ? undefined : (2 * share - 1) * RATING_MAX;
  };
}

/** The bytes of a file of ratings, each text once. */
export const packRatings = (texts: readonly RatedText[]): Uint8Array =>
  packRows(texts.map((text) => [text, [(text.rating / RATING_MAX + 1) / 2]]));

/** Ratings at which half of the annotators' labels are negative and half are positive, and how soon that changes: fitted on
 *  the rated tweets of SemEval-2017, each class counting the same. */
const NEGATIVE_AT = -0.35;
const POSITIVE_AT = 0.8;
const SPREAD = 0.42;

/** What annotators of three classes would say of a text that is rated so (ordered logit: McCullagh, *Regression models for
 *  ordinal data*, 1980). */
export function sharesOfRating(rating: number): ClassShares {
  const negative = logistic((NEGATIVE_AT - rating) / SPREAD);
  const positive = logistic((rating - POSITIVE_AT) / SPREAD);
  return [negative, 1 - negative - positive, positive];
}

const logistic = (value: number) => 1 / (1 + Math.exp(-value));
