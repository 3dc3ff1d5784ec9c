/** Earshot's own filter: logistic regression over hashed features. The log-odds are a sum over features, so that they can be
 *  explained exactly. */
import { completed } from '../../sentiment/explanation.ts';
import type { Because } from '../../sentiment/engine.port.ts';
import type { ModelFiles } from '../../sentiment/model.port.ts';
import { createFeatureReader, type Reading } from './features.ts';
import type { RelevanceFilter } from './filter.port.ts';
import { FilterModelError } from './filter-error.ts';
import { boundedLogOdds, logistic } from '../log-odds.ts';
import type { LinearManifest } from './manifest.ts';

/** @throws an Error that names the place when the file is not as long as the manifest says. */
export function loadLinearFilter({ place, weights }: ModelFiles, manifest: LinearManifest): RelevanceFilter {
  const expected = 1 << manifest.bits;
  if (weights.length !== expected) {
    throw new FilterModelError(
      `${place}/weights.bin: holds ${weights.length} bytes, by model.json it must be ${expected}`,
    );
  }
  return createLinearFilter(manifest, new Int8Array(weights));
}

/** `weights` holds a byte for each bucket. */
export function createLinearFilter(
  { name, bits, bias, unit }: Pick<LinearManifest, 'name' | 'bits' | 'bias' | 'unit'>,
  weights: Int8Array,
): RelevanceFilter {
  const readFeatures = createFeatureReader(bits, weights);
  return {
    name,
    read(text, options) {
      const { sum, scale } = readFeatures(text);
      const logOdds = boundedLogOdds(bias + unit * scale * sum);
      const probability = logistic(logOdds);
      if (options?.explain !== true) return { probability };
      const pieces: Piece[] = [];
      const reading = readFeatures(text, (bucket, first, last) => {
        pieces.push({ first, last, weight: weights[bucket] ?? 0 });
      });
      return { probability, because: explain(text, pieces, reading, { bias, unit: unit * scale, logOdds }) };
    },
  };
}

interface Piece {
  /** Tokens; -1 for the text as a whole. */
  readonly first: number;
  readonly last: number;
  readonly weight: number;
}

/** Phrases that weigh less are named by their words. */
const PHRASE_WEIGHT_MIN = 0.1;
/** Words that weigh less are left to the rest. */
const WEIGHT_MIN = 0.01;
/** With the text as a whole, and the rest, as many as an explanation may hold. */
const NAMED_MAX = 62;

/** The text as a whole first, then what weighs most, in reading order. Sums to the log-odds. */
function explain(
  text: string,
  pieces: readonly Piece[],
  { scan }: Reading,
  { bias, unit, logOdds }: { readonly bias: number; readonly unit: number; readonly logOdds: number },
): Because[] {
  let prior = bias;
  const words = new Float64Array(scan.count);
  const all: Because[] = [];
  const name = (first: number, last: number, weight: number) => {
    const start = scan.starts[first] ?? 0;
    const end = scan.ends[last] ?? start;
    const kind = kindOf(scan.kinds[first], first === last);
    all.push({ text: text.slice(start, end), start, end, weight, kind });
  };
  for (const { first, last, weight: units } of pieces) {
    const weight = units * unit;
    if (first < 0) prior += weight;
    else if (first !== last && Math.abs(weight) >= PHRASE_WEIGHT_MIN) name(first, last, weight);
    else {
      words[first] = (words[first] ?? 0) + weight / 2;
      words[last] = (words[last] ?? 0) + weight / 2;
    }
  }
  for (const [index, weight] of words.entries()) name(index, index, weight);
  const named = all
    .filter(({ weight }) => Math.abs(weight) >= WEIGHT_MIN)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, NAMED_MAX)
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const whole: Because = { text: '', start: 0, end: 0, weight: prior, kind: 'prior' };
  return completed([whole, ...named], logOdds, text.length);
}

function kindOf(kind: string | undefined, isOne: boolean): Because['kind'] {
  if (!isOne) return 'phrase';
  if (kind === 'emoji' || kind === 'emoticon') return 'emoji';
  return kind === 'mark' || kind === 'mention' || kind === 'link' || kind === 'number' ? 'style' : 'word';
}
