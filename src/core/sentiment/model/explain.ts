/** What made a score. The model is additive: the margin, logit of positive minus logit of negative, is a sum over words,
 *  phrases, dense features and a constant. Each dense feature is shared out among the tokens that made it. The shares are
 *  scaled alike from the margin to the score; what the strength of words adds is theirs already. So all sum to it. */
import { ENGINE_LIMITS } from '../engine-limits.ts';
import type { Because } from '../engine.port.ts';
import { completed } from '../explanation.ts';
import type { Scan } from './analysis.ts';
import { marginAgainst } from './degrees.ts';
import { EMPHASES, LEXICON_FEATURES, styleOf, valenceAt } from './dense.ts';
import { intensityOf } from './intensity.ts';
import { newLogits, type Reading, type SentimentModel } from './model.ts';
import { negatedHash, visitPhrases } from './ngrams.ts';
import { FLOATS, MEANING, OWN } from './records.ts';
import type { Score } from './score.ts';
import { isShout, KNOWN, NEGATOR } from './traits.ts';

export interface ExplainOptions {
  readonly text: string;
  readonly model: SentimentModel;
  readonly reading: Reading;
  readonly score: Readonly<Score>;
  readonly language: string | undefined;
}

/** A phrase that adds at least this much to the margin is named; what less telling ones add goes to their words. */
const PHRASE_MARGIN_MIN = 0.15;
/** Words that move the score by less are not named. */
const WEIGHT_MIN = 0.005;

interface Piece {
  readonly first: number;
  readonly last: number;
  /** What it adds to the margin, or to the score. */
  readonly weight: number;
}

/** Largest first up to the limit, then in reading order; prior first. */
export function explain({ text, model, reading, score, language }: ExplainOptions): Because[] {
  const { scan } = reading;
  const tokens = new Float64Array(scan.count);
  const { temperature } = model.manifest;
  const prior = marginOf(model.constant(language)) + addDense(tokens, model, reading);
  addWords(tokens, model, reading, language);
  const phrases = phrasesOf(tokens, model, reading, language);
  const unit = score.perMargin / temperature;
  const valences = new Float64Array(scan.count);
  if (score.perValence !== 0) intensityOf(scan, model.weights.lexicons, valences);
  const weights: Piece[] = phrases.map((piece) => ({ ...piece, weight: piece.weight * unit }));
  for (const [index, margin] of tokens.entries()) {
    const weight = margin * unit + (valences[index] ?? 0) * score.perValence;
    weights.push({ first: index, last: index, weight });
  }
  const named = weights
    .map((piece) => becauseOf(piece, text, scan))
    .filter(({ weight }) => Math.abs(weight) >= WEIGHT_MIN)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, ENGINE_LIMITS.becauseMax - 2)
    .sort((a, b) => a.start - b.start || a.end - b.end);
  return completed(
    [{ text: '', start: 0, end: 0, weight: prior * unit, kind: 'prior' }, ...named],
    score.value,
    text.length,
  );
}

/** Of the three numbers from `at` on. */
const marginOf = (logits: ArrayLike<number>, at = 0) => (logits[at + 2] ?? 0) - (logits[at] ?? 0);

function marginOfFeature(model: SentimentModel, hash: number, language: string | undefined): number {
  const logits = newLogits();
  model.addFeature(hash, language, logits);
  return marginOf(logits);
}

function addWords(
  tokens: Float64Array,
  model: SentimentModel,
  reading: Reading,
  language: string | undefined,
): void {
  const { scan, records, damping, meaningScale, emphasisShare } = reading;
  const weighed = { ...reading, lexicons: model.weights.lexicons };
  const { count, ids, hashes, traits, negated } = scan;
  for (let index = 0; index < count; index += 1) {
    const at = (ids[index] ?? 0) * FLOATS;
    let sum = marginOf(records.floats, at + OWN);
    if (negated[index] === 1) sum += marginOfFeature(model, negatedHash(hashes[index] ?? 0), language);
    sum *= isShout(traits[index] ?? 0) ? damping * emphasisShare : damping;
    if (((traits[index] ?? 0) & KNOWN) !== 0) sum += marginOf(records.floats, at + MEANING) * meaningScale;
    sum -= marginAgainst(weighed, index);
    tokens[index] = (tokens[index] ?? 0) + sum;
  }
}

/** Phrases worth naming; the margins of the others are added to their tokens in equal parts. */
function phrasesOf(
  tokens: Float64Array,
  model: SentimentModel,
  { scan, damping }: Reading,
  language: string | undefined,
): Piece[] {
  const pieces: Piece[] = [];
  visitPhrases(scan, (hash, first, last) => {
    const logits = newLogits();
    model.addPhrase(hash, language, logits);
    const margin = marginOf(logits) * damping;
    if (Math.abs(margin) >= PHRASE_MARGIN_MIN) pieces.push({ first, last, weight: margin });
    else {
      tokens[first] = (tokens[first] ?? 0) + margin / 2;
      tokens[last] = (tokens[last] ?? 0) + margin / 2;
    }
  });
  return pieces;
}

/** Adds each dense feature's margin to the tokens that made it; returns what no token made: what the absence of words
 *  says. */
function addDense(
  tokens: Float64Array,
  { weights }: SentimentModel,
  { scan, dense, emphasisShare }: Reading,
): number {
  let prior = 0;
  const marginAt = (feature: number) =>
    marginOf(weights.dense, feature * 3) *
    (dense[feature] ?? 0) *
    (EMPHASES.includes(dense.length - feature) ? emphasisShare : 1);
  const share = (margin: number, parts: ReadonlyMap<number, number>) => {
    let total = 0;
    for (const part of parts.values()) total += part;
    if (total === 0) prior += margin;
    else for (const [index, part] of parts) tokens[index] = (tokens[index] ?? 0) + (margin * part) / total;
  };
  for (let lexicon = 0; lexicon < weights.lexicons; lexicon += 1) {
    const owners = lexiconOwners(scan, lexicon);
    for (const [feature, parts] of owners.entries())
      share(marginAt(lexicon * LEXICON_FEATURES + feature), parts);
  }
  const base = weights.lexicons * LEXICON_FEATURES;
  const owners = Array.from({ length: dense.length - base }, () => new Map<number, number>());
  for (let index = 0; index < scan.count; index += 1) {
    const style = styleOf(scan, index);
    for (let feature = 0; feature < style.length; feature += 1) {
      const amount = style[feature] ?? 0;
      if (amount !== 0) owners[feature]?.set(index, amount);
    }
  }
  for (const [feature, parts] of owners.entries()) share(marginAt(base + feature), parts);
  return prior;
}

/** For each of a lexicon's features in order, which tokens made it and in what proportion. */
function lexiconOwners(scan: Scan, lexicon: number): ReadonlyMap<number, number>[] {
  const valued: { index: number; valence: number }[] = [];
  for (let index = 0; index < scan.count; index += 1) {
    const valence = valenceAt(scan, index, lexicon);
    if (valence !== 0) valued.push({ index, valence });
  }
  const parts = (of: (valence: number, index: number) => number) =>
    new Map(valued.map(({ index, valence }) => [index, of(valence, index)]));
  const only = (wanted: { index: number } | undefined) =>
    new Map(wanted === undefined ? [] : [[wanted.index, 1]]);
  const extreme = (sign: number) =>
    valued.reduce<{ index: number; valence: number } | undefined>(
      (best, item) => (item.valence * sign > Math.max(0, (best?.valence ?? 0) * sign) ? item : best),
      undefined,
    );
  const all = parts(Math.abs);
  return [
    parts((valence) => Math.max(0, valence)),
    parts((valence) => Math.max(0, -valence)),
    parts((valence) => (valence > 0 ? 1 : 0)),
    parts((valence) => (valence < 0 ? 1 : 0)),
    only(extreme(1)),
    only(extreme(-1)),
    only(valued.at(-1)),
    parts((valence, index) => (scan.contrast >= 0 && index > scan.contrast ? Math.abs(valence) : 0)),
    all,
    all,
    new Map(),
  ];
}

function becauseOf({ first, last, weight }: Piece, text: string, scan: Scan): Because {
  const start = scan.starts[first] ?? 0;
  const end = scan.ends[last] ?? start;
  return {
    text: text.slice(start, end),
    start,
    end,
    weight,
    kind: kindOf(first, last, scan),
  };
}

function kindOf(first: number, last: number, { kinds, traits }: Scan): Because['kind'] {
  if (first !== last) return 'phrase';
  switch (kinds[first]) {
    case 'emoji':
    case 'emoticon':
      return 'emoji';
    case 'mark':
    case 'mention':
    case 'link':
      return 'style';
    default:
      return ((traits[first] ?? 0) & NEGATOR) !== 0 ? 'negation' : 'word';
  }
}
