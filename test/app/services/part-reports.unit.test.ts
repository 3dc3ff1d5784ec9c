/** Goal: what is told in several reports is told once it is whole; an owner waits for its shards and no longer; a glance at a message
 *  sees what is there or says that it does not. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { glanceScored, parseScored } from '../../../src/app/services/parse-scored.ts';
import { PartReader, reportsOf } from '../../../src/app/services/part-reports.ts';
import type { PartsIntake } from '../../../src/core/alert/watcher-contract.ts';
import { createWatcher } from '../../../src/core/alert/watcher.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import type { Entry, ShardReport } from '../../../src/core/partition/report.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { pipeline, scoredMessage } from '../../core/window/arrivals.ts';
import { memoryBus } from '../../support/bus.ts';

const REPORT: ShardReport = {
  ...{ shard: 0, shards: 2, epoch: 1, entries: [], ended: [], sequence: 7, tickMs: null },
};

test('only the last of several reports says how far the shard has come', () => {
  const post = { id: 'x', time: 0, text: 'x'.repeat(100_000), label: 'neutral', score: 0, channel: 'a' };
  const entries = [0, 1, 2, 3, 4].map((index): Entry => ({
    atMs: 1,
    index,
    told: { kind: 'seen', posts: [{ post, sequence: 1 }], gone: [] },
  }));
  const reports = reportsOf({ ...REPORT, entries }, { sequence: 3, tickMs: null }).map(
    (text) => JSON.parse(text) as ShardReport,
  );
  expect(reports.map(({ sequence }) => sequence)).toEqual([3, 3, 7]);
  expect(reports.flatMap((report) => report.entries)).toEqual(entries);
  expect(reportsOf(REPORT, { sequence: 3, tickMs: null })).toHaveLength(1);
});

const MESSAGE = scoredMessage('m:1', 1_767_571_200_000, { channel: 'a', source: 'x' });
const asWritten = ({ time, channel, source, text, ...rest }: typeof MESSAGE) => {
  const { id, version, kind, arrival, ...others } = rest;
  return JSON.stringify({ id, version, kind, time, channel, source, text, ...others, arrival });
};

test('a glance sees what all of a message says', () => {
  const text = asWritten(MESSAGE);
  const { id, version, kind, time, channel, source, arrival } = MESSAGE;
  expect(parseScored(text, 'p')).toMatchObject(MESSAGE);
  expect(glanceScored(text, 'p')).toMatchObject({
    id,
    version,
    kind,
    time,
    channel,
    source,
    arrival,
    pipeline: 'p',
    text: '',
  });
});

test.each<[why: string, text: string]>([
  ['is not JSON', 'not json'],
  ['begins otherwise', JSON.stringify(MESSAGE, ['version', 'id'])],
  ['has an id with escapes', asWritten({ ...MESSAGE, id: 'a"b' })],
  ['has no such kind', asWritten({ ...MESSAGE, kind: 'none' as 'create' })],
  ['lies beyond all times', asWritten({ ...MESSAGE, time: 999_999_999_999_999 })],
  ['ends otherwise', `${asWritten(MESSAGE)} `],
])('a glance does not tell what %s', (_why, text) => {
  expect(glanceScored(text, 'p')).toBeUndefined();
});

let bus: Bus;
let events: TelemetryEvent[];
let parts: PartsIntake;
let reader: PartReader;
beforeEach(async () => {
  bus = await memoryBus();
  events = [];
  const owner = createWatcher(pipeline([]), undefined, { shards: 2 });
  if (!owner.parts) throw new Error('no parts');
  parts = owner.parts;
  reader = await PartReader.open({
    ...{ bus, parts, pipeline: { name: 'p', watch: { shards: 2 } } },
    telemetry: (event) => events.push(event),
    onFailure: (error) => expect.fail(String(error)),
  });
});
afterEach(async () => {
  await reader.stop();
  await bus.close();
});

const tell = (shard: number, report: unknown) =>
  bus.publish({
    subject: `earshot.part.p.2.${shard}`,
    data: typeof report === 'string' ? report : JSON.stringify(report),
  });

test('an owner goes on when every shard has come so far', async () => {
  let covered: boolean | undefined;
  const covers = reader.covers(7).then((answer) => (covered = answer));
  await tell(0, REPORT);
  await vi.waitFor(() => expect(parts.sequenceOf(0)).toBe(7));
  expect(covered).toBeUndefined();
  await tell(1, { ...REPORT, shard: 1 });
  expect(await covers).toBe(true);
});

test('one that is stopped does not wait for ever', async () => {
  const covers = reader.covers(7);
  await reader.stop();
  expect(await covers).toBe(false);
});

test.each<[why: string, report: unknown]>([
  ['is no JSON', 'garbage'],
  ['is of another shard', { ...REPORT, shard: 1 }],
  ['says no epoch', { ...REPORT, epoch: null }],
  ['has no entries', { ...REPORT, entries: 'none' }],
])('a report that %s is counted and not heard', async (_why, report) => {
  await tell(0, report);
  await vi.waitFor(() =>
    expect(events).toEqual([{ type: 'limit_reached', limit: 'part_unreadable', pipeline: 'p', count: 1 }]),
  );
  expect(parts.sequenceOf(0)).toBe(0);
});
