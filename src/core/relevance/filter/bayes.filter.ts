/** Naive Bayes of two libraries behind the same port, to compare with. Both are restated over the libraries' own tokens,
 *  because neither says what each word added, natural's looks at its whole vocabulary for every text (and its probabilities
 *  underflow to 0), and wink's package brings a second, older wink-nlp. Tests hold both to the originals. */
import { completed } from '../../sentiment/explanation.ts';
import { ENGINE_LIMITS } from '../../sentiment/engine-limits.ts';
import type { Because } from '../../sentiment/engine.port.ts';
import type { ModelFiles } from '../../sentiment/model.port.ts';
import { openWords, type BayesEngine, type Place, type ReadWords } from './bayes.words.ts';
import { decodeCounts, type BayesCounts } from './bayes.counts.ts';
import type { RelevanceFilter } from './filter.port.ts';
import { boundedLogOdds, logistic } from '../log-odds.ts';
import type { BayesManifest } from './manifest.ts';

export async function loadBayesFilter(files: ModelFiles, manifest: BayesManifest): Promise<RelevanceFilter> {
  const counts = decodeCounts(files.weights, files.place);
  return createBayesFilter(manifest, counts, await openWords(manifest.engine));
}

export function createBayesFilter(
  { name, engine, calibration }: Pick<BayesManifest, 'name' | 'engine' | 'calibration'>,
  counts: BayesCounts,
  readWords: ReadWords,
): RelevanceFilter {
  const { prior, weightOf } = bayesWeights(engine, counts);
  return {
    name,
    read(text, options) {
      const explains = options?.explain === true;
      const places: Place[] = [];
      const words = readWords(text.slice(0, ENGINE_LIMITS.textCharsMax), explains ? places : undefined);
      const pieces: Because[] = [];
      let sum = 0;
      let known = 0;
      for (const at of countedWords(engine, words)) {
        const weight = weightOf(words[at] ?? '');
        if (weight === undefined) continue;
        known += 1;
        sum += weight;
        const { start, end } = places[at] ?? NOWHERE;
        if (explains)
          pieces.push({
            text: text.slice(start, end),
            start,
            end,
            weight: weight * calibration.slope,
            kind: 'word',
          });
      }
      // wink says nothing of a text without a word that it knows.
      const raw = known === 0 && engine === 'wink' ? 0 : sum + prior;
      const logOdds = boundedLogOdds(raw * calibration.slope + calibration.offset);
      const probability = logistic(logOdds);
      if (!explains) return { probability };
      const weight = (raw - sum) * calibration.slope + calibration.offset;
      const constant: Because = { ...NOWHERE, text: '', weight, kind: 'prior' };
      return { probability, because: completed([constant, ...pieces], logOdds, text.length) };
    },
  };
}

const NOWHERE: Place = { start: 0, end: 0 };

/** Indices of the words that count: natural counts a word of a text once, wink as often as it stands there. */
export function countedWords(engine: BayesEngine, words: readonly string[]): number[] {
  const all = [...words.keys()];
  return engine === 'natural' ? all.filter((at) => words.indexOf(words[at] ?? '') === at) : all;
}

/** What a word adds to the log-odds of being relevant; undefined when it was never seen. */
export function bayesWeights(
  engine: BayesEngine,
  counts: BayesCounts,
): { readonly prior: number; readonly weightOf: (word: string) => number | undefined } {
  return engine === 'natural' ? naturalWeights(counts) : winkWeights(counts);
}

/** apparatus' BayesClassifier: (texts with the word + 1) / (texts + 1) of each class; absent words say nothing. */
function naturalWeights({ texts, words }: BayesCounts) {
  const prior = Math.log((texts[0] + 1) / (texts[1] + 1));
  return {
    prior,
    weightOf: (word: string) => {
      const seen = words.get(word);
      return seen === undefined ? undefined : Math.log((seen[0] + 1) / (seen[1] + 1)) - prior;
    },
  };
}

/** As in wink's own example. */
const WINK_SMOOTHING = 0.5;

/** wink's NaiveBayesTextClassifier: multinomial, additive smoothing over the vocabulary. */
function winkWeights({ texts, words }: BayesCounts) {
  let [relevant, irrelevant] = [0, 0];
  for (const [first, second] of words.values()) {
    relevant += first;
    irrelevant += second;
  }
  const floor = words.size * WINK_SMOOTHING;
  const base = Math.log((relevant + floor) / (irrelevant + floor));
  return {
    prior: Math.log(texts[0] / texts[1]),
    weightOf: (word: string) => {
      const seen = words.get(word);
      return seen === undefined
        ? undefined
        : Math.log((seen[0] + WINK_SMOOTHING) / (seen[1] + WINK_SMOOTHING)) - base;
    },
  };
}
