/** Explanations: items whose weights sum to the score, from what an engine knows of the pieces of a text. */
import { ENGINE_LIMITS } from './engine-limits.ts';
import type { Because, EngineReading, Probability } from './engine.port.ts';

/** P(positive) - P(negative), in [-1, 1]. */
export function scoreOf({ negative, positive }: Probability): number {
  return positive - negative;
}

/** The score of a reading, in [-1, 1]. */
export function scoreIn({ score, probability }: EngineReading): number {
  return score ?? scoreOf(probability);
}

/** What is against a score takes at most this part of it. */
const AGAINST_MAX = 0.9;

/** The part of `more` by which a score in [-1, 1] can be moved and keeps its sign and range. */
export function movable(score: number, more: number): number {
  const room = more * score <= 0 ? AGAINST_MAX * Math.abs(score) : 1 - Math.abs(score);
  return Math.max(-room, Math.min(room, more));
}

/** What a piece adds per unit of its raw weight, so that pieces that weigh `raw` in all change the score from `scoreAt(0)`
 *  to `scoreAt(raw)`. Pieces that cancel out still say what they weigh: by the slope at zero. */
export function weightUnit(raw: number, scoreAt: (raw: number) => number): number {
  const at = Math.abs(raw) < NEARLY_ZERO ? NEARLY_ZERO : raw;
  return (scoreAt(at) - scoreAt(0)) / at;
}

/** Small enough to stand for zero, large enough that a difference of scores keeps its digits. */
const NEARLY_ZERO = 1e-6;
/** Below the last digit of what is published. */
const REST_MIN = 1e-9;

/** At most `ENGINE_LIMITS.becauseMax` items that sum to `score`: what is not listed goes into one item `rest`, behind the
 *  text. */
export function completed(items: readonly Because[], score: number, textChars: number): Because[] {
  const named = items.filter(({ kind }) => kind !== 'rest');
  const becauseMax = ENGINE_LIMITS.becauseMax - 1;
  const because = named.length > becauseMax ? named.slice(0, becauseMax) : named;
  const rest = because.reduce((left, { weight }) => left - weight, score);
  if (Math.abs(rest) > REST_MIN)
    because.push({ text: '', start: textChars, end: textChars, weight: rest, kind: 'rest' });
  return because;
}

export interface RawExplanation {
  /** In reading order, with weights in the unit of the raw score. */
  readonly pieces: readonly Because[];
  /** What the engine made of all pieces, also of those that are not listed. */
  readonly rawScore: number;
  readonly textChars: number;
  readonly scoreAt: (rawScore: number) => number;
}

/** For an engine whose score is a function of a sum: the score of an empty text as an item `prior`, then the pieces, all
 *  scaled alike. */
export function explainRaw({ pieces, rawScore, textChars, scoreAt }: RawExplanation): Because[] {
  const unit = weightUnit(rawScore, scoreAt);
  const prior: Because = { text: '', start: 0, end: 0, weight: scoreAt(0), kind: 'prior' };
  const scaled = pieces.map((piece): Because => ({ ...piece, weight: piece.weight * unit }));
  return completed([prior, ...scaled], scoreAt(rawScore), textChars);
}
