/** Teaches a trained model turns of phrase: weights for pairs and triples of words, in a table of their own where they share
 *  no bucket with anything, the rarer in other texts the more, and only until the phrase is read as it should be. What the
 *  model makes of other texts stays nearly as it was. */
import { createAnalyzer } from '../model/analysis.ts';
import { visitPhrases } from '../model/ngrams.ts';
import { describeForSentiment } from '../model/words.ts';
import type { TrainingText } from './corpus.ts';

/** What a pair or triple, by its hash, adds to the three logits. */
export type PhraseTable = ReadonlyMap<number, Float64Array>;

/** Enough to be the answer, not more. */
const PROBABILITY_ENOUGH = 0.55;
const RATE = 0.2;
const ROUNDS_MAX = 100;

/** `logits` are what the model makes of the phrases, three for each; `texts` are what it was trained on. Deterministic. */
export function learnPhrases(
  phrases: readonly TrainingText[],
  logits: Float64Array,
  texts: readonly TrainingText[],
): PhraseTable {
  const hashes = hashesOf(phrases);
  const table = new Map(hashes.flat().map((hash) => [hash, new Float64Array(3)]));
  const counts = countsIn(texts, table);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    let moved = false;
    for (const [index, { label }] of phrases.entries()) {
      const own = hashes[index] ?? [];
      const probabilities = softmax(logits.subarray(index * 3, index * 3 + 3), own, table);
      if ((probabilities[label] ?? 0) >= PROBABILITY_ENOUGH) continue;
      moved = true;
      for (const hash of own) {
        const rate = RATE / (1 + (counts.get(hash) ?? 0));
        const weights = table.get(hash);
        if (weights === undefined) continue;
        for (const [k, probability] of probabilities.entries()) {
          weights[k] = (weights[k] ?? 0) - rate * (probability - (k === label ? 1 : 0));
        }
      }
    }
    if (!moved) break;
  }
  return table;
}

function hashesOf(texts: readonly TrainingText[]): number[][] {
  const analyze = createAnalyzer((kind, spelling) => describeForSentiment(kind, spelling));
  return texts.map(({ text }) => {
    const hashes: number[] = [];
    visitPhrases(analyze(text), (hash) => hashes.push(hash));
    return hashes;
  });
}

function countsIn(texts: readonly TrainingText[], table: PhraseTable): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const hashes of hashesOf(texts)) {
    for (const hash of hashes) if (table.has(hash)) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  return counts;
}

function softmax(logits: Float64Array, hashes: readonly number[], table: PhraseTable): number[] {
  const sums = Array.from(logits, (logit, k) =>
    hashes.reduce((sum, hash) => sum + (table.get(hash)?.[k] ?? 0), logit),
  );
  const highest = Math.max(...sums);
  const powers = sums.map((sum) => Math.exp(sum - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
