/** Goal: a channel has one shard for ever, a split pipeline that cannot be is named, what is late or false is not heard, and alerts of
 *  rules that are gone end once. */
import { expect, test } from 'vitest';
import { createWatcher } from '../../../src/core/alert/watcher.ts';
import { ShardWatcher, type ShardState } from '../../../src/core/partition/shard-watcher.ts';
import { ownerName, shardName, shardOf } from '../../../src/core/partition/shard-of.ts';
import { splitProblems } from '../../../src/core/partition/split-problems.ts';
import { toldBefore, type ShardReport } from '../../../src/core/partition/report.ts';
import { configOf } from '../../support/pipelines.ts';
import { pipeline, post, rule, START_MS, tick } from '../window/arrivals.ts';

test.each<[channel: string, of2: number, of3: number, of7: number]>([
  ['general', 0, 0, 3],
  ['support', 0, 1, 4],
  ['a', 0, 2, 1],
  ['unknown', 0, 0, 5],
])('channel %s stays in its shard: %i of 2, %i of 3, %i of 7', (channel, ...expected) => {
  expect([2, 3, 7].map((shards) => shardOf(channel, shards))).toEqual(expected);
});

test('channels spread evenly', () => {
  const counts = [0, 0, 0, 0];
  for (let index = 0; index < 10_000; index++) {
    const shard = shardOf(`channel-${index}`, 4);
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 2_500)).toBeLessThan(150);
});

test('names of shards hold of how many they are one', () => {
  expect([shardName('p', { shard: 1, shards: 3 }), ownerName('p', 3), ownerName('p', 1)]).toEqual([
    'p.3.1',
    'p.3',
    'p',
  ]);
});

const byTrend = { name: 'rises', trend: {} };
test.each<[why: string, file: object, paths: string[]]>([
  ['one watcher may have all of it', { trends: {}, duplicates: {}, alerts: [byTrend] }, []],
  ['numbers are summed', { watch: { shards: 2 }, alerts: [{ name: 'a', when: 'volume > 1' }] }, []],
  ['trends', { watch: { shards: 2 }, trends: {} }, ['trends']],
  ['copies', { watch: { shards: 2 }, duplicates: {} }, ['duplicates']],
  ['rules on trends', { watch: { shards: 2 }, alerts: [byTrend] }, ['alerts.0.trend']],
])('what a split pipeline cannot have: %s', (_why, file, paths) => {
  const problems = splitProblems(configOf({ name: 'p', ...file }));
  expect(problems.map(({ path }) => path.join('.'))).toEqual(paths);
  for (const { message } of problems) expect(message).toContain('watch.shards: 2');
});

const RULES = [
  rule({ name: 'all', when: 'volume >= 2', over: '10s' }),
  rule({ name: 'one', when: 'volume >= 2', over: '10s', groupBy: ['channel'] }),
];
const PLACE = { shard: 0, shards: 2 };
const OURS = ['a', 'b', 'c', 'd'].find((channel) => shardOf(channel, 2) === 0) ?? '';
const THEIRS = ['a', 'b', 'c', 'd'].find((channel) => shardOf(channel, 2) === 1) ?? '';

function reportOf(shard: ShardWatcher, epoch: number): ShardReport {
  const { lastSequence: sequence, tickMs } = shard;
  return { ...PLACE, epoch, sequence, tickMs, ...shard.takeNews() };
}
const other = (sequence: number, tickMs: number): ShardReport => ({
  ...{ shard: 1, shards: 2, epoch: 1, entries: [], ended: [], sequence, tickMs },
});
/** Two posts of our channel, and ten seconds of silence. */
const arrivals = [post(1, 0, { channel: OURS }), post(2, 500, { channel: OURS })];

test('what is needed of a message: all of ours, of others what may change one that is known', () => {
  const shard = new ShardWatcher(pipeline(RULES), PLACE);
  for (const arrival of arrivals) shard.step(arrival);
  const needs = (id: string, kind: 'create' | 'edit' | 'delete' | 'status', channel: string) =>
    shard.needs({ id, kind, channel });
  expect(needs('9', 'create', OURS)).toBe(true);
  expect(needs('9', 'create', THEIRS)).toBe(false);
  expect(needs('1', 'create', THEIRS)).toBe(true); // A copy under another channel.
  expect(needs('9', 'edit', THEIRS)).toBe(true);
  expect(needs('9', 'delete', THEIRS)).toBe(true);
  expect(needs('9', 'status', THEIRS)).toBe(false);
});

test('reports of an earlier holder, of another number of shards, and repeated ones change nothing', () => {
  const shard = new ShardWatcher(pipeline(RULES), PLACE);
  for (const arrival of [...arrivals, tick(8_000)]) shard.step(arrival);
  const report = reportOf(shard, 5);
  expect(report.entries.map(({ told }) => told.kind)).toEqual(['pane', 'seen', 'cell']);
  const owner = createWatcher(pipeline(RULES), undefined, { shards: 2 });
  expect(owner.parts?.take(report, 1)).toBe('taken');
  const shifted = report.entries.map((entry) => ({ ...entry, index: entry.index + 10 }));
  expect(owner.parts?.take({ ...report, epoch: 4, entries: shifted }, 2)).toBe('fenced');
  expect(owner.parts?.take({ ...report, shards: 3, entries: shifted }, 3)).toBe('fenced');
  expect(owner.parts?.take(report, 4)).toBe('taken');
  expect(owner.parts?.waitingOf(0)).toBe(report.entries.length);

  expect(owner.parts?.sequence).toBe(0); // The other shard has told nothing yet.
  expect(owner.parts?.tickMs(2)).toBeUndefined();
  owner.parts?.take(other(2, START_MS + 8_000), 5);
  expect(owner.parts?.sequence).toBe(2);
  expect(owner.parts?.tickMs(1)).toBeUndefined(); // A message is to be read first.
  expect(owner.parts?.tickMs(2)).toBe(START_MS + 8_000);
  const said = [...arrivals, tick(8_000)].flatMap((arrival) => owner.step(arrival));
  const volumes = said.flatMap((one) =>
    one.kind === 'transition' ? [`${one.alert.rule} ${one.alert.state} ${one.alert.observed.volume}`] : [],
  );
  expect(volumes).toEqual(['all firing 2', 'one firing 2']);
});

test('an owner that begins again hears once more what waited, whoever has the shard by now', () => {
  const shard = new ShardWatcher(pipeline(RULES), PLACE);
  for (const arrival of [...arrivals, tick(8_000)]) shard.step(arrival);
  const waits = reportOf(shard, 5);
  const next = { ...reportOf(shard, 9), entries: [] };
  const before = createWatcher(pipeline(RULES), undefined, { shards: 2 });
  before.parts?.take(waits, 3);
  before.parts?.take(next, 4);

  const state = JSON.parse(JSON.stringify(before.snapshot())) as ReturnType<typeof before.snapshot>;
  const after = createWatcher(pipeline(RULES), state, { shards: 2 });
  expect([after.parts?.partsSequenceOf(0), after.parts?.sequenceOf(0)]).toEqual([2, 0]);
  expect([after.parts?.take(waits, 3), after.parts?.take(next, 4)]).toEqual(['taken', 'taken']);
  expect(after.parts?.take(waits, 5)).toBe('fenced');
  after.parts?.take(other(2, START_MS + 8_000), 6);
  const said = [...arrivals, tick(8_000)].flatMap((arrival) => after.step(arrival));
  const fired = said.flatMap((one) =>
    one.kind === 'transition' ? [`${one.alert.rule} ${one.alert.state}`] : [],
  );
  expect(fired).toEqual(['all firing', 'one firing']);
});

test('who has a shard next lets time go on where it went on before, and not before it has read as much', () => {
  const late = post(3, 600, { channel: OURS });
  const first = new ShardWatcher(pipeline(RULES), PLACE);
  // Time went on before a message was read that was stored before.
  for (const arrival of [...arrivals, tick(8_000), late, tick(9_000)]) first.step(arrival);
  const told = reportOf(first, 5);
  expect(told.ticks?.map(({ sequence }) => sequence)).toEqual([2, 3]);

  const stale = { ...told, epoch: 4, ticks: [{ sequence: 1, atMs: START_MS + 20_000 }] };
  const second = new ShardWatcher(pipeline(RULES), PLACE);
  second.follow(toldBefore([told, stale]));
  for (const arrival of [...arrivals, tick(30_000), late, tick(9_000)]) second.step(arrival);
  expect(reportOf(second, 5)).toEqual(told);

  const alone = new ShardWatcher(pipeline(RULES), PLACE);
  for (const arrival of [...arrivals, late, tick(9_000)]) alone.step(arrival);
  expect(reportOf(alone, 5).entries).not.toEqual(told.entries);
});

test('an alert of a rule that is gone ends once, however often its shard says so', () => {
  const shard = new ShardWatcher(pipeline(RULES), PLACE);
  const owner = createWatcher(pipeline(RULES), undefined, { shards: 2 });
  for (const arrival of [...arrivals, tick(8_000)]) shard.step(arrival);
  owner.parts?.take(reportOf(shard, 1), 1);
  owner.parts?.take(other(2, START_MS + 8_000), 2);
  for (const arrival of [...arrivals, tick(8_000)]) owner.step(arrival);
  expect(owner.alerts().map(({ rule: name, state }) => `${name} ${state}`)).toEqual([
    'all firing',
    'one firing',
  ]);

  const state = JSON.parse(JSON.stringify(shard.snapshot())) as ShardState;
  const ends = [2, 3].flatMap((epoch) => {
    const next = new ShardWatcher(pipeline(RULES.slice(0, 1)), PLACE, state);
    const said = reportOf(next, epoch);
    expect(said.ended.map(({ reason }) => reason)).toEqual(['rule_removed']);
    next.step(tick(8_000 + epoch * 1_000));
    owner.parts?.take(said, epoch + 10);
    owner.parts?.take(reportOf(next, epoch), epoch + 20);
    owner.parts?.take(other(2, START_MS + 8_000 + epoch * 1_000), epoch + 30);
    return owner.step(tick(8_000 + epoch * 1_000));
  });
  const resolved = ends.filter((one) => one.kind === 'transition' && one.alert.reason === 'rule_removed');
  expect(resolved).toHaveLength(1);
});

test('a state of another place is refused', () => {
  const state = new ShardWatcher(pipeline(RULES), PLACE).snapshot();
  expect(() => new ShardWatcher(pipeline(RULES), { shard: 1, shards: 2 }, state)).toThrow(
    'the state is of shard 0 of 2, not 1 of 2',
  );
});
