/** The part of a tokenizer that divides one word into tokens, and its vocabulary. */
import { malformed, OnnxError } from './errors.ts';

/** The ids of a word's tokens. Never throws; time linear in the word (times its logarithm for merges). */
export type TokenModel = (word: string) => number[];

/** Tokens of a vocabulary; XLM-R has 250,002, the largest ones about a million. */
const VOCAB_TOKENS_MAX = 1_048_576;

/** Throws `ONNX_FILE`. */
export function checkVocabSize(size: number, place: string): void {
  if (size < 1 || size > VOCAB_TOKENS_MAX)
    throw new OnnxError('ONNX_FILE', `${place} has ${size} tokens; it must have 1 to ${VOCAB_TOKENS_MAX}`);
}

export const isTokenId = (id: unknown): id is number =>
  typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < VOCAB_TOKENS_MAX;

/** Ids by token. By hand, because a schema takes a second for 250,000 entries. Throws `ONNX_FILE`. */
export function readVocab(value: unknown, place: string): Map<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed(place, value, 'an object of tokens and their ids');
  const entries = Object.entries(value as Record<string, unknown>);
  checkVocabSize(entries.length, place);
  const vocab = new Map<string, number>();
  for (const [token, id] of entries) {
    if (!isTokenId(id))
      throw malformed(`${place}.${token}`, id, `an integer from 0 to ${VOCAB_TOKENS_MAX - 1}`);
    vocab.set(token, id);
  }
  return vocab;
}
