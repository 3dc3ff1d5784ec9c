/** What a label column may say. */

/** `ambiguous` is GoEmotions' word for feelings that are neither good nor bad (surprise, curiosity). */
export const DATASET_LABELS = ['negative', 'neutral', 'positive', 'ambiguous'] as const;
export type DatasetLabel = (typeof DATASET_LABELS)[number];

export const LABELS_ALLOWED =
  `${DATASET_LABELS.join(', ')} (also neg, neu, pos), or several of these words joined by |; or all of 0, 1, 2; ` +
  'of -1, 0, 1; of 0, 2, 4; or 0 and 1 alone, negative and positive';

export type Coding = Readonly<Record<string, DatasetLabel>>;
const SIGNS: Coding = { '-1': 'negative', '0': 'neutral', '1': 'positive' };
/** As Sentiment140 has it. */
const STEPS_OF_TWO: Coding = { '0': 'negative', '2': 'neutral', '4': 'positive' };
const ORDINALS: Coding = { '0': 'negative', '1': 'neutral', '2': 'positive' };
/** As sets without a neutral class have it: SST-2, reviews. */
const BINARY: Coding = { '0': 'negative', '1': 'positive' };

function numbersAmong(labels: Iterable<string>): string[] {
  const parts = [...labels].flatMap((label) => label.split('|').map((part) => part.trim()));
  return [...new Set(parts.filter((part) => NUMBER.test(part)).map(withoutPlus))];
}

/** The first that knows every number among the labels. */
function codingOf(labels: Iterable<string>): Coding | undefined {
  const numbers = numbersAmong(labels);
  const codings = [...(numbers.length === 2 ? [BINARY] : []), ORDINALS, SIGNS, STEPS_OF_TWO];
  return codings.find((coding) => numbers.every((number) => number in coding));
}

/** What the numbers of a file are read as, where fewer than three of them occur: then another reading may be meant. */
export function guessedCoding(labels: ReadonlySet<string>): Coding | undefined {
  const numbers = numbersAmong(labels);
  if (numbers.length === 0 || numbers.length > 2) return undefined;
  const known = Object.entries(codingOf(labels) ?? {});
  return Object.fromEntries(known.filter(([number]) => numbers.includes(number)));
}

const withoutPlus = (number: string) => number.replace(/^\+/, '');

export type LabelNames = ReadonlyMap<string, DatasetLabel>;

/** What each label of a file means: words as always, numbers as all numbers of the file together say. */
export function labelNames(labels: Iterable<string>): LabelNames {
  return new Map<string, DatasetLabel>([
    ...Object.entries(codingOf(labels) ?? ORDINALS),
    ['neg', 'negative'],
    ['neu', 'neutral'],
    ['pos', 'positive'],
    ...DATASET_LABELS.map((label) => [label, label] as const),
  ]);
}

/** The words of a label column in their order, of any case; undefined when one is not a label. */
export function parseLabels(text: string, names: LabelNames): readonly DatasetLabel[] | undefined {
  const labels = text.split('|').map((part) => names.get(withoutPlus(part.trim().toLowerCase())));
  return labels.every((label) => label !== undefined) ? labels : undefined;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A finite decimal number; undefined for anything else. */
export function parseRating(text: string): number | undefined {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Whether this can only be a rating, where it is no sign: a number that is negative or not whole. */
export function isRating(text: string): boolean {
  const value = parseRating(text);
  return value !== undefined && (value < 0 || !Number.isInteger(value));
}

/** Whether the numbers of a file are labels written as -1, 0 and 1. */
export function areSigns(labels: Iterable<string>): boolean {
  return codingOf(labels) === SIGNS;
}
