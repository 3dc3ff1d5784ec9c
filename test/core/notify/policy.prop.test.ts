/** Goal: whatever fires, and whatever people do about it, the policy keeps its promises: no notification without a change
 *  or a due reminder, every end is told, nothing is lost for good, flapping is bounded, and neither a restart nor the
 *  moments at which it is asked change a word. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AlertCommand } from '../../../src/core/notify/command.ts';
import type { Notification } from '../../../src/core/notify/notification.ts';
import { parseMatcher } from '../../../src/core/notify/matcher.ts';
import type { PolicyOutput, PolicyState } from '../../../src/core/notify/policy.ts';
import {
  alertOf,
  DAY,
  HOUR,
  line,
  ms,
  notificationsOf,
  play,
  policyOf,
  START_MS,
  type Step,
} from './stage.ts';

const CONFIG = {
  inhibit: [{ source: ['rule=wide'], target: ['rule=surge', 'channel!=c'] }],
  mute: [{ matchers: ['channel=b'], timeZone: 'America/New_York', from: '12:00', to: '13:30' }],
  digest: { severities: ['notify'], every: '2h' },
  pageBudget: { pages: 4, per: '6h' },
};
const PLAIN = {};
const SERIES = ['surge:a', 'surge:b', 'surge:c', 'wide', 'low:a', 'drop'] as const;
const REPEAT_S = 4 * HOUR;
const INTERVAL_S = 300;

interface Life {
  readonly series: string;
  readonly startS: number;
  readonly endS: number;
}

/** Of each series, alerts that follow each other: flaps of seconds, and some that stay. */
const lives = fc
  .array(
    fc.record({
      series: fc.constantFrom(...SERIES),
      gapS: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 3_000 }), fc.nat(40_000)),
      lengthS: fc.oneof(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 3_000 }), fc.nat(40_000)),
    }),
    { maxLength: 40 },
  )
  .map((all) => {
    const freeS = new Map<string, number>();
    return all.map(({ series, gapS, lengthS }): Life => {
      const startS = (freeS.get(series) ?? 0) + gapS;
      const endS = startS + lengthS + 1;
      freeS.set(series, endS);
      return { series, startS, endS };
    });
  });

const commands = (of: readonly Life[]) =>
  fc
    .array(
      fc.record({
        atS: fc.nat(60_000),
        lengthS: fc.integer({ min: 1, max: 20_000 }),
        matcher: fc.constantFrom('channel=a', 'rule=surge', 'severity!=page', 'rule=~"s.*|wide"'),
        action: fc.constantFrom('silence', 'acknowledge', 'unacknowledge', 'unsilence'),
        life: fc.nat(Math.max(0, of.length - 1)),
      }),
      { maxLength: 12 },
    )
    .map((all) =>
      all.map(({ atS, lengthS, matcher, action, life }, index): Step => {
        const { series = 'surge:a', startS = 0 } = of[life] ?? {};
        const base = { id: `c${index}`, pipeline: 'p', by: 'ann', atMs: ms(atS), comment: '' };
        const command = {
          ...base,
          action,
          alert: alertOf(series, startS, 'firing').id,
          silence: `c${index - 1}`,
          matchers: [parseMatcher(matcher)],
          startsMs: ms(atS + (lengthS % 7)),
          endsMs: ms(atS + 7 + lengthS),
        } as AlertCommand;
        return { atS, command };
      }),
    );

function stepsOf(all: readonly Life[], others: readonly Step[] = []): Step[] {
  const alerts = all.flatMap(({ series, startS, endS }): Step[] => [
    { atS: startS, alert: alertOf(series, startS, 'firing') },
    { atS: endS, alert: alertOf(series, startS, 'resolved', endS) },
  ]);
  return [...alerts, ...others].sort((left, right) => left.atS - right.atS);
}

const played = lives.chain((all) => commands(all).map((others) => stepsOf(all, others)));

function endOf(steps: readonly Step[]): number {
  return (steps.at(-1)?.atS ?? 0) + 3 * DAY;
}

function secondOf({ at }: Notification): number {
  return (Date.parse(at) - START_MS) / 1_000;
}

test('every notification but a due reminder tells something new; ends follow what was told, and are all told', () => {
  fc.assert(
    fc.property(played, (steps) => {
      const said = notificationsOf(play(policyOf(CONFIG), steps, endOf(steps)));
      assertHonest(said);
    }),
    { numRuns: 80 },
  );
});

/** Throws when a list of notifications breaks a promise. */
function assertHonest(said: readonly Notification[]): void {
  const state = new Map<string, 'firing' | 'resolved'>();
  const lastS = new Map<string, number>();
  expect(new Set(said.map(({ id }) => id)).size).toBe(said.length);
  for (const notification of said) {
    const { id, reason, status, alerts } = notification;
    expect(id).toMatch(/^[!-~]+$/);
    expect(id).not.toContain('.');
    const nowS = secondOf(notification);
    const key = id.slice(0, id.lastIndexOf('/'));
    const sinceS = nowS - (lastS.get(key) ?? -DAY);
    lastS.set(key, nowS);
    if (reason !== 'digest') expect(sinceS).toBeGreaterThanOrEqual(INTERVAL_S);
    const news = alerts.filter((alert) => state.get(alert.id) !== alert.state);
    if (reason !== 'repeat') expect(news.length, line(notification)).toBeGreaterThan(0);
    expect(alerts.some((alert) => alert.state === 'firing')).toBe(status === 'firing');
    for (const alert of alerts) {
      const before = state.get(alert.id);
      expect(before, 'told after its end').not.toBe('resolved');
      if (alert.state === 'resolved' && reason !== 'digest')
        expect(before, 'an end of nothing').toBe('firing');
      expect(Date.parse(alert.at)).toBeLessThanOrEqual(ms(nowS));
      state.set(alert.id, alert.state === 'firing' ? 'firing' : 'resolved');
    }
  }
  expect(
    [...state.values()].filter((one) => one === 'firing'),
    'ends never told',
  ).toEqual([]);
}

test.each<[string, (said: readonly Notification[]) => readonly Notification[]]>([
  ['an end left out', (said) => said.slice(0, -1)],
  ['one told twice', (said) => [...said, ...said.slice(-1)]],
  ['an end before its beginning', (said) => said.toReversed()],
])('negative control: %s is seen', (_why, spoil) => {
  const said = notificationsOf(play(policyOf(), stepsOf([{ series: 'drop', startS: 0, endS: 900 }]), DAY));
  expect(said).toHaveLength(2);
  assertHonest(said);
  expect(() => assertHonest(spoil(said))).toThrow();
});

test('without anything that holds it back, whatever fires for a groupInterval and groupWait is told in time', () => {
  fc.assert(
    fc.property(lives, (all) => {
      const steps = stepsOf(all);
      const said = notificationsOf(play(policyOf(PLAIN), steps, endOf(steps)));
      for (const { series, startS, endS } of all) {
        if (endS - startS <= INTERVAL_S + 10) continue;
        const { rule } = alertOf(series, startS, 'firing');
        const inTime = said.filter(
          (one) =>
            one.group.rule === rule && secondOf(one) <= startS + INTERVAL_S + 10 && one.status === 'firing',
        );
        // Told by its own id, or within a flapping series that people believe to fire already.
        const believed = inTime.some(({ alerts }) => alerts.some(({ summary }) => summary === series));
        expect(believed, `${series} ${startS}`).toBe(true);
      }
    }),
    { numRuns: 80 },
  );
});

test('what was held back and still fires when nothing holds it any more is told: none is lost for good', () => {
  fc.assert(
    fc.property(lives, fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 6 }), (all, ends) => {
      const silences = ends.map((endS, index): Step => {
        const matchers = [parseMatcher(['channel=a', 'rule=surge', 'rule!=surge'][index % 3] ?? '')];
        const base = { id: `s${index}`, pipeline: 'p', by: 'ann', atMs: 0, comment: '', matchers } as const;
        return { atS: 0, command: { ...base, action: 'silence', startsMs: ms(0), endsMs: ms(endS) } };
      });
      const freeS = Math.max(0, ...ends);
      const staying = SERIES.map((series): Life => ({
        series,
        startS: freeS + 50_000,
        endS: freeS + 150_000,
      }));
      const early = all.filter(({ endS }) => endS < freeS + 50_000);
      const steps = stepsOf([...early, ...staying], silences);
      const said = notificationsOf(
        play(policyOf({ ...CONFIG, inhibit: [], pageBudget: undefined }), steps, freeS + 149_000),
      );
      const last = (series: string) =>
        said.findLast(({ alerts }) => alerts.some(({ summary }) => summary === series))?.alerts ?? [];
      for (const { series } of staying)
        expect(
          last(series).find(({ summary, state }) => summary === series && state === 'firing'),
        ).toBeDefined();
    }),
    { numRuns: 50 },
  );
});

test('flapping in whatever pattern: a bounded number a day, the first in time, the last one true', () => {
  const pattern = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 900 })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(pattern, fc.boolean(), (pairs, isFast) => {
      const all: Life[] = [];
      let atS = 0;
      for (let index = 0; atS < DAY; index++) {
        const [onS = 1, offS = 1] = pairs[index % pairs.length] ?? [];
        const divisor = isFast ? 15 : 1;
        const endS = atS + Math.ceil(onS / divisor);
        all.push({ series: 'surge', startS: atS, endS });
        atS = endS + Math.ceil(offS / divisor);
      }
      const said = notificationsOf(play(policyOf(), stepsOf(all), 3 * DAY));
      expect(said.length).toBeLessThanOrEqual(isFast ? 9 : 18);
      // Told when groupWait is over, or when it next fires.
      const first = all.find(({ endS }) => endS > 10);
      expect(said[0] && secondOf(said[0])).toBe(Math.max(10, first?.startS ?? 0));
      expect(said.at(-1)?.status).toBe('resolved');
      assertHonest(said);
    }),
    { numRuns: 20 },
  );
});

test('the worst there is: what waits each time until it was believed, then proves it wrong', () => {
  const policy = policyOf();
  let told = 0;
  let alert = alertOf('surge', 0, 'firing');
  for (let second = 0; second < DAY; second++) {
    policy.onAlert(alert, ms(second));
    const wasTold = notificationsOf(policy.advance(ms(second))).length > 0;
    if (!wasTold) continue;
    told++;
    const isOver = alert.state === 'resolved';
    alert = alertOf(
      'surge',
      isOver ? second + 1 : (Date.parse(alert.startsAt) - START_MS) / 1_000,
      isOver ? 'firing' : 'resolved',
      second + 1,
    );
  }
  expect(told).toBe(17);
});

test('negative control: without damping a flapping rule breaks that bound', () => {
  const all = Array.from({ length: 1_440 }, (_, index): Life => ({
    series: 'surge',
    startS: index * 60,
    endS: index * 60 + 30,
  }));
  const undamped = policyOf({ groupInterval: '1s', repeatInterval: '1m', groupWait: '1s' });
  expect(notificationsOf(play(undamped, stepsOf(all), DAY)).length).toBeGreaterThan(20);
});

function run(steps: readonly Step[], untilS: number, restartAt: number, isLossy = false): PolicyOutput[] {
  let policy = policyOf(CONFIG);
  const said: PolicyOutput[] = [];
  for (const [index, step] of steps.entries()) {
    if (index === restartAt) {
      const state = JSON.parse(JSON.stringify(policy.snapshot())) as PolicyState;
      policy = policyOf(CONFIG, [], isLossy ? { ...state, series: [] } : state);
    }
    if ('alert' in step) policy.onAlert(step.alert, ms(step.atS));
    else policy.onCommand(step.command, ms(step.atS));
    if (steps[index + 1]?.atS !== step.atS) said.push(...policy.advance(ms(step.atS)));
  }
  return [...said, ...policy.advance(ms(untilS))];
}

test('saved at any moment and restored, it says the same, under the same ids', () => {
  fc.assert(
    fc.property(played, fc.nat(90), (steps, at) => {
      expect(run(steps, endOf(steps), at)).toEqual(run(steps, endOf(steps), -1));
    }),
    { numRuns: 80 },
  );
});

test('negative control: a state without its series says something else', () => {
  const steps = stepsOf([{ series: 'drop', startS: 0, endS: 900 }]);
  expect(run(steps, DAY, 1, true)).not.toEqual(run(steps, DAY, -1));
});

test('it does not matter at which other moments it is asked', () => {
  fc.assert(
    fc.property(played, fc.array(fc.nat(80_000), { maxLength: 30 }), (steps, moments) => {
      const policy = policyOf(CONFIG);
      const said: PolicyOutput[] = [];
      // Never at the moment of a step: a watcher hands over the alerts of a moment before it goes on to it.
      const asked = moments.map((second) => ({ atS: second + 0.5 }));
      const all = [...steps, ...asked].sort((left, right) => left.atS - right.atS);
      for (const [index, step] of all.entries()) {
        if ('alert' in step) policy.onAlert(step.alert, ms(step.atS));
        else if ('command' in step) policy.onCommand(step.command, ms(step.atS));
        if (all[index + 1]?.atS === step.atS) continue;
        const dueMs = policy.dueMs;
        const outputs = policy.advance(ms(step.atS));
        if (outputs.length > 0) expect(dueMs).toBeLessThanOrEqual(ms(step.atS));
        said.push(...outputs);
      }
      said.push(...policy.advance(ms(endOf(steps))));
      expect(said).toEqual(play(policyOf(CONFIG), steps, endOf(steps)));
    }),
    { numRuns: 80 },
  );
});

test('reminders are at least a repeatInterval apart, unless something that held them back has ended', () => {
  fc.assert(
    fc.property(lives, (all) => {
      const said = notificationsOf(play(policyOf(PLAIN), stepsOf(all), endOf(stepsOf(all))));
      for (const [index, one] of said.entries()) {
        if (one.reason !== 'repeat') continue;
        const before = said.slice(0, index).findLast(({ group }) => group.rule === one.group.rule);
        expect(before && secondOf(one) - secondOf(before)).toBeGreaterThanOrEqual(REPEAT_S);
      }
    }),
    { numRuns: 50 },
  );
});
