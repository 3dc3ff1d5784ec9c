/** Goal: a watcher that reads what waited for it, or for scorers, pages nobody for what was over long ago, and tells what still
 *  fires. Times are minutes; event time and the broker's are the same unless a row says otherwise. */
import { expect, test } from 'vitest';
import { createWatcher, type Watcher, type WatcherOutput } from '../../../src/core/alert/watcher.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, post, rule, START_MS, tick } from '../window/arrivals.ts';

const MINUTE_MS = 60_000;
const HOUR = 60;
const DAY = 24 * HOUR;

let sequence = 0;
/** Ten posts within ten seconds: the rule `surge` fires, and resolves when its span has left them. */
function burst(
  atMin: number,
  { storedMin = atMin, arrivedMin = storedMin }: { storedMin?: number; arrivedMin?: number } = {},
): Arrival[] {
  return Array.from({ length: 10 }, (_, index) => {
    const arrival = post((sequence += 1), atMin * MINUTE_MS + index * 1_000);
    if (arrival.kind === 'tick') throw new Error('a post is no tick');
    const at = (minute: number) => START_MS + minute * MINUTE_MS + index * 1_000;
    return {
      ...arrival,
      storedAtMs: at(storedMin),
      message: { ...arrival.message, arrival: at(arrivedMin) },
    };
  });
}

const SURGE = rule({ over: '5m' });
const LASTING = rule({ name: 'lasting', over: '5m', keepFiringFor: '7d' });

function begin(beganMin: number | undefined, state?: ReturnType<Watcher['snapshot']>): Watcher {
  const beganMs = beganMin === undefined ? undefined : START_MS + beganMin * MINUTE_MS;
  const restored = state && (JSON.parse(JSON.stringify(state)) as typeof state);
  return createWatcher(pipeline([SURGE, LASTING]), restored, { beganMs });
}

/** `2880 first_notification firing lasting`: minute, why, status, and whose alerts. */
function told(outputs: readonly WatcherOutput[]): string[] {
  return outputs.flatMap((output) => {
    if (output.kind !== 'notification') return [];
    const { at, reason, status, alerts } = output.notification;
    const minute = Math.floor((Date.parse(at) - START_MS) / MINUTE_MS);
    return [`${minute} ${reason} ${status} ${alerts.map(({ rule: name }) => name).join('+')}`];
  });
}

const decisions = (outputs: readonly WatcherOutput[], rule: string) =>
  outputs.flatMap((output) =>
    output.kind === 'decision' && output.rule === rule ? [output.reason as string] : [],
  );

const run = (watcher: Watcher, arrivals: readonly Arrival[]) =>
  arrivals.flatMap((arrival) => watcher.step(arrival));

/** The last minutes before a watcher begins, as the ticks of an idle stream tell them. */
const ticks = (fromMin: number, toMin: number) =>
  Array.from({ length: toMin - fromMin + 1 }, (_, index) => tick((fromMin + index) * MINUTE_MS));

test('what was over two days ago is not told, what fires still is', () => {
  const watcher = begin(2 * DAY);
  const outputs = run(watcher, [...burst(0), ...ticks(2 * DAY, 2 * DAY + 10)]);
  expect(told(outputs)).toEqual([`${2 * DAY - HOUR} first_notification firing lasting`]);
  expect(decisions(outputs, 'surge')).toEqual(['stale']);
  const over = watcher.alerts().find(({ rule: name, state }) => name === 'surge' && state === 'resolved');
  expect(watcher.statusOf(over?.id ?? '')).toMatchObject({ suppressed: false, decision: 'stale' });
  expect(decisions(outputs, 'lasting')).toEqual(['stale', 'waiting_for_group', 'first_notification']);
});

test('the API says so meanwhile', () => {
  const watcher = begin(2 * DAY);
  const outputs = run(watcher, [...burst(0), ...burst(2)]);
  const fired = outputs.find((one) => one.kind === 'transition' && one.alert.state === 'firing');
  if (fired?.kind !== 'transition') throw new Error('nothing fired');
  expect(watcher.statusOf(fired.alert.id)).toMatchObject({
    ...{ suppressed: true, reasons: ['stale'], decision: 'stale' },
  });
});

test('twenty minutes down: told as ever', () => {
  const watcher = begin(20);
  const outputs = run(watcher, [...burst(0), ...ticks(20, 21)]);
  expect(told(outputs)).toEqual([
    '0 first_notification firing lasting',
    '0 first_notification firing surge',
    '6 resolved resolved surge',
  ]);
});

test('the end of what was told before the watcher went down is told', () => {
  const before = begin(undefined);
  const first = run(before, [...burst(0), tick(MINUTE_MS)]);
  expect(told(first)).toHaveLength(2);
  const outputs = run(begin(2 * DAY, before.snapshot()), ticks(2 * DAY, 2 * DAY + 1));
  expect(told(outputs)[0]).toBe('6 resolved resolved surge');
  expect(
    told(outputs).filter((line) => line.includes('repeat')),
    'no reminders of days ago',
  ).toHaveLength(1);
});

test('what waited two days for scorers: stale, until they have caught up', () => {
  const watcher = begin(-7 * DAY);
  const waited = burst(0, { storedMin: 2 * DAY, arrivedMin: 0 });
  const fresh = burst(2 * DAY + 1);
  const outputs = run(watcher, [...waited, ...fresh, ...ticks(2 * DAY + 2, 2 * DAY + 4)]);
  expect(decisions(outputs, 'surge').slice(0, 1)).toEqual(['stale']);
  expect(told(outputs)).toEqual([
    `${2 * DAY + 1} first_notification firing lasting`,
    `${2 * DAY + 1} first_notification firing surge`,
  ]);
});

test('posts of long ago that come today are news', () => {
  const watcher = begin(300 * DAY - 1);
  const old = burst(0, { storedMin: 300 * DAY });
  const outputs = run(watcher, [...old, ...ticks(300 * DAY + 1, 300 * DAY + 3)]);
  expect(told(outputs)).toHaveLength(2);
});

test('a backtest, which has no now, tells all', () => {
  const outputs = run(begin(undefined), [...burst(0), ...ticks(2 * DAY, 2 * DAY + 1)]);
  expect(told(outputs).slice(0, 3)).toEqual([
    '0 first_notification firing lasting',
    '0 first_notification firing surge',
    '6 resolved resolved surge',
  ]);
});

test('the clock of a broker is no whole number; ids are', () => {
  const watcher = createWatcher(pipeline([LASTING]), undefined, {
    beganMs: START_MS + 2 * DAY * MINUTE_MS + 0.438,
  });
  const outputs = run(watcher, [...burst(0), { kind: 'tick', atMs: START_MS + 2 * DAY * MINUTE_MS + 7.25 }]);
  const ids = outputs.flatMap((output) => (output.kind === 'notification' ? [output.notification.id] : []));
  expect(ids).toHaveLength(1);
  expect(ids[0]).toMatch(/^p\/rule=lasting\/\d+000$/);
});

test('another restart on the way changes nothing', () => {
  const [first, rest] = [
    [...burst(0), ...burst(30)],
    [...burst(90), ...ticks(2 * DAY, 2 * DAY + 10)],
  ];
  const before = begin(2 * DAY);
  const outputs = run(before, first);
  outputs.push(...run(begin(2 * DAY, before.snapshot()), rest));
  expect(told(outputs)).toEqual(told(run(begin(2 * DAY), [...first, ...rest])));
  expect(told(outputs)).toEqual([`${2 * DAY - HOUR} first_notification firing lasting`]);
});

/** Minutes: each life begins with the snapshot with which the one before it began, and was killed before it saved another; what
 *  it said, EVENTS holds. */
interface Life {
  readonly beganMin: number;
  /** It judges by its own beginning all that it reads. */
  readonly isForgetful?: boolean;
  readonly saidUntilMin?: number;
  readonly reads: readonly Arrival[];
}

/** What each life says, of which the first ones are killed. */
function livesOf(lives: readonly Life[]): string[][] {
  let state: ReturnType<Watcher['snapshot']> | undefined;
  let saidUntilMin: number | undefined;
  return lives.map((life) => {
    const watcher = begin(life.beganMin, state);
    if (saidUntilMin !== undefined && life.isForgetful !== true)
      watcher.follow(START_MS + saidUntilMin * MINUTE_MS);
    state = watcher.snapshot();
    saidUntilMin = life.saidUntilMin;
    return told(run(watcher, life.reads));
  });
}

const [early, later, last] = [[...burst(0), ...burst(2)], burst(DAY), burst(2 * DAY + 1)];
const lateTicks = ticks(4 * DAY, 4 * DAY + 10);
const live = [
  '0 first_notification firing lasting',
  '0 first_notification firing surge',
  '8 resolved resolved surge',
];

test('what a killed life told is told again two days later, and its end; what came after it stays stale', () => {
  const reads = [...early, ...later, ...ticks(2 * DAY, 2 * DAY + 1)];
  const lives = (isForgetful: boolean): Life[] => [
    { beganMin: -1, saidUntilMin: 3, reads: early },
    { beganMin: 2 * DAY, isForgetful, reads },
  ];
  const reminder = `${2 * DAY - HOUR - 1} repeat firing lasting`;
  expect(livesOf(lives(false))).toEqual([live.slice(0, 2), [...live, reminder]]);
  expect(livesOf(lives(true))[1], 'negative control: nobody is told the end').toEqual([
    `${2 * DAY - HOUR} first_notification firing lasting`,
  ]);
});

test('what a killed life took for stale is stale for the next one', () => {
  const reads = [...early, ...ticks(2 * DAY, 2 * DAY + 1)];
  const lives = (isForgetful: boolean): Life[] => [
    { beganMin: 2 * DAY, saidUntilMin: 2 * DAY + 1, reads },
    { beganMin: 4 * DAY, isForgetful, reads: [...early, ...lateTicks] },
  ];
  const once = [`${2 * DAY - HOUR} first_notification firing lasting`];
  const reminder = `${4 * DAY - HOUR - 1} repeat firing lasting`;
  expect(livesOf(lives(false))).toEqual([once, [...once, reminder]]);
  expect(livesOf(lives(true))[1], 'negative control').toEqual([
    `${4 * DAY - HOUR} first_notification firing lasting`,
  ]);
});

test('two lives in a row that were killed: each is lived again as it was, and then its own begins', () => {
  const read = [...early, ...later, ...last, tick((2 * DAY + 2) * MINUTE_MS)];
  const [first, second, third] = livesOf([
    { beganMin: -1, saidUntilMin: 3, reads: early },
    { beganMin: 2 * DAY, saidUntilMin: 2 * DAY + 2, reads: read },
    { beganMin: 4 * DAY, reads: [...read, ...lateTicks] },
  ]).map((life) => life.filter((line) => line.endsWith('surge')));
  expect(first).toEqual(live.slice(1, 2));
  expect(second).toEqual([...live.slice(1), `${2 * DAY + 1} first_notification firing surge`]);
  expect(third).toEqual([...(second ?? []), `${2 * DAY + 7} resolved resolved surge`]);
});
