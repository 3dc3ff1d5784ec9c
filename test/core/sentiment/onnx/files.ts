/** Parts of a tokenizer.json, and the ids that a tokenizer made of them gives. */
import { readTokenizer } from '../../../../src/core/sentiment/onnx/tokenizer.ts';

export type TokenizerJson = Readonly<Record<string, unknown>>;

/** Ids of words by their order. */
export const vocabOf = (tokens: readonly string[]): Record<string, number> =>
  Object.fromEntries(tokens.map((token, id) => [token, id]));

export const idsOf = (json: TokenizerJson, text: string, tokensMax = 512): readonly number[] =>
  readTokenizer(json).tokenizer({ tokensMax }).encode(text).ids;

/** The tokens by name. */
export function tokensOf(json: TokenizerJson, tokens: readonly string[], text: string): string[] {
  return idsOf(json, text).map((id) => tokens[id] ?? `#${id}`);
}

/** What the call throws. */
export function refusal(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
