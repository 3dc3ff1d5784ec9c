/** What a filter sees of a text: its words, pairs and triples of words, and how it is made, each once, as buckets of a hashed
 *  table. The trainer and the filter read with the same code. Work is bounded by 4,096 characters; no step looks back. */
import { Analyzer, type Scan } from '../../sentiment/model/analysis.ts';
import { visitPhrases } from '../../sentiment/model/ngrams.ts';
import { INTS } from '../../sentiment/model/records.ts';
import { COUNT, FilterWords, FROM } from './filter-words.ts';
import { createMarkReader } from './marks.ts';

/** Shows a bucket that is new in this text, with the first and last token that made it; -1 for the text as a whole. */
export type FeatureVisitor = (bucket: number, first: number, last: number) => void;

export interface Reading {
  /** Of the weights of all buckets. */
  sum: number;
  /** What the sum is multiplied with: as if features were a vector of length 0.5, so that a long text is not surer for its
   *  length. */
  scale: number;
  /** Valid until the next text is read. */
  scan: Scan;
}

const LENGTH = 0.5;
/** Then the numbers of texts begin anew. */
const READINGS_MAX = 256;

/** `weights`: what each bucket adds; none while training. */
export function createFeatureReader(
  bits: number,
  weights: Int8Array = new Int8Array(1 << bits),
): (text: string, visit?: FeatureVisitor) => Reading {
  const mask = (1 << bits) - 1;
  const words = new FilterWords(mask);
  const analyzer = new Analyzer(words);
  const { records } = analyzer;
  const visitMarks = createMarkReader();
  /** The number of the text that had a bucket last. Bytes, so that both tables stay in the processor's cache. */
  const seenIn = new Uint8Array(1 << bits);
  let [reading, count, sum] = [0, 0, 0];
  let visit: FeatureVisitor | undefined;
  const add = (hash: number, first: number, last: number) => {
    const bucket = hash & mask;
    if (seenIn[bucket] === reading) return;
    seenIn[bucket] = reading;
    count += 1;
    sum += weights[bucket] ?? 0;
    visit?.(bucket, first, last);
  };
  /** As `add` for each bucket of each word, written out: it is most of the work. */
  const addWords = ({ count: tokens, ids }: Scan) => {
    const { buckets } = words;
    const { ints } = records;
    let [found, weight] = [0, 0];
    for (let index = 0; index < tokens; index += 1) {
      const record = (ids[index] ?? 0) * INTS;
      const from = ints[record + FROM] ?? 0;
      const to = from + (ints[record + COUNT] ?? 0);
      for (let at = from; at < to; at += 1) {
        const bucket = buckets[at] ?? 0;
        if (seenIn[bucket] === reading) continue;
        seenIn[bucket] = reading;
        found += 1;
        weight += weights[bucket] ?? 0;
        visit?.(bucket, index, index);
      }
    }
    count += found;
    sum += weight;
  };
  return (text, visiting) => {
    visit = visiting;
    [count, sum] = [0, 0];
    reading += 1;
    if (reading === READINGS_MAX) {
      seenIn.fill(0);
      reading = 1;
    }
    if (words.isFull) {
      analyzer.forget();
      words.forget();
    }
    const scan = analyzer.read(text);
    addWords(scan);
    visitPhrases(scan, add);
    visitMarks(text, scan, records, add);
    return { sum, scale: LENGTH / Math.sqrt(Math.max(count, 1)), scan };
  };
}
