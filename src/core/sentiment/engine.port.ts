/** The port that every sentiment engine implements, and the words it answers with. */

export const SENTIMENT_LABELS = ['negative', 'neutral', 'positive', 'uncertain'] as const;
export type SentimentLabel = (typeof SENTIMENT_LABELS)[number];

/** Why a message is `uncertain`: nothing to read, the engine's own probability was too low, or no model for its language. */
export type UncertainReason = 'no_text' | 'below_threshold' | 'language';

/** Three probabilities in [0, 1] that sum to 1. */
export interface Probability {
  readonly negative: number;
  readonly neutral: number;
  readonly positive: number;
}

/** One piece of the text and what it added to the score; `start` and `end` are UTF-16 offsets into the scored text. */
export interface Because {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly weight: number;
  readonly kind: 'word' | 'phrase' | 'emoji' | 'sentence' | 'negation';
}

export interface Sentiment {
  readonly label: SentimentLabel;
  /** P(positive) - P(negative), in [-1, 1]. */
  readonly score: number;
  readonly probability: Probability;
  readonly engine: string;
  /** Present when and only when the label is `uncertain`. */
  readonly reason?: UncertainReason;
  readonly because?: readonly Because[];
}

/** What an engine finds in a text: probabilities, and contributions only when asked for. */
export interface EngineReading {
  readonly probability: Probability;
  readonly because?: readonly Because[];
}

export interface SentimentEngine {
  readonly name: string;
  /** Pure and deterministic; bounded work for any text of at most 4,096 characters. Never throws for any string. */
  read(text: string, options?: { readonly explain?: boolean }): EngineReading;
}
