/** From the labels and logits of a model to three probabilities. */
import type { Probability } from '../engine.port.ts';
import { unsupported } from './errors.ts';

export type Polarity = keyof Probability;

const NAMES: Readonly<Record<string, Polarity>> = {
  negative: 'negative',
  neg: 'negative',
  'very negative': 'negative',
  neutral: 'neutral',
  neu: 'neutral',
  positive: 'positive',
  pos: 'positive',
  'very positive': 'positive',
};

/** Numbered labels, as cardiffnlp's sentiment models document theirs. */
const NUMBERED: readonly Polarity[] = ['negative', 'neutral', 'positive'];
/** Ratings: of five stars the middle one is neutral. */
const STARS: readonly Polarity[] = ['negative', 'negative', 'neutral', 'positive', 'positive'];

const SUPPORTED = [
  'negative, neutral, positive (neutral may be absent)',
  'NEG, NEU, POS',
  'very negative to very positive',
  'LABEL_0, LABEL_1, LABEL_2 (negative, neutral, positive)',
  '1 star to 5 stars',
];

const byNumber =
  (pattern: RegExp, first: number, polarities: readonly Polarity[]) =>
  (labels: readonly string[]): readonly Polarity[] | undefined =>
    labels.length === polarities.length &&
    labels.every((label, index) => Number(pattern.exec(label)?.[1]) === index + first)
      ? polarities
      : undefined;

function byName(labels: readonly string[]): readonly Polarity[] | undefined {
  const found = labels.flatMap((label) => (Object.hasOwn(NAMES, label) ? (NAMES[label] ?? []) : []));
  const whole =
    found.length === labels.length &&
    new Set(labels).size === labels.length &&
    found.includes('negative') &&
    found.includes('positive');
  return whole ? found : undefined;
}

const READERS = [byName, byNumber(/^label_(\d)$/, 0, NUMBERED), byNumber(/^(\d) stars?$/, 1, STARS)];

/** The polarity of each output, by its index. Throws `ONNX_UNSUPPORTED`, naming the labels. */
export function readLabels(labels: readonly string[], place: string): readonly Polarity[] {
  const plain = labels.map((label) =>
    label
      .trim()
      .toLowerCase()
      .replace(/[_-](?=negative|positive)/g, ' '),
  );
  for (const read of READERS) {
    const polarities = read(plain);
    if (polarities !== undefined) return polarities;
  }
  throw unsupported(place, labels, SUPPORTED);
}

/** Softmax of the logits over the temperature, summed by polarity; a polarity that no label has gets 0.
 *  `logits` are finite, one for each polarity; `temperature` > 0. */
export function toProbability(
  logits: readonly number[],
  polarities: readonly Polarity[],
  temperature: number,
): Probability {
  const top = Math.max(...logits);
  const likelihoods = logits.map((logit) => Math.exp((logit - top) / temperature));
  const all = likelihoods.reduce((sum, likelihood) => sum + likelihood, 0);
  const sum: Record<Polarity, number> = { negative: 0, neutral: 0, positive: 0 };
  for (const [index, polarity] of polarities.entries()) sum[polarity] += (likelihoods[index] ?? 0) / all;
  return sum;
}
