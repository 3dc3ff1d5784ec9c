/** From an engine's reading to the sentiment that a message carries. */
import type { EngineReading, Probability, Sentiment, SentimentLabel } from './engine.port.ts';

/** Four decimals keep the JSON short. */
const round = (value: number) => Math.round(value * 10_000) / 10_000;

/** Sums to 1 within 0.0002. */
function rounded({ negative, positive }: Probability): Probability {
  const [low, high] = [round(negative), round(positive)];
  return { negative: low, neutral: Math.max(0, round(1 - low - high)), positive: high };
}

const NOTHING_READ: Probability = { negative: 1 / 3, neutral: 1 / 3, positive: 1 / 3 };

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

/** Probabilities and score are rounded to four decimals; the label is decided before rounding. */
export function labelSentiment(
  reading: EngineReading,
  { abstainBelow, engine, text }: LabelOptions,
): Sentiment {
  const blank = text.trim() === '';
  const exact = blank ? NOTHING_READ : reading.probability;
  const probability = rounded(exact);
  const score = round(probability.positive - probability.negative);
  if (blank) return { label: 'uncertain', score, probability, engine, reason: 'no_text' };
  const because = reading.because === undefined ? {} : { because: reading.because };
  const { label, probability: confidence } = surest(exact);
  if (confidence < abstainBelow)
    return { label: 'uncertain', score, probability, engine, reason: 'below_threshold', ...because };
  return { label, score, probability, engine, ...because };
}
