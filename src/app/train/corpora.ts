/** Which files a model is trained from, by the names they have in a data folder. */
import { normalizeText } from '../../core/message/text.ts';
import type { ClassIndex, SentimentCorpus, TrainingText } from '../../core/sentiment/train/corpus.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import { readDataset } from '../datasets/dataset.ts';
import { dataFile } from './data-file.ts';
import { readEnglishLexicons, readMultilingualValences } from './lexicons.ts';
import { identityOf } from './identity.ts';
import { readTeacher } from './taught.ts';
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
const OWN_WEIGHT = 0.5;

/** Each class counts the same, a text `weight` in the mean. */
function balanced(texts: readonly TrainingText[], weight: number): TrainingText[] {
  const counts = [0, 0, 0];
  for (const { label } of texts) counts[label] = (counts[label] ?? 0) + 1;
  const share = texts.length / counts.length;
  return texts.map((text) => ({ ...text, weight: (weight * share) / (counts[text.label] ?? 1) }));
}

export async function readEnglishCorpus(folder: string, validationFile?: string): Promise<SentimentCorpus> {
  const validation = await readTexts(validationFile ?? dataFile(folder, 'tweeteval_sentiment_val'));
  const texts = [
    ...(await readTexts(dataFile(folder, 'semeval_main'))),
    ...(await readTexts(dataFile(folder, 'semeval_extra'))),
    ...balanced(await readTexts(trainingResource('texts-en.tsv')), OWN_WEIGHT),
  ];
  const auxiliary = [];
  for (const name of ['s140_50k', 'goemotions_group_train']) {
    auxiliary.push({ name, texts: await readTexts(dataFile(folder, name)) });
  }
  const teacher = await readTeacher();
  const others = new Map(auxiliary.flatMap(({ texts: own }) => own.map((text) => [identityOf(text), text])));
  return {
    texts: without(texts, validation).map((text) => {
      const said = teacher(text);
      return said === undefined ? text : { ...text, said };
    }),
    // Written for this project: what word lists get wrong.
    phrases: await readTexts(trainingResource('phrases-en.tsv')),
    validation,
    auxiliary,
    taught: [...others.values()].flatMap((text) => {
      const shares = teacher(text);
      return shares === undefined ? [] : [{ text: text.text, shares }];
    }),
    lexicons: await readEnglishLexicons(folder),
    vectors: await readVectors(),
  };
}

/** How much one more English tweet counts beside those of the multilingual set, and how many are taken. */
const MORE_ENGLISH = { language: 'en', weight: 0.3, every: 4 };

export async function readMultilingualCorpus(
  folder: string,
  validationFile?: string,
): Promise<SentimentCorpus> {
  const texts: TrainingText[] = [];
  const validation = validationFile === undefined ? [] : await readTexts(validationFile);
  for (const [language, name] of Object.entries(LANGUAGES)) {
    texts.push(...(await readTexts(dataFile(folder, `umsab_${name}_train`), { language })));
    if (validationFile === undefined) {
      validation.push(...(await readTexts(dataFile(folder, `umsab_${name}_val`), { language })));
    }
  }
  texts.push(...without(await readTexts(dataFile(folder, 'semeval_main'), MORE_ENGLISH), texts));
  const lexicons = await readEnglishLexicons(folder);
  return {
    texts: without(texts, validation),
    phrases: [],
    validation,
    auxiliary: [],
    taught: [],
    lexicons: [...lexicons, { name: 'translated afinn', valences: await readMultilingualValences() }],
    vectors: noVectors,
  };
}
