/** Unigram (Kudo, 2018; sentencepiece): of all ways to spell a word, the one whose pieces have the highest sum of
 *  log-probabilities, by Viterbi. */
import { z } from 'zod';
import { toByteTokens } from './byte-level.ts';
import { malformed, parsePart } from './errors.ts';
import type { TokenModel } from './token-model.ts';
import { checkVocabSize } from './token-model.ts';

const unigramSpec = z.looseObject({
  unk_id: z.int().min(0),
  byte_fallback: z.boolean().default(false),
  vocab: z.array(z.unknown()).min(1),
});

/** An unknown character costs this much more than the least likely piece: sentencepiece's kUnkPenalty. */
const UNKNOWN_PENALTY = 10;

interface Pieces {
  readonly idOf: ReadonlyMap<string, number>;
  /** By id. */
  readonly scores: Float64Array;
  /** Length of the longest piece, by its first UTF-16 unit: nothing longer is looked up. */
  readonly longestFrom: ReadonlyMap<number, number>;
}

function readPieces(vocab: readonly unknown[], place: string, left: ReadonlySet<string>): Pieces {
  checkVocabSize(vocab.length, place);
  const idOf = new Map<string, number>();
  const scores = new Float64Array(vocab.length);
  const longestFrom = new Map<number, number>();
  for (const [id, entry] of vocab.entries()) {
    const [piece, score] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof piece !== 'string' || typeof score !== 'number')
      throw malformed(`${place}.${id}`, entry, 'a pair of a piece and its score');
    scores[id] = score;
    if (left.has(piece) || piece === '') continue;
    idOf.set(piece, id);
    const first = piece.charCodeAt(0);
    longestFrom.set(first, Math.max(longestFrom.get(first) ?? 0, piece.length));
  }
  return { idOf, scores, longestFrom };
}

/** For each position of the word that a piece can end at: where the best such piece begins, and its id (-1: unknown). */
function bestPath(word: string, { idOf, scores, longestFrom }: Pieces, unknownScore: number) {
  const size = word.length;
  const total = new Float64Array(size + 1).fill(Number.NEGATIVE_INFINITY);
  const from = new Int32Array(size + 1);
  const ids = new Int32Array(size + 1);
  total[0] = 0;
  const offer = (start: number, end: number, id: number, score: number) => {
    const candidate = (total[start] ?? 0) + score;
    if (candidate <= (total[end] ?? 0)) return;
    total[end] = candidate;
    from[end] = start;
    ids[end] = id;
  };
  for (let start = 0; start < size;) {
    const unit = (word.codePointAt(start) ?? 0) > 0xffff ? 2 : 1;
    const last = Math.min(size, start + (longestFrom.get(word.charCodeAt(start)) ?? 0));
    let single = false;
    for (let end = start + unit; end <= last; end += 1) {
      const id = idOf.get(word.slice(start, end));
      if (id === undefined) continue;
      offer(start, end, id, scores[id] ?? 0);
      if (end === start + unit) single = true;
    }
    if (!single) offer(start, start + unit, -1, unknownScore);
    start += unit;
  }
  return { from, ids };
}

/** Neighbouring unknown characters are one token, or their bytes with `byte_fallback`. At most the word's length times
 *  the longest piece's look-ups. `control`: tokens that a text cannot write. Throws `OnnxError`. */
export function buildUnigram(spec: unknown, place: string, control: ReadonlySet<string>): TokenModel {
  const { unk_id: unknownId, byte_fallback: fallsBack, vocab } = parsePart(unigramSpec, spec, place);
  if (unknownId >= vocab.length)
    throw malformed(`${place}.unk_id`, unknownId, `less than the ${vocab.length} pieces of ${place}.vocab`);
  const pieces = readPieces(vocab, `${place}.vocab`, control);
  const unknownScore = pieces.scores.reduce((least, score) => Math.min(least, score)) - UNKNOWN_PENALTY;

  return (word) => {
    const { from, ids } = bestPath(word, pieces, unknownScore);
    const backwards: number[] = [];
    for (let end = word.length; end > 0;) {
      let start = from[end] ?? 0;
      const id = ids[end] ?? -1;
      if (id >= 0) backwards.push(id);
      else {
        while (start > 0 && ids[start] === -1) start = from[start] ?? 0;
        const bytes = fallsBack ? toByteTokens(word.slice(start, end), pieces.idOf) : undefined;
        backwards.push(...(bytes?.reverse() ?? [unknownId]));
      }
      end = start;
    }
    return backwards.reverse();
  };
}
