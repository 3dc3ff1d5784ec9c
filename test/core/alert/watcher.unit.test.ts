/** Goal: the whole watcher, from messages to transitions, at their event times. Times are seconds after START. */
import { expect, test } from 'vitest';
import { createWatcher, type WatcherOutput } from '../../../src/core/alert/watcher.ts';
import { WatcherStateError } from '../../../src/core/alert/watcher-state.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, post, rule, START_MS, tick, type PostOptions } from '../window/arrivals.ts';

const HOUR_MS = 3_600_000;

/** Posts, a second apart, from `atMs` on. */
function burst(count: number, atMs: number, options: PostOptions = {}, firstSequence = 1): Arrival[] {
  return Array.from({ length: count }, (_, i) => post(firstSequence + i, atMs + i * 1_000, options));
}

function transitions(outputs: readonly WatcherOutput[]): string[] {
  return outputs.flatMap((output) => {
    if (output.kind !== 'transition') return [];
    const { alert } = output;
    const channel = alert.group.channel === undefined ? '' : ` ${alert.group.channel}`;
    return [
      `${(Date.parse(alert.at) - START_MS) / 1_000} ${alert.rule}${channel} ${alert.state} ${alert.reason}`,
    ];
  });
}

test.each<[string, object[], Arrival[], string[]]>([
  [
    'three posts in five minutes fire at the next second, and end when their pane leaves',
    [{}],
    [...burst(3, 500), tick(2 * HOUR_MS)],
    ['3 surge firing condition_met', '360 surge resolved condition_ended'],
  ],
  ['two do not', [{}], [...burst(2, 500), tick(2 * HOUR_MS)], []],
  [
    'a burst over the edge of a pane is seen while it happens',
    [{ over: '1m' }],
    [...burst(3, 58_500), tick(HOUR_MS)],
    ['61 surge firing condition_met', '120 surge resolved condition_ended'],
  ],
  [
    '`for` and keepFiringFor end at their event time in a jump',
    [{ for: '90s', keepFiringFor: '10m' }],
    [...burst(3, 500), tick(HOUR_MS)],
    ['3 surge pending condition_met', '93 surge firing held_for', '960 surge resolved condition_ended'],
  ],
  [
    'a condition that ends while pending says so',
    [{ for: '7m' }],
    [...burst(3, 500), tick(HOUR_MS)],
    ['3 surge pending condition_met', '360 surge inactive condition_ended_while_pending'],
  ],
  [
    'hysteresis',
    [{ when: 'negativeShare > 0.6', resolveWhen: 'negativeShare < 0.3', over: '1h' }],
    [...burst(2, 0), ...burst(8, 10_000, { label: 'positive' }, 3), tick(60_000)],
    ['1 surge firing condition_met', '15 surge resolved condition_ended'],
  ],
  [
    'one alert for each channel',
    [{ groupBy: ['channel'] }],
    [
      ...burst(3, 0, { channel: 'a' }),
      ...burst(2, 3_000, { channel: 'c' }, 4),
      ...burst(3, 5_000, { channel: 'b' }, 6),
      tick(HOUR_MS),
    ],
    [
      '3 surge a firing condition_met',
      '8 surge b firing condition_met',
      '360 surge a resolved condition_ended',
      '360 surge b resolved condition_ended',
    ],
  ],
  [
    'without groups the channels are one',
    [{}],
    [post(1, 0, { channel: 'a' }), post(2, 0, { channel: 'b' }), post(3, 0, { channel: 'c' }), tick(10_000)],
    ['1 surge firing condition_met'],
  ],
  [
    'silence is a condition too',
    [{ when: 'volume < 1' }],
    [...burst(1, 500), tick(HOUR_MS)],
    ['360 surge firing condition_met'],
  ],
  [
    'and ends when posts come back, hours later',
    [{ when: 'volume < 1' }],
    [...burst(1, 500), ...burst(1, 5 * HOUR_MS, {}, 2), tick(5 * HOUR_MS + 10_000)],
    ['360 surge firing condition_met', '18001 surge resolved condition_ended'],
  ],
  [
    'edits and deletions are not posts',
    [{}],
    [
      ...burst(2, 0),
      ...burst(5, 3_000, { kind: 'edit' }, 3),
      ...burst(5, 9_000, { kind: 'delete' }, 8),
      tick(HOUR_MS),
    ],
    [],
  ],
  ['surveys are', [{}], [...burst(3, 0, { kind: 'survey' }), tick(10_000)], ['3 surge firing condition_met']],
  [
    'late posts count while their pane is kept',
    [{}],
    [post(1, 0), post(2, 100_000), post(3, 0), tick(HOUR_MS)],
    ['101 surge firing condition_met', '360 surge resolved condition_ended'],
  ],
  [
    'rules fire in the order of the file',
    [{ name: 'b' }, { name: 'a' }],
    [...burst(3, 0), tick(20_000)],
    ['3 b firing condition_met', '3 a firing condition_met'],
  ],
])('%s', (_why, rules, arrivals, expected) => {
  const watcher = createWatcher(pipeline(rules.map(rule)));
  expect(transitions(arrivals.flatMap((arrival) => watcher.step(arrival)))).toEqual(expected);
});

test('an alert carries its evidence', () => {
  const watcher = createWatcher(
    pipeline([
      rule({ for: '5s', groupBy: ['channel'], severity: 'page', summary: '{{ volume }} in {{ channel }}' }),
    ]),
  );
  const arrivals = [...burst(3, 0, { channel: 'a b/c', author: 'ann', followers: 7 }), tick(HOUR_MS)];
  const alerts = arrivals
    .flatMap((arrival) => watcher.step(arrival))
    .flatMap((output) => (output.kind === 'transition' ? [output.alert] : []));
  expect(alerts.map(({ state }) => state)).toEqual(['pending', 'firing', 'resolved']);
  expect(new Set(alerts.map(({ id }) => id))).toEqual(
    new Set(['p/surge/channel=a%20b%2Fc/2026-01-05T00:00:03.000Z']),
  );
  expect(alerts[1]).toMatchObject({
    pipeline: 'p',
    rule: 'surge',
    severity: 'page',
    reason: 'held_for',
    group: { channel: 'a b/c' },
    summary: '3 in a b/c',
    when: 'volume >= 3',
    observed: { volume: 3, negative: 3, negativeShare: 1, netSentiment: -1, meanScore: -0.8, authors: 1 },
    startsAt: '2026-01-05T00:00:03.000Z',
    firedAt: '2026-01-05T00:00:08.000Z',
    at: '2026-01-05T00:00:08.000Z',
    evidence: { over: '5m', sequences: [1, 3] },
  });
  expect(alerts[1]?.evidence.posts.map(({ id, author, followers }) => [id, author, followers])).toEqual([
    ['1', 'ann', 7],
    ['2', 'ann', 7],
    ['3', 'ann', 7],
  ]);
  expect(alerts[2]).toMatchObject({ endsAt: '2026-01-05T00:06:00.000Z', summary: '0 in a b/c' });
  expect(alerts[2]?.evidence).toEqual(alerts[1]?.evidence); // the view is empty by then
  expect(watcher.alerts()).toEqual([alerts[2]]);
});

test('panes are reported per channel when the watermark closes them, and a silence once', () => {
  const watcher = createWatcher(pipeline([]));
  const arrivals = [
    post(1, 0, { channel: 'b', author: 'x' }),
    post(2, 1_000, { channel: 'a', label: 'positive' }),
    post(3, 2_000, { channel: 'b', author: 'x', label: 'positive' }),
    tick(64_900 + 10_000),
    tick(HOUR_MS),
  ];
  const windows = arrivals
    .map((arrival) => watcher.step(arrival))
    .map((outputs) => outputs.filter(({ kind }) => kind === 'window'));
  const endMs = START_MS + 60_000;
  expect(windows.slice(0, 4).flat()).toEqual([]);
  expect(windows[4]).toEqual([
    { kind: 'window', channel: 'a', endMs, volume: 1, netSentiment: 1, negativeShare: 0, authors: 0 },
    { kind: 'window', channel: 'b', endMs, volume: 2, netSentiment: 0, negativeShare: 0.5, authors: 1 },
    ...['a', 'b'].map((channel) => ({
      kind: 'window',
      channel,
      endMs: endMs + 60_000,
      volume: 0,
      netSentiment: 0,
      negativeShare: 0,
      authors: 0,
    })),
  ]);
});

test('late posts are counted as applied or dropped', () => {
  const watcher = createWatcher(pipeline([rule({ over: '1m' })]));
  const late = [post(1, 1_000_000), post(2, 900_000), post(3, 995_000), post(4, 0)].map((arrival) =>
    watcher.step(arrival).filter(({ kind }) => kind === 'late'),
  );
  expect(late).toEqual([
    [],
    [{ kind: 'late', outcome: 'applied', messages: 1 }],
    [],
    [{ kind: 'late', outcome: 'dropped', messages: 1 }],
  ]);
});

test('channels beyond the limit are counted together, and said', () => {
  const watcher = createWatcher(pipeline([rule({ groupBy: ['channel'] })], { channelsMax: 2 }));
  const outputs = ['a', 'b', 'c', 'd', 'a', 'c'].flatMap((channel, i) =>
    watcher.step(post(i + 1, i * 100, { channel })),
  );
  expect(outputs.filter(({ kind }) => kind === 'limit')).toEqual(
    Array.from({ length: 3 }, () => ({ kind: 'limit', limit: 'channelsMax', count: 1 })),
  );
  expect(watcher.views().map(({ channel, observed }) => [channel, observed.volume])).toEqual([
    ['other', 3],
    ['a', 2],
    ['b', 1],
  ]);
  expect(transitions(watcher.step(tick(10_000)))).toEqual(['1 surge other firing condition_met']);
});

test('a group without posts and alerts is forgotten, so that its channel makes room', () => {
  const watcher = createWatcher(pipeline([rule({ groupBy: ['channel'] })], { channelsMax: 1 }));
  watcher.step(post(1, 0, { channel: 'a' }));
  watcher.step(tick(HOUR_MS));
  expect(watcher.snapshot().groups).toEqual([]);
  expect(watcher.step(post(2, HOUR_MS, { channel: 'b' })).filter(({ kind }) => kind === 'limit')).toEqual([]);
});

test('a message that was counted is not counted again', () => {
  const watcher = createWatcher(pipeline([rule({})]));
  const arrival = post(5, 0);
  watcher.step(arrival);
  const state = watcher.snapshot();
  expect([watcher.step(arrival), watcher.step(post(4, 0))]).toEqual([[], []]);
  expect(watcher.snapshot()).toEqual(state);
  expect(watcher.lastSequence).toBe(5);
});

test('a rule that cannot be evaluated is told once, and its alert stays as it is', () => {
  const watcher = createWatcher(pipeline([rule({ when: '1 / (int(volume) - 2) >= 0' })]));
  const outputs = [...burst(5, 0), tick(30_000)].flatMap((arrival) => watcher.step(arrival));
  const told = outputs.flatMap((o) =>
    o.kind === 'rule_failed' ? [`${o.rule}: ${o.error}`] : transitions([o]),
  );
  expect(told).toEqual([
    "surge: '1 / (int(volume) - 2) >= 0': division by zero",
    '3 surge firing condition_met',
  ]);
});

test('months of silence cost nothing, and an alert still ends at its time', () => {
  const watcher = createWatcher(pipeline([rule({ over: '7d' })], { pane: '1s' }));
  const outputs = [...burst(3, 0), post(4, 300 * 24 * HOUR_MS)].flatMap((arrival) => watcher.step(arrival));
  const [fired, resolved] = transitions(outputs);
  expect(fired).toBe('3 surge firing condition_met');
  // Seven days after the pane that holds the burst: a week is summed over panes of 35 minutes.
  const paneEnd = 2_100 - ((START_MS / 1_000) % 2_100);
  expect(resolved).toBe(`${7 * 86_400 + paneEnd} surge resolved condition_ended`);
  // People are reminded every four hours while it fires.
  const evaluated = outputs.filter(({ kind }) => kind !== 'notification' && kind !== 'decision');
  expect(evaluated.length).toBeLessThan(40);
});

test.each([
  ['removed', []],
  ['written differently', [rule({ when: 'volume >= 2' })]],
  ['grouped differently', [rule({ groupBy: ['channel'] })]],
])('a firing alert of a rule that was %s ends with the first step', (_why, rules) => {
  const before = createWatcher(pipeline([rule({})]));
  for (const arrival of [...burst(3, 0), post(4, 4_000)]) before.step(arrival);
  const state = before.snapshot();
  const once = createWatcher(pipeline(rules), state);
  const after = createWatcher(pipeline(rules), once.snapshot()); // not told yet, so it is kept
  const [first] = after.step(tick(4_000));
  expect(first).toMatchObject({
    kind: 'transition',
    alert: { state: 'resolved', reason: 'rule_removed', id: before.alerts()[0]?.id },
  });
  expect(transitions(after.step(tick(4_000)))).toEqual([]);
});

test('a rule whose severity changed keeps its alert', () => {
  const before = createWatcher(pipeline([rule({})]));
  for (const arrival of [...burst(3, 0), post(4, 4_000)]) before.step(arrival);
  const after = createWatcher(pipeline([rule({ severity: 'page' })]), before.snapshot());
  expect(transitions(after.step(tick(HOUR_MS)))).toEqual(['360 surge resolved condition_ended']);
});

test('a state of another version or pipeline is refused by name', () => {
  const state = createWatcher(pipeline([])).snapshot();
  const restore = (change: object) => () => createWatcher(pipeline([]), { ...state, ...change });
  expect(restore({ version: 99 })).toThrow(WatcherStateError);
  expect(restore({ version: 99 })).toThrow(/has version 99; this program reads version 3/);
  expect(restore({ pipeline: 'q' })).toThrow(/is of pipeline 'q', not 'p'/);
});

test('resolved alerts are remembered up to a hundred, newest first', () => {
  const watcher = createWatcher(pipeline([rule({ when: 'volume >= 1', over: '1s' })], { pane: '1s' }));
  for (let i = 0; i < 150; i++) watcher.step(post(i + 1, i * 60_000));
  const ids = watcher.alerts().map(({ at }) => at);
  expect(ids).toHaveLength(100);
  expect(ids).toEqual(ids.toSorted().toReversed());
});
