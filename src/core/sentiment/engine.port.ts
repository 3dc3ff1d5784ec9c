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
  /** In the unit of the score: the weights of one explanation sum to the score. */
  readonly weight: number;
  /** `lexicon`: an entry of the pipeline's own lexicon; `style`: capitals, elongation, punctuation; `prior`: what the engine
   *  says of an empty text; `rest`: what did not fit into the list. The last two have no text. */
  readonly kind:
    'word' | 'phrase' | 'emoji' | 'sentence' | 'negation' | 'lexicon' | 'style' | 'prior' | 'rest';
}

export interface Sentiment {
  readonly label: SentimentLabel;
  /** Which way and how strong, in [-1, 1]; never of the sign opposite to P(positive) - P(negative), which it is where the engine
   *  says nothing else. */
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
  /** In [-1, 1]; where absent, P(positive) - P(negative). */
  readonly score?: number;
  /** In reading order; sums to the score within 1e-6. */
  readonly because?: readonly Because[];
}

export interface ReadOptions {
  readonly explain?: boolean;
  /** Of the text, where the caller knows it: ISO 639-1, `und` or `mul`. An engine of several models chooses by it. */
  readonly language?: string;
}

interface EngineDescription {
  readonly name: string;
  /** Languages it was made for, as ISO 639-1 codes; texts in others are not for it. Empty when nobody said which. */
  readonly languages: ReadonlySet<string>;
}

/** An engine that answers at once. */
export interface SentimentEngine extends EngineDescription {
  readonly kind: 'immediate';
  /** Pure and deterministic; bounded work for any text of at most 4,096 characters. Never throws for any string. */
  read(text: string, options?: ReadOptions): EngineReading;
}

/** An engine that computes elsewhere (a native runtime) and does so best for many texts at once. */
export interface BatchEngine extends EngineDescription {
  readonly kind: 'batch';
  /** One reading for each text, in order. Rejects when the runtime fails; never for the content of a text. */
  readBatch(texts: readonly string[], options?: ReadOptions): Promise<readonly EngineReading[]>;
}
