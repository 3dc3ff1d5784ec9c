/** Goal: a pipeline split over shards says what one watcher says of the same messages, however its processes are interleaved,
 *  whatever comes twice, and whoever crashes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WatcherOutput } from '../../../src/core/alert/watcher.ts';
import { readScored } from '../../../src/app/services/parse-scored.ts';
import { subjects } from '../../../src/core/bus/subjects.ts';
import { messageKey } from '../../../src/core/message/message.ts';
import { joinScored } from '../../../src/core/scorer/batches.ts';
import { pipeline, rule, scoredMessage, START_MS } from '../window/arrivals.ts';
import { paneLines, saidOf } from './said.ts';
import { runOne, SplitWorld, type Act, type Faults, type Ran, type Scored } from './split-world.ts';

const byChannel = { groupBy: ['channel'] };
const PIPELINE = pipeline(
  [
    rule({ name: 'at-once', when: 'volume >= 3', over: '10s' }),
    rule({ name: 'held', when: 'volume >= 2', over: '25s', for: '7s', keepFiringFor: '4s' }),
    rule({ name: 'authors', when: 'authors >= 3', over: '40s' }),
    rule({ name: 'hysteresis', when: 'negativeShare > 0.6', resolveWhen: 'negativeShare < 0.3', over: '1m' }),
    rule({ name: 'silence', when: 'volume < 2', over: '40s', for: '15s', ...byChannel }),
    rule({ name: 'busy', when: 'volume >= 2', over: '15s', cooldown: '20s', ...byChannel }),
    rule({
      name: 'unusual',
      when: undefined,
      anomaly: { signal: 'volume', sensitivity: 'sensitive' },
      over: '20s',
    }),
    rule({
      ...{ name: 'unusual-here', when: undefined, over: '20s', ...byChannel },
      anomaly: { signal: 'volume', sensitivity: 'sensitive' },
    }),
    rule({ name: 'fails', when: '10 / (int(volume) - 1) > 3', over: '20s', ...byChannel }),
  ],
  { pane: '10s', allowedLateness: '5s', futureSkewMax: '20s', idleAfter: '5s' },
);

/** Posts of five channels and two sources, in a stream with silences; late ones, copies, edits and deletions of earlier ones, which
 *  may name another channel. */
const posts = fc.array(
  fc.record({
    gapMs: fc.oneof(
      { weight: 12, arbitrary: fc.nat(2_500) },
      { weight: 2, arbitrary: fc.nat(40_000) },
      { weight: 1, arbitrary: fc.nat(200_000) },
    ),
    delayMs: fc.oneof(
      { weight: 6, arbitrary: fc.nat(1_500) },
      { weight: 1, arbitrary: fc.integer({ min: -40_000, max: 120_000 }) },
    ),
    label: fc.constantFrom('negative', 'negative', 'positive', 'neutral'),
    channel: fc.constantFrom('a', 'a', 'b', 'c', 'd', 'e'),
    author: fc.constantFrom('ann', 'bob', 'cid', 'dan'),
    source: fc.constantFrom('x', 'x', 'y'),
    /** How far back the post is that it is a version of; 0 for a new one. */
    back: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
    ),
    as: fc.constantFrom(...(['copy', 'edit', 'delete', 'create'] as const)),
    version: fc.constantFrom('1', '2', '3'),
  }),
  { maxLength: 50 },
);

/** After thirteen of them rules over short spans know what is usual. */
const CALM_POST = {
  gapMs: 12_000,
  delayMs: 0,
  label: 'neutral',
  channel: 'a',
  author: 'ann',
  source: 'x',
  back: 0,
  as: 'create',
  version: '1',
} as const;
const messages = fc.tuple(fc.constantFrom(0, 0, 13, 20), posts).map(([calm, rest]) => {
  let storedAtMs = START_MS;
  return [...Array.from({ length: calm }, () => CALM_POST), ...rest].map(
    ({ gapMs, delayMs, back, as, version, ...options }, index): Scored => {
      storedAtMs += gapMs;
      const id = String(Math.max(0, index - back));
      const kind = back === 0 || as === 'copy' || as === 'create' ? 'create' : as;
      const own = back === 0 || as === 'copy' ? '1' : version;
      const message = scoredMessage(id, storedAtMs - delayMs, { ...options, kind, version: own });
      return { kind: 'scored', message, sequence: index + 1, storedAtMs };
    },
  );
});

const acts = fc.array(
  fc.record({
    kind: fc.constantFrom<Act['kind']>(
      ...(['read', 'read', 'read', 'read', 'tell', 'tell_twice', 'save'] as const),
      ...(['crash', 'tick', 'hear', 'hear', 'owner_crash'] as const),
    ),
    shard: fc.nat(5),
  }),
  { maxLength: 150 },
);

/** Whether an alert of a threshold says what is usual. */
const saysUsual = ({ outputs }: Ran) =>
  outputs.some(
    (output) =>
      output.kind === 'transition' &&
      !output.alert.rule.startsWith('unusual') &&
      output.alert.evidence.expectation !== undefined,
  );

/** The panes of all channels. */
function wholeOf({ watcher }: Ran): string[] {
  const whole = watcher.snapshot().groups.filter(({ channel }) => channel === undefined);
  return whole.flatMap(paneLines);
}

const of = (kinds: readonly string[], { outputs }: Ran): WatcherOutput[] =>
  outputs.filter(({ kind }) => kinds.includes(kind));

function compare(arrivals: readonly Scored[], shards: number, todo: readonly Act[], faults?: Faults): Ran {
  const endMs = (arrivals.at(-1)?.storedAtMs ?? START_MS) + 400_000;
  const one = runOne(PIPELINE, arrivals, endMs);
  const split = new SplitWorld(PIPELINE, arrivals, shards, faults).run(todo, endMs);
  expect(saidOf(split.outputs)).toEqual(saidOf(one.outputs));
  expect(wholeOf(split)).toEqual(wholeOf(one));
  const counted = ['late', 'version'];
  expect(of(counted, split)).toEqual(of(counted, one));
  return split;
}

test('shards and owner together say what one watcher says, through crashes, repetitions and stragglers', () => {
  let expecting = 0;
  fc.assert(
    fc.property(messages, fc.integer({ min: 2, max: 4 }), acts, (arrivals, shards, todo) => {
      if (saysUsual(compare(arrivals, shards, todo))) expecting += 1;
    }),
    { numRuns: 60 },
  );
  expect(expecting, 'runs in which an alert says what is usual').toBeGreaterThan(6);
});

/** As a scorer writes them that joins up to so many: those of one batch are stored together. */
function batched(arrivals: readonly Scored[], linesMax: number): Scored[] {
  const batches = new Map([['p', { messagesMax: linesMax, gather: false }]]);
  const outputs = arrivals.map(({ message }, index) => ({
    subject: subjects.scored('p', message.channel, message.sentiment.label),
    data: JSON.stringify(message),
    id: `p:${messageKey(message)}:${index}`,
  }));
  const inputs = arrivals.map((_, index) => ({ place: `${Math.floor(index / linesMax)}`, isSingle: false }));
  const { messages: joined } = joinScored(outputs, inputs, { batches, payloadBytesMax: 1_048_576 });
  let lines = 0;
  return joined.flatMap(({ subject, data }, index): Scored[] => {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    lines += new TextDecoder().decode(bytes).split('\n').length;
    const storedAtMs = arrivals[lines - 1]?.storedAtMs ?? START_MS;
    return [...readScored({ subject, data: bytes, sequence: index + 1, storedAtMs }, 'p').arrivals];
  });
}

test('batches read by shards and owner say and count what single messages do that one watcher reads', () => {
  const withoutPlaces = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/"sequences":\[[^\]]*\]/g, ''));
  fc.assert(
    fc.property(messages, fc.integer({ min: 2, max: 6 }), acts, (arrivals, linesMax, todo) => {
      const lines = batched(arrivals, linesMax);
      expect(lines.map(({ message }) => message.id)).toEqual(arrivals.map(({ message }) => message.id));
      const singles = lines.map((arrival, index) => ({ ...arrival, sequence: index + 1 }));
      const endMs = (arrivals.at(-1)?.storedAtMs ?? START_MS) + 400_000;
      const one = runOne(PIPELINE, singles, endMs);
      const split = new SplitWorld(PIPELINE, lines, 3).run(todo, endMs);
      expect(withoutPlaces(saidOf(split.outputs).map(unescaped)).toSorted()).toEqual(
        withoutPlaces(saidOf(one.outputs).map(unescaped)).toSorted(),
      );
      expect(withoutPlaces(wholeOf(split))).toEqual(withoutPlaces(wholeOf(one)));
    }),
    { numRuns: 40 },
  );
});

/** Alerts stand as texts in the text of a notification. */
const unescaped = (line: string) => line.replaceAll('\\"', '"');

test.each<[why: string, faults: Faults]>([
  ['counts a repeated report twice', { countsTwice: true }],
  ['does not wait for its shards', { runsAhead: true }],
])('negative control: an owner that %s goes red', (_why, faults) => {
  const check = fc.check(
    fc.property(messages, acts, (arrivals, todo) => void compare(arrivals, 2, todo, faults)),
    { numRuns: 2_000, endOnFailure: true },
  );
  expect(check.failed).toBe(true);
});
