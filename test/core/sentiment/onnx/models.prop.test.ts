/** Goal: the fast algorithms find what slow and plain ones find, on random vocabularies. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMinHeap } from '../../../../src/core/sentiment/onnx/min-heap.ts';
import { idsOf, vocabOf } from './files.ts';

const LETTERS = ['a', 'b', 'c'];
const word = (lengthMin: number, lengthMax: number) =>
  fc
    .array(fc.constantFrom(...LETTERS), { minLength: lengthMin, maxLength: lengthMax })
    .map((all) => all.join(''));

/** Merge by merge over the whole word: the lowest rank, the leftmost first. */
function mergeSlowly(symbols: string[], merges: readonly [string, string][]): string[] {
  for (;;) {
    const rankAt = (index: number) =>
      merges.findIndex(([left, right]) => left === symbols[index] && right === symbols[index + 1]);
    const ranked = symbols.map((_, index) => [rankAt(index), index] as const).filter(([rank]) => rank !== -1);
    const [best] = ranked.sort(([a, i], [b, j]) => a - b || i - j);
    if (best === undefined) return symbols;
    symbols.splice(best[1], 2, `${symbols[best[1]]}${symbols[best[1] + 1]}`);
  }
}

/** Training makes each merge of what is there already, and no token twice. */
const trainedMerges = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }).map((picks) => {
  const tokens = [...LETTERS];
  const merges: [string, string][] = [];
  for (const [left, right] of picks) {
    const pair: [string, string] = [tokens[left % tokens.length] ?? '', tokens[right % tokens.length] ?? ''];
    if (tokens.includes(pair.join(''))) continue;
    merges.push(pair);
    tokens.push(pair.join(''));
  }
  return { tokens, merges };
});

test('byte-pair encoding merges as the plain algorithm does', () => {
  fc.assert(
    fc.property(trainedMerges, word(1, 40), ({ tokens, merges }, text) => {
      const json = {
        model: { type: 'BPE', vocab: vocabOf(tokens), merges: merges.map((pair) => pair.join(' ')) },
      };
      const expected = mergeSlowly([...text], merges).map((token) => tokens.indexOf(token));
      expect(idsOf(json, text)).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

/** The best sum over all ways to cut the word. */
function bestScore(text: string, scores: ReadonlyMap<string, number>, unknown: number): number {
  if (text === '') return 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let length = 1; length <= text.length; length += 1) {
    const score = scores.get(text.slice(0, length)) ?? (length === 1 ? unknown : undefined);
    if (score !== undefined) best = Math.max(best, score + bestScore(text.slice(length), scores, unknown));
  }
  return best;
}

test('Unigram finds the best of all ways to cut a word', () => {
  const pieces = fc.uniqueArray(fc.tuple(word(1, 4), fc.integer({ min: -64, max: 0 })), {
    minLength: 1,
    maxLength: 15,
    selector: ([piece]) => piece,
  });
  fc.assert(
    fc.property(pieces, word(1, 10), (found, text) => {
      // Every letter is a piece, so that nothing is unknown and the pieces say where they are.
      const letters = LETTERS.filter((letter) => !found.some(([piece]) => piece === letter));
      const vocab: [string, number][] = [
        ['<unk>', -70],
        ...found,
        ...letters.map((letter): [string, number] => [letter, -65]),
      ];
      const ids = idsOf({ model: { type: 'Unigram', unk_id: 0, vocab } }, text);
      expect(ids.map((id) => vocab[id]?.[0]).join('')).toBe(text);
      const total = ids.reduce((sum, id) => sum + (vocab[id]?.[1] ?? 0), 0);
      expect(total).toBe(bestScore(text, new Map(vocab), Number.NEGATIVE_INFINITY));
    }),
    { numRuns: 300 },
  );
});

test('the heap gives back what it got, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (first, second) => {
      const heap = createMinHeap();
      for (const value of first) heap.push(value);
      const kept = [...first].sort((a, b) => a - b);
      const half = Math.floor(first.length / 2);
      for (const expected of kept.splice(0, half)) expect(heap.pop()).toBe(expected);
      for (const value of second) heap.push(value);
      for (const expected of [...kept, ...second].sort((a, b) => a - b)) expect(heap.pop()).toBe(expected);
      expect(heap.pop()).toBeUndefined();
    }),
  );
});
