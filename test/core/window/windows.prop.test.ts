/** Goal: what a window shows once it is closed depends on its messages alone: any order of arrival within the lateness gives
 *  the panes, sliding sums and sessions that an offline count of the sorted messages gives. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Aggregate, postOf } from '../../../src/core/window/aggregate.ts';
import { OpenPanes } from '../../../src/core/window/open-panes.ts';
import { Series } from '../../../src/core/window/series.ts';
import { Sessions, type Session } from '../../../src/core/window/sessions.ts';
import { Watermark } from '../../../src/core/window/watermark.ts';
import { windowConfig } from '../../../src/core/window/window.config.ts';
import type { ScoredMessage } from '../../../src/core/message/message.ts';
import { scoredMessage, START_MS } from './arrivals.ts';

const PANE_MS = 10_000;
const OVER_MS = 30_000;
const LATENESS_MS = 15_000;
const GAP_MS = 8_000;
const END_MS = START_MS + 10 * 3_600_000;

const message = fc.record({
  stepMs: fc.oneof({ weight: 5, arbitrary: fc.nat(3_000) }, { weight: 1, arbitrary: fc.nat(40_000) }),
  jitterMs: fc.nat(LATENESS_MS - 1),
  label: fc.constantFrom('negative', 'negative', 'positive', 'neutral', 'uncertain'),
  author: fc.nat(9).map(String),
  conversation: fc.constantFrom('k', 'l', 'm'),
  source: fc.constantFrom('a', 'a', 'b'),
});

interface Sent {
  readonly message: ScoredMessage;
  readonly jitterMs: number;
}

/** Messages in the order of their times. Scores differ, so that evidence has one order. */
const sent = fc.array(message, { minLength: 1, maxLength: 80 }).map((all) => {
  let timeMs = START_MS;
  return all.map(({ stepMs, jitterMs, label, ...options }, index): Sent => {
    timeMs += stepMs;
    const sign = label === 'negative' ? -1 : 1;
    const score = sign * (0.2 + (((index * 37) % 101) / 101) * 0.7);
    return { message: scoredMessage(String(index), timeMs, { ...options, label, score }), jitterMs };
  });
});

interface Windows {
  readonly tumbling: readonly unknown[];
  readonly sliding: readonly unknown[];
  readonly sessions: readonly Session[];
}

/** Runs the building blocks as the watcher does. */
function run(arrivals: readonly ScoredMessage[], latenessMs: number): Windows {
  const config = windowConfig.parse({ pane: '10s' });
  const watermark = new Watermark({ ...config, allowedLateness: latenessMs });
  const series = new Series({ paneMs: PANE_MS, retentionMs: END_MS, oversMs: [] });
  const panes = new OpenPanes();
  const sessions = new Sessions({ gapMs: GAP_MS, sessionsMax: 1_000 });
  const closed = { tumbling: [] as unknown[], sliding: [] as unknown[], sessions: [] as Session[] };
  const close = (watermarkMs: number) => {
    for (const { endMs } of panes.close(series, watermarkMs)) {
      const pane = series.pane(endMs - PANE_MS);
      if (pane) closed.tumbling.push([endMs, shown(pane)]);
      const sum = new Aggregate();
      for (let fromMs = endMs - OVER_MS; fromMs < endMs; fromMs += PANE_MS) {
        const part = series.pane(fromMs);
        if (part) sum.merge(part);
      }
      closed.sliding.push([endMs, shown(sum)]);
    }
    closed.sessions.push(...sessions.close(watermarkMs));
  };
  const steps = arrivals.map((one, index) => ({ one, sequence: index + 1 }));
  for (const { one, sequence } of steps)
    for (const signal of watermark.advance({ kind: 'scored', message: one, sequence, storedAtMs: END_MS })) {
      if (signal.kind === 'watermark') close(signal.timeMs);
      else {
        series.add(postOf(signal.message, sequence), signal.timeMs, START_MS);
        const startMs = series.startOf(signal.timeMs);
        if (startMs + PANE_MS > watermark.watermarkMs) panes.open(startMs);
        const { conversation = '', sentiment } = signal.message;
        sessions.add(
          { number: signal.sequence, key: conversation, label: sentiment.label, timeMs: signal.timeMs },
          watermark.watermarkMs,
        );
      }
    }
  close(END_MS);
  return closed;
}

function shown(aggregate: Aggregate) {
  return { ...aggregate.observe(), evidence: aggregate.evidence().map(({ id }) => id) };
}

/** The specification, from the sorted messages, with none of the building blocks. */
function offline(messages: readonly ScoredMessage[]): Windows {
  const ends = [...new Set(messages.map(({ time }) => (Math.floor(time / PANE_MS) + 1) * PANE_MS))];
  const within = (fromMs: number, toMs: number) =>
    numbers(messages.filter(({ time }) => time >= fromMs && time < toMs));
  const told = [...new Set(ends.flatMap((endMs) => [endMs, endMs + PANE_MS]))].sort((a, b) => a - b);
  return {
    tumbling: ends.map((endMs) => [endMs, within(endMs - PANE_MS, endMs)]),
    sliding: told.map((endMs) => [endMs, within(endMs - OVER_MS, endMs)]),
    sessions: sessionsOf(messages),
  };
}

function numbers(messages: readonly ScoredMessage[]) {
  const volume = messages.length;
  const of = (label: string) => messages.filter(({ sentiment }) => sentiment.label === label);
  const [negative, positive] = [of('negative'), of('positive')];
  const per = (amount: number) => (volume === 0 ? 0 : amount / volume);
  const units = messages.reduce((sum, { sentiment }) => sum + Math.round(sentiment.score * 1e6), 0);
  const strongest = (side: readonly ScoredMessage[]) =>
    side
      .toSorted((a, b) => Math.abs(b.sentiment.score) - Math.abs(a.sentiment.score))
      .slice(0, 5)
      .map(({ id }) => id);
  const others = messages.filter((one) => !negative.includes(one) && !positive.includes(one));
  const sides = negative.length >= positive.length ? [negative, positive] : [positive, negative];
  return {
    volume,
    negative: negative.length,
    neutral: of('neutral').length,
    positive: positive.length,
    uncertain: of('uncertain').length,
    netSentiment: per(positive.length - negative.length),
    negativeShare: per(negative.length),
    positiveShare: per(positive.length),
    meanScore: per(units) / 1e6,
    authors: new Set(messages.map(({ author }) => author?.id)).size,
    evidence: [...sides, others].flatMap(strongest).slice(0, 5),
  };
}

function sessionsOf(messages: readonly ScoredMessage[]): Session[] {
  const sessions: Session[] = [];
  for (const key of new Set(messages.map(({ conversation = '' }) => conversation))) {
    let own: ScoredMessage[] = [];
    const end = () => {
      const is = (label: string) => own.filter(({ sentiment }) => sentiment.label === label).length;
      const [firstMs = 0, lastMs = 0] = [own[0]?.time, own.at(-1)?.time];
      const [negative, positive] = [is('negative'), is('positive')];
      if (own.length > 0) sessions.push({ key, firstMs, lastMs, messages: own.length, negative, positive });
      own = [];
    };
    for (const one of messages.filter(({ conversation }) => conversation === key)) {
      if (one.time - (own.at(-1)?.time ?? one.time) >= GAP_MS) end();
      own.push(one);
    }
    end();
  }
  return sessions.sort((a, b) => a.lastMs - b.lastMs || (a.key < b.key ? -1 : 1));
}

/** In an order in which no message is late: whoever comes before it is at most the lateness younger. */
function shuffled(all: readonly Sent[]): ScoredMessage[] {
  return all
    .toSorted((a, b) => a.message.time + a.jitterMs - b.message.time - b.jitterMs)
    .map((one) => one.message);
}

const holds = (latenessMs: number) =>
  fc.property(sent, (all) => {
    const { tumbling, sliding, sessions } = run(shuffled(all), latenessMs);
    const expected = offline(all.map((one) => one.message));
    expect(tumbling).toEqual(expected.tumbling);
    expect(sliding).toEqual(expected.sliding);
    expect(sessions).toEqual(expected.sessions);
  });

test('any order within the lateness closes the same tumbling, sliding and session windows', () => {
  fc.assert(holds(LATENESS_MS), { numRuns: 300 });
});

test('negative control: a watermark that does not wait goes red', () => {
  expect(fc.check(holds(0), { numRuns: 100, seed: 1 }).failed).toBe(true);
});
