/** What a label column may say. */

/** `ambiguous` is GoEmotions' word for feelings that are neither good nor bad (surprise, curiosity). */
export const DATASET_LABELS = ['negative', 'neutral', 'positive', 'ambiguous'] as const;
export type DatasetLabel = (typeof DATASET_LABELS)[number];

export const LABELS_ALLOWED = `0, 1, 2, ${DATASET_LABELS.join(', ')}, or several of these words joined by |`;

const LABEL_OF: ReadonlyMap<string, DatasetLabel> = new Map<string, DatasetLabel>([
  ['0', 'negative'],
  ['1', 'neutral'],
  ['2', 'positive'],
  ...DATASET_LABELS.map((label) => [label, label] as const),
]);

/** The words of a label column in their order, of any case; undefined when one is not a label. */
export function parseLabels(text: string): readonly DatasetLabel[] | undefined {
  const labels = text.split('|').map((part) => LABEL_OF.get(part.trim().toLowerCase()));
  return labels.every((label) => label !== undefined) ? labels : undefined;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A finite decimal number; undefined for anything else. */
export function parseRating(text: string): number | undefined {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Whether this can only be a rating: a number that is negative or not whole. */
export function isRating(text: string): boolean {
  const value = parseRating(text);
  return value !== undefined && (value < 0 || !Number.isInteger(value));
}
