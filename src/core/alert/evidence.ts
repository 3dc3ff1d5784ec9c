/** What an alert shows for itself. The one place where evidence is put together. */
import type { Reading } from '../baseline/reading.ts';
import { formatDuration } from '../config/fields.ts';
import { sequenceOf } from '../message/scored-batch.ts';
import { fold } from '../relevance/text-tokens.ts';
import { alarmScore, usualMax } from '../trend/score.ts';
import { SCORE_UNITS, type TrendExample, type TrendView } from '../trend/trend-view.ts';
import type { RankedPost } from '../window/evidence.ts';
import type { SpanEvidence } from '../window/pane-evidence.ts';
import type { View } from '../window/view.ts';
import type { Alert, AlertExpectation, EvidencePost, Observed } from './alert.ts';
import type { Sight } from './life.ts';
import { risingTerms } from './rising-terms.ts';
import type { ObservedField } from './rule.config.ts';
import type { Witness } from './witness.ts';

/** Posts that an alert shows. */
export const EVIDENCE_POSTS_MAX = 6;
const TYPICAL_POSTS_MAX = 2;

/** The view of a group, and what its panes kept. */
export interface Scene {
  readonly view: View;
  readonly span: () => SpanEvidence;
  /** Absent for the group of all channels. */
  readonly channel: string | undefined;
  readonly witness: Witness;
}

/** What the view shows; of a view that has become empty, what the alert showed before. */
export function sightOfView(
  scene: Scene,
  before: Alert | undefined,
  expectation: AlertExpectation | undefined,
): Sight {
  const { aggregate } = scene.view;
  const observed = scene.view.observe();
  const shown = aggregate.messages === 0 && before ? before.evidence : evidenceOf(scene);
  return { observed, evidence: { ...shown, ...(expectation && { expectation }) } };
}

function evidenceOf({ view: { overMs, aggregate }, span, channel, witness }: Scene): Alert['evidence'] {
  const { startMs, engaged, sample } = span();
  const rising = risingTerms(sample, witness.before(channel, startMs), TYPICAL_POSTS_MAX);
  const posts = choosePosts(aggregate.evidence(), engaged, rising.typical);
  const authors = witness.authors(channel, startMs);
  const clusters = witness.clusters(channel, startMs);
  return {
    over: formatDuration(overMs),
    posts: posts.map((post) => witness.explained(post)),
    sequences: rangeOf(aggregate.sequences),
    ...(rising.terms.length > 0 && { terms: rising.terms }),
    ...(authors && { authors }),
    ...(clusters && { clusters }),
  };
}

/** What holds these positions, to be read again. */
function rangeOf([first, last]: readonly [number, number]): [number, number] {
  return [sequenceOf(first), sequenceOf(last)];
}

/** The strongest first, as many as there is room for; no text twice: a flood of copies is told by its cluster. */
function choosePosts(
  strongest: readonly EvidencePost[],
  engaged: readonly RankedPost[],
  typical: readonly RankedPost[],
): EvidencePost[] {
  const special = new Map<string, EvidencePost>();
  const texts = new Set<string>();
  const isNew = ({ text }: EvidencePost) => !texts.has(text) && texts.add(text);
  for (const { post } of engaged) if (isNew(post)) special.set(post.id, { ...post, shownAs: 'most_engaged' });
  for (const { post } of typical) if (isNew(post)) special.set(post.id, { ...post, shownAs: 'most_typical' });
  const first = strongest
    .filter((post) => special.has(post.id) || isNew(post))
    .slice(0, EVIDENCE_POSTS_MAX - special.size);
  const others = [...special.values()].filter(({ id }) => !first.some((post) => post.id === id));
  return [...first.map((post) => special.get(post.id) ?? post), ...others];
}

/** Undefined before anything is expected. */
export function expectationOf(
  signal: ObservedField,
  reading: Reading,
  learnt: { readonly panes: number; readonly paneMs: number },
): AlertExpectation | undefined {
  const { panes, paneMs } = learnt;
  const { unusualness, window = { ...reading, spanMs: paneMs } } = reading;
  const { observed, expected, low, high, spanMs } = window;
  if (observed === undefined || expected === undefined || low === undefined || high === undefined)
    return undefined;
  const over = formatDuration(spanMs);
  const baseline = `${signal} of ${panes} panes of ${formatDuration(paneMs)}, by time of day and week where they show`;
  return { signal, over, observed, expected, low, high, score: unusualness, baseline };
}

/** `scoreMin`: from where on it counts as a trend. */
export function sightOfTrend(trend: TrendView, scoreMin: number, nowMs: number, witness: Witness): Sight {
  const { terms, sequences = [0, 0] } = trend;
  const clusters = witness.clusters(trend.channel, trend.onsetMs, (text) => {
    const folded = fold(text);
    return terms.some((term) => folded.includes(fold(term.text)));
  });
  return {
    observed: observedOf(trend),
    evidence: {
      over: formatDuration(Math.max(0, nowMs - trend.onsetMs)),
      posts: trend.examples.map((example) => witness.explained(postOf(example, trend.channel))),
      sequences: rangeOf(sequences),
      expectation: {
        signal: 'volume',
        observed: trend.observed,
        expected: trend.expected,
        low: 0,
        high: usualMax(trend.expected, trend.spread, scoreMin),
        score: alarmScore(trend.peakScore),
        baseline: `posts with '${terms[0]?.text ?? trend.title}' at the peak, by their share of earlier posts`,
      },
      terms: terms.map(({ text, kind, share, shareBefore }) => ({ text, kind, share, shareBefore })),
      ...(clusters && { clusters }),
    },
  };
}

function postOf(example: TrendExample, channel: string): EvidencePost {
  const { id, text, timeMs, label = 'uncertain', score = 0, author, url } = example;
  return {
    ...{ id, time: timeMs, text, label, score, channel },
    ...(author !== undefined && { author }),
    ...(url !== undefined && { url }),
    shownAs: 'most_typical',
  };
}

function observedOf({ messages, sentiment, scoreUnits, authors }: TrendView): Observed {
  const { negative = 0, neutral = 0, positive = 0, uncertain = 0 } = sentiment ?? {};
  const per = (amount: number) => (messages === 0 ? 0 : amount / messages);
  return {
    ...{ volume: messages, negative, neutral, positive, uncertain, authors },
    netSentiment: per(positive - negative),
    negativeShare: per(negative),
    positiveShare: per(positive),
    meanScore: per(scoreUnits) / SCORE_UNITS,
  };
}
