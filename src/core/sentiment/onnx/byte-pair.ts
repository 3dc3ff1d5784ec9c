/** Byte-pair encoding (Sennrich et al., 2016): adjacent symbols are merged in the order in which training found them. */
import { z } from 'zod';
import { toByteTokens } from './byte-level.ts';
import { malformed, parsePart, unsupported } from './errors.ts';
import { createMinHeap } from './min-heap.ts';
import type { TokenModel } from './token-model.ts';
import { readVocab } from './token-model.ts';

const bytePairSpec = z.looseObject({
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.string().nullish(),
  end_of_word_suffix: z.string().nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
  vocab: z.unknown(),
  merges: z.array(z.unknown()),
});

/** Above every id, so that a pair of ids is one exact number. */
const ID_BASE = 2 ** 20;
/** Above every position in a word, so that a rank and a position are one exact number. */
const POSITION_BASE = 2 ** 24;

interface Merges {
  /** Rank by pair (left id * ID_BASE + right id); lower ranks merge first. */
  readonly rankOfPair: ReadonlyMap<number, number>;
  /** What a merge makes, by rank. */
  readonly product: readonly number[];
}

const mergeSpec = z.union([z.string().transform((merge) => merge.split(' ')), z.array(z.string())]);

/** `a b`, or ["a", "b"] in newer files. */
function pairOf(merge: unknown, place: string): [string, string] {
  const [left, right, more] = mergeSpec.safeParse(merge).data ?? [];
  if (left !== undefined && right !== undefined && more === undefined) return [left, right];
  throw malformed(place, merge, 'two tokens with a space between them, or an array of two tokens');
}

function readMerges(merges: readonly unknown[], vocab: ReadonlyMap<string, number>, place: string): Merges {
  const rankOfPair = new Map<number, number>();
  const product: number[] = [];
  for (const [rank, merge] of merges.entries()) {
    const at = `${place}.${rank}`;
    const [left, right] = pairOf(merge, at);
    const [leftId, rightId, id] = [vocab.get(left), vocab.get(right), vocab.get(left + right)];
    if (leftId === undefined || rightId === undefined || id === undefined)
      throw malformed(at, merge, 'made of tokens of the vocabulary, and make one');
    rankOfPair.set(leftId * ID_BASE + rightId, rank);
    product.push(id);
  }
  return { rankOfPair, product };
}

/** Merges in place of rank, the leftmost first, with a heap: n log n in the length of the word. */
function mergeAll(ids: number[], { rankOfPair, product }: Merges): number[] {
  const count = ids.length;
  const next = Int32Array.from({ length: count }, (_, index) => index + 1);
  const previous = Int32Array.from({ length: count }, (_, index) => index - 1);
  const merged = new Uint8Array(count);
  const heap = createMinHeap();
  const rankAt = (left: number): number | undefined => {
    const right = next[left] ?? count;
    if (left < 0 || right >= count) return undefined;
    return rankOfPair.get((ids[left] ?? 0) * ID_BASE + (ids[right] ?? 0));
  };
  const offer = (left: number) => {
    const rank = rankAt(left);
    if (rank !== undefined) heap.push(rank * POSITION_BASE + left);
  };

  for (let left = 0; left + 1 < count; left += 1) offer(left);
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const left = top % POSITION_BASE;
    const made = product[Math.floor(top / POSITION_BASE)] ?? 0;
    // What was offered may be gone: swallowed by its left neighbour, or with another right one.
    const rank = merged[left] === 1 ? undefined : rankAt(left);
    if (rank === undefined || product[rank] !== made) continue;
    const right = next[left] ?? count;
    const after = next[right] ?? count;
    ids[left] = made;
    merged[right] = 1;
    next[left] = after;
    if (after < count) previous[after] = left;
    offer(previous[left] ?? -1);
    offer(left);
  }
  return ids.filter((_, index) => merged[index] === 0);
}

/** Throws `OnnxError`. `control`: tokens that a text cannot write. */
export function buildBytePair(spec: unknown, place: string, control: ReadonlySet<string>): TokenModel {
  const parsed = parsePart(bytePairSpec, spec, place);
  for (const affix of ['continuing_subword_prefix', 'end_of_word_suffix'] as const)
    if ((parsed[affix] ?? '') !== '') throw unsupported(`${place}.${affix}`, parsed[affix], ['null', '""']);
  const vocab = readVocab(parsed.vocab, `${place}.vocab`);
  const merges = readMerges(parsed.merges, vocab, `${place}.merges`);
  const unknown = parsed.unk_token ?? undefined;
  const unknownId = unknown === undefined ? undefined : vocab.get(unknown);
  if (unknown !== undefined && unknownId === undefined)
    throw malformed(`${place}.unk_token`, unknown, `a token of ${place}.vocab`);

  const symbolsOf = (word: string): number[] => {
    const ids: number[] = [];
    let afterUnknown = false;
    for (const character of word) {
      const id = vocab.get(character);
      const known =
        id !== undefined ? [id] : parsed.byte_fallback ? toByteTokens(character, vocab) : undefined;
      if (known !== undefined) ids.push(...known);
      else if (unknownId !== undefined && !(afterUnknown && parsed.fuse_unk)) ids.push(unknownId);
      afterUnknown = known === undefined;
    }
    return ids;
  };
  return (word) => {
    const whole = parsed.ignore_merges && !control.has(word) ? vocab.get(word) : undefined;
    return whole === undefined ? mergeAll(symbolsOf(word), merges) : [whole];
  };
}
