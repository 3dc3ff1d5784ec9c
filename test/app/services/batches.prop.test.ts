/** Goal: a watcher that reads batches says, counts and shows what one says that reads the same messages one by one, through
 *  copies, edits, deletions and restarts; and what an alert says to replay holds what it shows. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readScored } from '../../../src/app/services/parse-scored.ts';
import { createWatcher, type Watcher, type WatcherOutput } from '../../../src/core/alert/watcher.ts';
import type { StoredMessage } from '../../../src/core/bus/bus.port.ts';
import { subjects } from '../../../src/core/bus/subjects.ts';
import { messageKey, type ScoredMessage } from '../../../src/core/message/message.ts';
import { joinScored } from '../../../src/core/scorer/batches.ts';
import { trendConfig } from '../../../src/core/trend/trend.config.ts';
import { pipeline, rule, scoredMessage, START_MS } from '../../core/window/arrivals.ts';

const RULES = [
  rule({ name: 'surge', when: 'volume >= 3', over: '30s', keepFiringFor: '5s' }),
  rule({ name: 'bad', when: 'negativeShare > 0.6 && authors >= 2', over: '1m', groupBy: ['channel'] }),
];
const PIPELINE = {
  ...pipeline(RULES, { pane: '10s', allowedLateness: '5s' }),
  trends: trendConfig.parse({ limits: { cellsPerRow: 1_024, candidatesMax: 64, trendsMax: 10 } }),
};

/** What one input scores: stored together, whether in one message or in several. */
interface Group {
  readonly messages: readonly ScoredMessage[];
  readonly storedAtMs: number;
}

const groups: fc.Arbitrary<readonly Group[]> = fc
  .array(
    fc.record({
      gapMs: fc.oneof({ weight: 6, arbitrary: fc.nat(4_000) }, { weight: 1, arbitrary: fc.nat(200_000) }),
      posts: fc.array(
        fc.record({
          id: fc.nat(25),
          delayMs: fc.nat(9_000),
          label: fc.constantFrom('negative', 'negative', 'positive', 'uncertain'),
          channel: fc.constantFrom('a', 'b'),
          author: fc.constantFrom('ann', 'bob', 'cid', 'dan'),
          kind: fc.constantFrom('create', 'create', 'create', 'create', 'edit', 'delete'),
          version: fc.constantFrom('1', '2'),
          text: fc.constantFrom('calm parcel', 'outage #down', 'né\u2028 "☃"\n{}'),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    }),
    { maxLength: 12 },
  )
  .map((all) => {
    let storedAtMs = START_MS;
    return all.map(({ gapMs, posts }): Group => {
      storedAtMs += gapMs;
      const at = storedAtMs;
      const messages = posts.map(({ id, delayMs, ...options }) =>
        scoredMessage(`m${id}`, at - delayMs, options),
      );
      return { messages, storedAtMs };
    });
  });

const outputOf = (message: ScoredMessage) => ({
  subject: subjects.scored('p', message.channel, message.sentiment.label),
  data: JSON.stringify(message),
  id: `p:${messageKey(message)}`,
});

/** The stream as it stands with batches of at most `messagesMax`; one by one when that is 1. */
function streamOf(all: readonly Group[], messagesMax: number): StoredMessage[] {
  const batches = new Map(messagesMax > 1 ? [['p', { messagesMax, gather: false }]] : []);
  const stream: StoredMessage[] = [];
  for (const { messages, storedAtMs } of all) {
    const outputs = messages.map(outputOf);
    const input = { place: String(storedAtMs), isSingle: messages.length === 1 };
    const joined = joinScored(
      outputs,
      outputs.map(() => input),
      { batches, payloadBytesMax: 1_048_576 },
    );
    for (const { subject, data } of joined.messages) {
      const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
      stream.push({ subject, data: bytes, sequence: stream.length + 1, storedAtMs });
    }
  }
  return stream;
}

const arrivalsOf = (stored: StoredMessage) => readScored(stored, 'p').arrivals;
type Arrivals = typeof arrivalsOf;

function read(
  watcher: Watcher,
  stream: readonly StoredMessage[],
  arrivals: Arrivals = arrivalsOf,
): WatcherOutput[] {
  return stream.flatMap((stored) => arrivals(stored).flatMap((arrival) => watcher.step(arrival)));
}

const opened = () => createWatcher(PIPELINE);

/** What it says and shows, but for where in the stream that stands. */
function seen(watcher: Watcher, said: readonly WatcherOutput[]): unknown {
  const shown = {
    said,
    alerts: watcher.alerts(),
    views: watcher.views(),
    trends: watcher.trends(),
    told: watcher.told(),
  };
  return JSON.parse(
    JSON.stringify(shown, (key, value: unknown) => (key === 'sequences' ? undefined : value)),
  );
}

function live(stream: readonly StoredMessage[], arrivals: Arrivals = arrivalsOf) {
  const watcher = opened();
  const said = read(watcher, stream, arrivals);
  return { watcher, said, seen: seen(watcher, said) };
}

const size = fc.integer({ min: 2, max: 6 });

test('batched and one by one: the same', () => {
  fc.assert(
    fc.property(groups, size, (all, messagesMax) => {
      expect(live(streamOf(all, messagesMax)).seen).toEqual(live(streamOf(all, 1)).seen);
    }),
    { numRuns: 40 },
  );
});

test('negative control: where all lines of a batch stand at its sequence, all but the first are passed over', () => {
  const flat: Arrivals = (stored) => arrivalsOf(stored).map((one) => ({ ...one, sequence: stored.sequence }));
  const { failed } = fc.check(
    fc.property(groups, size, (all, messagesMax) => {
      expect(live(streamOf(all, messagesMax), flat).seen).toEqual(live(streamOf(all, 1)).seen);
    }),
  );
  expect(failed).toBe(true);
});

test('a snapshot covers whole batches, and one from the midst of a batch reads it again: nothing is lost or counted twice', () => {
  fc.assert(
    fc.property(groups, size, fc.nat(), fc.nat(), fc.boolean(), (all, messagesMax, at, trendsAt, inMidst) => {
      const stream = streamOf(all, messagesMax);
      const whole = live(stream);
      const lines = stream.flatMap(arrivalsOf);
      const ends = stream.map(
        (stored) => lines.findLastIndex(({ sequence }) => sequence <= stored.sequence) + 1,
      );
      const end = inMidst ? at % (lines.length + 1) : ([0, ...ends][at % (ends.length + 1)] ?? 0);
      const before = opened();
      const said: WatcherOutput[] = [];
      let trends: string | undefined;
      for (const [place, arrival] of lines.slice(0, end).entries()) {
        if (place === trendsAt % lines.length) trends = JSON.stringify(before.trendsSnapshot());
        said.push(...before.step(arrival));
      }
      const state = before.snapshot();
      if (!inMidst) expect(Number.isInteger(state.lastSequence)).toBe(true);
      const after = createWatcher(PIPELINE, JSON.parse(JSON.stringify(state)) as typeof state);
      trends ??= JSON.stringify(before.trendsSnapshot());
      after.resumeTrends(JSON.parse(trends) as Parameters<Watcher['resumeTrends']>[0]);
      said.push(
        ...read(
          after,
          stream.filter(({ sequence }) => sequence > Math.floor(after.readFrom)),
        ),
      );
      expect(seen(after, said)).toEqual(seen(whole.watcher, whole.said));
    }),
    { numRuns: 20 },
  );
});

test('the sequences that an alert says to replay hold every post that it shows', () => {
  fc.assert(
    fc.property(groups, size, (all, messagesMax) => {
      const stream = streamOf(all, messagesMax);
      for (const output of live(stream).said) {
        if (output.kind !== 'transition') continue;
        const [first, last] = output.alert.evidence.sequences;
        const range = stream.filter(({ sequence }) => sequence >= first && sequence <= last);
        const ids = new Set(range.flatMap(arrivalsOf).map(({ message }) => message.id));
        expect(output.alert.evidence.posts.filter(({ id }) => !ids.has(id))).toEqual([]);
        expect([first, last].every(Number.isInteger)).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
});

test('what is no scored message is counted line by line, and the others stand where they stood', () => {
  const sound = JSON.stringify(scoredMessage('a', START_MS));
  const stored = (subject: string, text: string) =>
    readScored({ subject, data: new TextEncoder().encode(text), sequence: 9, storedAtMs: START_MS }, 'p');
  const places = ({ arrivals, unreadable }: ReturnType<typeof readScored>) => [
    arrivals.map(({ sequence }) => sequence),
    unreadable,
  ];
  const batch = subjects.scoredBatch('p');
  expect(places(stored(batch, `${sound}\njunk\n${sound}\n{}\n`))).toEqual([[9 - 1 / 1_024, 9], 2]);
  expect(places(stored(batch, 'junk'))).toEqual([[], 1]);
  expect(places(stored(batch, ''))).toEqual([[], 0]);
  expect(places(stored(subjects.scored('p', 'a', 'negative'), `${sound}\n${sound}`))).toEqual([[], 1]);
  const [positions, rest] = places(stored(batch, `${sound}\n`.repeat(1_500)));
  expect([(positions as number[]).length, rest]).toEqual([1_000, 500]);
  expect((positions as number[]).every((position) => position > 8 && position <= 9)).toBe(true);
});
