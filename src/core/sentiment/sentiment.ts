/** From an engine's reading to the sentiment that a message carries. */
import type {
  Because,
  EngineReading,
  Probability,
  Sentiment,
  SentimentLabel,
  UncertainReason,
} from './engine.port.ts';

/** Four decimals keep the JSON short. */
const DECIMALS = 10_000;
const round = (value: number) => Math.round(value * DECIMALS) / DECIMALS;

/** Sums to 1 within 0.0002. */
function rounded({ negative, positive }: Probability): Probability {
  const [low, high] = [round(negative), round(positive)];
  return { negative: low, neutral: Math.max(0, round(1 - low - high)), positive: high };
}

/** The weights with four decimals, summing to the score to the last of them: what rounding leaves goes to the largest. */
function roundedBecause(because: readonly Because[], score: number): readonly Because[] {
  const units = because.map(({ weight }) => Math.round(weight * DECIMALS));
  const left = units.reduce((rest, unit) => rest - unit, Math.round(score * DECIMALS));
  let largest = 0;
  for (const [index, unit] of units.entries())
    if (Math.abs(unit) > Math.abs(units[largest] ?? 0)) largest = index;
  return because.map((item, index) => {
    const unit = (units[index] ?? 0) + (index === largest ? left : 0);
    return { ...item, weight: unit / DECIMALS };
  });
}

/** The most probable class. Of equals the neutral one is taken, then the negative one. */
function surest({ negative, neutral, positive }: Probability): {
  label: SentimentLabel;
  probability: number;
} {
  const probability = Math.max(negative, neutral, positive);
  if (neutral === probability) return { label: 'neutral', probability };
  return { label: negative === probability ? 'negative' : 'positive', probability };
}

export interface LabelOptions {
  /** In [0, 1]: a surest class less probable than this makes the label `uncertain`. */
  readonly abstainBelow: number;
  readonly engine: string;
  /** The text that was read; a blank one has no sentiment, whatever the reading says. */
  readonly text: string;
}

/** Probabilities, score and weights are rounded to four decimals; the label is decided before rounding. No reading: the
 *  text is in a language that the engine is not for. */
export function labelSentiment(
  reading: EngineReading | undefined,
  { abstainBelow, engine, text }: LabelOptions,
): Sentiment {
  if (text.trim() === '') return notRead('no_text', engine);
  if (reading === undefined) return notRead('language', engine);
  const probability = rounded(reading.probability);
  const score = round(reading.score ?? probability.positive - probability.negative);
  const because = reading.because === undefined ? {} : { because: roundedBecause(reading.because, score) };
  const { label, probability: confidence } = surest(reading.probability);
  if (confidence < abstainBelow)
    return { label: 'uncertain', score, probability, engine, reason: 'below_threshold', ...because };
  return { label, score, probability, engine, ...because };
}

const NOTHING_READ = rounded({ negative: 1 / 3, neutral: 1 / 3, positive: 1 / 3 });

function notRead(reason: UncertainReason, engine: string): Sentiment {
  return { label: 'uncertain', score: 0, probability: NOTHING_READ, engine, reason };
}
