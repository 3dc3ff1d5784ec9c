/** Which files a model is trained from, by the names they have in a data folder. */
import { normalizeText } from '../../core/message/text.ts';
import type { ClassIndex, SentimentCorpus, TrainingText } from '../../core/sentiment/train/corpus.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import { readDataset } from '../datasets/dataset.ts';
import { dataFile } from './data-file.ts';
import { readEnglishLexicons, readMultilingualValences, readOwnWords } from './lexicons.ts';
import { identityOf } from './identity.ts';
import { readRatings, sharesOfRating, type Ratings } from './ratings.ts';
import { readTeacher, type Teacher } from './taught.ts';
import { noVectors, readVectors, trainingResource } from './word-vectors.ts';

const LANGUAGES = {
  ar: 'arabic',
  de: 'german',
  en: 'english',
  es: 'spanish',
  fr: 'french',
  hi: 'hindi',
  it: 'italian',
  pt: 'portuguese',
} as const;

export const MULTI_LANGUAGES = Object.keys(LANGUAGES);
/** English has lists of its own. */
const OWN_LANGUAGES = MULTI_LANGUAGES.filter((language) => language !== 'en');

const CLASSES: Readonly<Record<string, ClassIndex>> = { negative: 0, neutral: 1, positive: 2 };

interface ReadOptions {
  readonly language?: string;
  readonly weight?: number;
  /** Every so many rows only. */
  readonly every?: number;
}

/** Rows with one label of the three; rows that raters saw in several ways are left out. */
async function readTexts(file: string, { every = 1, ...fields }: ReadOptions = {}): Promise<TrainingText[]> {
  const dataset = await readDataset(file, 'labels');
  if (dataset.kind !== 'labels') return [];
  const texts = dataset.rows.flatMap(({ labels, text }, index) => {
    const label = labels.length === 1 ? CLASSES[labels[0] ?? ''] : undefined;
    if (label === undefined || index % every !== 0) return [];
    return [{ text: normalizeText(text, 'auto'), label, ...fields }];
  });
  if (texts.length > 0) return texts;
  throw new DatasetError(`${file}: no row has exactly one of the labels ${Object.keys(CLASSES).join(', ')}`);
}

function without(texts: readonly TrainingText[], others: readonly TrainingText[]): TrainingText[] {
  const seen = new Set(others.map(identityOf));
  return texts.filter((text) => !seen.has(identityOf(text)));
}

/** How much a text written for this project counts beside a tweet. At 1, topics of care ("refund") become bad news. */
const OWN_WEIGHT = { en: 0.75, others: 0.5 };

/** How much a text that was rated and has no label of the three counts beside a tweet. */
const RATED_WEIGHT = 1;

/** Each class counts the same, a text `weight` in the mean. */
function balanced(texts: readonly TrainingText[], weight: number): TrainingText[] {
  const counts = [0, 0, 0];
  for (const { label } of texts) counts[label] = (counts[label] ?? 0) + 1;
  const share = texts.length / counts.length;
  return texts.map((text) => ({ ...text, weight: (weight * share) / (counts[text.label] ?? 1) }));
}

/** Who says more of texts than their labels; absent ones are those of `models/training`. */
interface Advisers {
  readonly ratings?: Ratings;
  readonly teacher?: Teacher;
}

/** Of a text that was rated its rating says what is learned, of others the teacher. */
async function readAdvice(advisers: Advisers) {
  const { ratings = await readRatings(), teacher = await readTeacher() } = advisers;
  return (text: { readonly text: string }) => {
    const rating = ratings(text);
    if (rating !== undefined) return { shares: sharesOfRating(rating), weight: RATED_WEIGHT };
    const shares = teacher(text);
    return shares && { shares };
  };
}

export async function readEnglishCorpus(
  folder: string,
  validationFile?: string,
  advisers: Advisers = {},
): Promise<SentimentCorpus> {
  const validation = await readTexts(validationFile ?? dataFile(folder, 'tweeteval_sentiment_val'));
  const tweets = [
    ...(await readTexts(dataFile(folder, 'semeval_main'))),
    ...(await readTexts(dataFile(folder, 'semeval_extra'))),
  ];
  const own = balanced(await readTexts(trainingResource('texts-en.tsv')), OWN_WEIGHT.en);
  const auxiliary = [];
  for (const name of ['s140_50k', 'goemotions_group_train']) {
    auxiliary.push({ name, texts: await readTexts(dataFile(folder, name)) });
  }
  const adviceOn = await readAdvice(advisers);
  const others = new Map(auxiliary.flatMap(({ texts }) => texts.map((text) => [identityOf(text), text])));
  const advised = without(tweets, validation).map((text) => {
    const advice = adviceOn(text);
    return advice === undefined ? text : { ...text, said: advice.shares };
  });
  return {
    texts: [...advised, ...without(own, validation)],
    // Written for this project: what word lists get wrong.
    phrases: await readTexts(trainingResource('phrases-en.tsv')),
    validation,
    auxiliary,
    taught: [...others.values()].flatMap(({ text }) => {
      const advice = adviceOn({ text });
      return advice === undefined ? [] : [{ text, ...advice }];
    }),
    lexicons: await readEnglishLexicons(folder),
    vectors: await readVectors(),
  };
}

/** The labels of umsab's Hindi tweets say little of their texts: in its validation set those with one label are rated as high as
 *  those with another. What was rated is labelled as it was rated. */
const LABELS_DOUBTED = 'hi';

function asRated(texts: readonly TrainingText[], ratings: Ratings): TrainingText[] {
  return texts.map((text) => {
    const rating = ratings(text);
    if (rating === undefined) return text;
    const [negative, neutral, positive] = sharesOfRating(rating);
    const polar: ClassIndex = negative > positive ? 0 : 2;
    const label: ClassIndex = neutral >= Math.max(negative, positive) ? 1 : polar;
    return { ...text, label };
  });
}

/** How much one more English tweet counts beside those of the multilingual set, and how many are taken. */
const MORE_ENGLISH = { language: 'en', weight: 0.3, every: 4 };

export async function readMultilingualCorpus(
  folder: string,
  validationFile?: string,
  { ratings }: Pick<Advisers, 'ratings'> = {},
): Promise<SentimentCorpus> {
  const rated = ratings ?? (await readRatings());
  const texts: TrainingText[] = [];
  const validation = validationFile === undefined ? [] : await readTexts(validationFile);
  for (const [language, name] of Object.entries(LANGUAGES)) {
    const readSet = async (part: string) => {
      const set = await readTexts(dataFile(folder, `umsab_${name}_${part}`), { language });
      return language === LABELS_DOUBTED ? asRated(set, rated) : set;
    };
    texts.push(...(await readSet('train')));
    if (validationFile === undefined) validation.push(...(await readSet('val')));
  }
  for (const language of OWN_LANGUAGES) {
    const own = { language, weight: OWN_WEIGHT.others };
    texts.push(...(await readTexts(trainingResource(`texts-${language}.tsv`), own)));
  }
  texts.push(...without(await readTexts(dataFile(folder, 'semeval_main'), MORE_ENGLISH), texts));
  return {
    texts: without(texts, validation),
    phrases: [],
    validation,
    auxiliary: [],
    taught: [],
    lexicons: [
      ...(await readEnglishLexicons(folder)),
      { name: 'translated afinn', valences: await readMultilingualValences() },
      { name: 'own words', valences: await readOwnWords(OWN_LANGUAGES) },
    ],
    vectors: noVectors,
  };
}
