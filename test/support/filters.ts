/** Relevance filters that tests can read: words with weights, nothing trained. */
import type { OpenFilter, RelevanceFilter } from '../../src/core/relevance/filter/filter.port.ts';
import type { Because } from '../../src/core/sentiment/engine.port.ts';

/** Log-odds of a text: the sum of the weights of its words. `reads`, when given, receives every text read. */
export function wordFilter(
  weights: Readonly<Record<string, number>>,
  reads: { text: string; explain: boolean }[] = [],
): RelevanceFilter {
  return {
    name: 'words',
    read(text, { explain = false } = {}) {
      reads.push({ text, explain });
      const because = [...text.matchAll(/\w+/g)].flatMap(([word], at): Because[] => {
        const weight = weights[word] ?? 0;
        return weight === 0 ? [] : [{ text: word, start: at, end: at + word.length, weight, kind: 'word' }];
      });
      const odds = because.reduce((sum, { weight }) => sum + weight, 0);
      return { probability: 1 / (1 + Math.exp(-odds)), ...(explain ? { because } : {}) };
    },
  };
}

export const opening =
  (filter: RelevanceFilter): OpenFilter =>
  () =>
    Promise.resolve(filter);
