/** Why a transformer says what it says: what each word of a text adds to P(positive) - P(negative).
 *
 *  A word's weight is what it changes when the text is read up to it, from the left and from the right, averaged: the
 *  Shapley value estimated from one pair of opposite orders (Mitchell et al., 2022, antithetic sampling). The weights of
 *  both orders telescope, so that they sum to the score exactly, and every text that is read is a piece of the original.
 *  Leaving one word out instead costs the same and does not sum: of `good, great` either word alone changes nothing. */
import type { Because } from '../engine.port.ts';
import type { Tokenizer } from './tokenizer.ts';

/** Pieces of one explanation. */
const PIECES_MAX = 32;
/** About how many tokens may be read for one explanation; a long text is explained in phrases instead of words. */
const EXPLAIN_TOKENS_MAX = 4_096;
const PIECES_MIN = 4;

export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly kind: 'word' | 'phrase' | 'emoji';
}

/** The text up to the end of the last word that the model reads: of what was left out nothing can be a reason. */
export function partRead(text: string, tokenizer: Tokenizer): string {
  const { ids, truncated } = tokenizer.encode(text);
  if (!truncated) return text;
  const ends = Array.from(text.matchAll(/\S+/g), ({ index, 0: word }) => index + word.length);
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokenizer.encode(text.slice(0, ends[middle])).ids.length < ids.length) low = middle + 1;
    else high = middle;
  }
  return text.slice(0, ends[low]);
}

const EMOJI = /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f)+$/u;

/** Words between spaces, in as many groups as may be read. `tokens`: length of the text for the model. */
export function piecesOf(text: string, tokens: number): Piece[] {
  const words = Array.from(text.matchAll(/\S+/g), ({ index, 0: word }) => ({
    index,
    end: index + word.length,
  }));
  const affordable = Math.max(PIECES_MIN, Math.floor(EXPLAIN_TOKENS_MAX / Math.max(1, tokens)));
  const count = Math.min(words.length, PIECES_MAX, affordable);
  return Array.from({ length: count }, (_, group) => {
    const first = Math.floor((group * words.length) / count);
    const last = Math.floor(((group + 1) * words.length) / count) - 1;
    const [start, end] = [words[first]?.index ?? 0, words[last]?.end ?? 0];
    const single = EMOJI.test(text.slice(start, end)) ? 'emoji' : 'word';
    return { start, end, kind: first === last ? single : 'phrase' };
  });
}

/** The texts whose scores `attribute` needs, in its order: nothing, then the text up to the end of each piece but the last,
 *  then from the beginning of each piece but the first. At most 2 * PIECES_MAX - 1. */
export function textsToRead(text: string, pieces: readonly Piece[]): string[] {
  const prefixes = pieces.slice(0, -1).map(({ end }) => text.slice(0, end));
  const suffixes = pieces.slice(1).map(({ start }) => text.slice(start));
  return ['', ...prefixes, ...suffixes];
}

/** `whole` is the score of the text, `scores` those of `textsToRead`. Weights sum to `whole` within rounding. */
export function attribute(
  text: string,
  pieces: readonly Piece[],
  whole: number,
  scores: readonly number[],
): Because[] {
  const prior = pieces.length === 0 ? whole : (scores[0] ?? 0);
  const up = [prior, ...scores.slice(1, pieces.length), whole];
  const down = [whole, ...scores.slice(pieces.length), prior];
  const at = (list: readonly number[], index: number) => list[index] ?? 0;
  return [
    { text: '', start: 0, end: 0, weight: prior, kind: 'prior' },
    ...pieces.map(({ start, end, kind }, index): Because => {
      const fromLeft = at(up, index + 1) - at(up, index);
      const fromRight = at(down, index) - at(down, index + 1);
      return { text: text.slice(start, end), start, end, weight: (fromLeft + fromRight) / 2, kind };
    }),
  ];
}
