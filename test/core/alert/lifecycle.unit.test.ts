/** Goal: each step of an alert's life and the reason it gives. A step is `<second> <finding>`: `+` the condition holds, `-`
 *  it does not, `r` it does not and resolveWhen holds, `0` there is no data, `x` the posts were taken back; the answer is the
 *  state entered, or `.`, and the reason. */
import { expect, test } from 'vitest';
import {
  decide,
  dueMs,
  INACTIVE,
  type Lifecycle,
  type LifecycleRule,
} from '../../../src/core/alert/lifecycle.ts';

interface Settings {
  readonly for?: number;
  readonly keep?: number;
  readonly hysteresis?: boolean;
  readonly cooldown?: number;
  readonly onNoData?: LifecycleRule['onNoData'];
}

function ruleOf({ for: wait = 0, keep = 0, cooldown = 0, onNoData }: Settings): LifecycleRule {
  const times = { forMs: wait * 1_000, keepFiringForMs: keep * 1_000, cooldownMs: cooldown * 1_000 };
  return onNoData ? { ...times, onNoData } : times;
}

test.each<[string, Settings, [string, string][]]>([
  ['nothing happens', {}, [['0 -', '. condition_not_met']]],
  [
    'without `for` it fires at once and ends at once',
    {},
    [
      ['0 +', 'firing condition_met'],
      ['1 +', '. still_firing'],
      ['2 -', 'resolved condition_ended'],
      ['3 -', '. condition_not_met'],
      ['4 +', 'firing condition_met'],
    ],
  ],
  [
    'with `for` it waits, and fires when that is over',
    { for: 2 },
    [
      ['0 +', 'pending condition_met'],
      ['1 +', '. waiting_for'],
      ['2 +', 'firing held_for'],
      ['3 +', '. still_firing'],
    ],
  ],
  [
    'an end while pending starts the wait anew',
    { for: 2 },
    [
      ['0 +', 'pending condition_met'],
      ['1 -', 'inactive condition_ended_while_pending'],
      ['2 +', 'pending condition_met'],
      ['3 +', '. waiting_for'],
      ['4 +', 'firing held_for'],
    ],
  ],
  [
    'keepFiringFor holds it, and a return starts that anew',
    { keep: 2 },
    [
      ['0 +', 'firing condition_met'],
      ['1 -', '. held_by_keep_firing'],
      ['2 +', '. still_firing'],
      ['3 -', '. held_by_keep_firing'],
      ['4 -', '. held_by_keep_firing'],
      ['5 -', 'resolved condition_ended'],
    ],
  ],
  [
    'resolveWhen holds it until it is met',
    { hysteresis: true },
    [
      ['0 +', 'firing condition_met'],
      ['1 -', '. held_by_resolve_when'],
      ['9 r', 'resolved condition_ended'],
    ],
  ],
  [
    'resolveWhen, then keepFiringFor; between the two thresholds it starts anew',
    { hysteresis: true, keep: 2 },
    [
      ['0 +', 'firing condition_met'],
      ['1 r', '. held_by_keep_firing'],
      ['2 -', '. held_by_resolve_when'],
      ['3 r', '. held_by_keep_firing'],
      ['5 r', 'resolved condition_ended'],
    ],
  ],
  [
    'after a resolve it cools down: what holds through it fires at its end',
    { cooldown: 5 },
    [
      ['0 +', 'firing condition_met'],
      ['1 -', 'resolved condition_ended'],
      ['2 -', '. condition_not_met'],
      ['3 +', 'pending cooling_down'],
      ['5 +', '. cooling_down'],
      ['6 +', 'firing held_for'],
    ],
  ],
  [
    'what ends within the cooldown does not fire',
    { cooldown: 5 },
    [
      ['0 +', 'firing condition_met'],
      ['1 -', 'resolved condition_ended'],
      ['2 +', 'pending cooling_down'],
      ['3 -', 'inactive condition_ended_while_pending'],
      ['4 +', 'pending cooling_down'],
      ['6 +', 'firing held_for'],
    ],
  ],
  [
    '`for` and the cooldown pass together; the later one counts',
    { cooldown: 5, for: 3 },
    [
      ['0 +', 'pending condition_met'],
      ['3 +', 'firing held_for'],
      ['4 -', 'resolved condition_ended'],
      ['5 +', 'pending condition_met'],
      ['7 +', '. waiting_for'],
      ['8 +', '. cooling_down'],
      ['9 +', 'firing held_for'],
      ['10 -', 'resolved condition_ended'],
      ['14 +', 'pending condition_met'],
      ['16 +', '. waiting_for'],
      ['17 +', 'firing held_for'],
    ],
  ],
  [
    'a cooldown that is over is over',
    { cooldown: 5 },
    [
      ['0 +', 'firing condition_met'],
      ['1 -', 'resolved condition_ended'],
      ['6 +', 'firing condition_met'],
    ],
  ],
  [
    'no data is ok: the condition does not hold',
    { onNoData: 'ok', hysteresis: true, keep: 1 },
    [
      ['0 0', '. no_data'],
      ['1 +', 'firing condition_met'],
      ['2 0', '. held_by_keep_firing'],
      ['3 0', 'resolved no_data'],
    ],
  ],
  [
    'no data keeps all as it is, and does not count as waiting',
    { onNoData: 'keep', for: 3 },
    [
      ['0 0', '. held_by_no_data'],
      ['1 +', 'pending condition_met'],
      ['3 0', '. held_by_no_data'],
      ['9 0', '. held_by_no_data'],
      ['10 +', '. waiting_for'],
      ['11 +', 'firing held_for'],
      ['12 0', '. held_by_no_data'],
      ['13 -', 'resolved condition_ended'],
    ],
  ],
  [
    'nor does it count as having ended',
    { onNoData: 'keep', keep: 3 },
    [
      ['0 +', 'firing condition_met'],
      ['1 -', '. held_by_keep_firing'],
      ['2 0', '. held_by_no_data'],
      ['9 -', '. held_by_keep_firing'],
      ['11 -', 'resolved condition_ended'],
    ],
  ],
  [
    'no data alerts',
    { onNoData: 'alert', for: 2 },
    [
      ['0 0', 'pending no_data'],
      ['1 0', '. waiting_for'],
      ['2 0', 'firing held_for'],
      ['3 0', '. no_data'],
      ['4 -', 'resolved condition_ended'],
    ],
  ],
  ['without a word on it, the condition judges zeros', {}, [['0 0', '. condition_not_met']]],
  [
    'taken back: it ends at once, and nothing cools down',
    { keep: 9, cooldown: 9, hysteresis: true },
    [
      ['0 +', 'firing condition_met'],
      ['1 x', 'resolved retracted'],
      ['2 +', 'firing condition_met'],
    ],
  ],
  [
    'taken back while pending',
    { for: 9 },
    [
      ['0 +', 'pending condition_met'],
      ['1 x', 'inactive retracted'],
    ],
  ],
])('%s', (_why, settings, steps) => {
  const rule = ruleOf(settings);
  let lifecycle: Lifecycle = INACTIVE;
  const answers = steps.map(([step]) => {
    const [second, finding] = step.split(' ');
    const decision = decide(
      lifecycle,
      {
        nowMs: Number(second) * 1_000,
        conditionHolds: finding === '+',
        resolveHolds: settings.hysteresis ? finding === 'r' : undefined,
        hasData: finding !== '0',
        retracted: finding === 'x',
      },
      rule,
    );
    ({ lifecycle } = decision);
    return [step, `${decision.enters ?? '.'} ${decision.reason}`];
  });
  expect(answers).toEqual(steps);
});

test('a condition that holds together with resolveWhen keeps firing', () => {
  const firing = { phase: 'firing', startMs: 0, firedMs: 0 } as const;
  const finding = { conditionHolds: true, resolveHolds: true, nowMs: 1 };
  expect(decide(firing, finding, { forMs: 0, keepFiringForMs: 0 }).reason).toBe('still_firing');
});

test.each<[Lifecycle, number]>([
  [INACTIVE, Number.POSITIVE_INFINITY],
  [{ phase: 'pending', startMs: 5 }, 15],
  [{ phase: 'firing', startMs: 5, firedMs: 15 }, Number.POSITIVE_INFINITY],
  [{ phase: 'firing', startMs: 5, firedMs: 15, endedMs: 20 }, 120],
  [{ phase: 'inactive', coolingUntilMs: 40 }, 40],
  [{ phase: 'pending', startMs: 5, coolingUntilMs: 40 }, 40],
  [{ phase: 'pending', startMs: 5, lostMs: 7, coolingUntilMs: 6 }, 22],
  [{ phase: 'pending', startMs: 5, frozenMs: 7 }, Number.POSITIVE_INFINITY],
  [{ phase: 'firing', startMs: 5, firedMs: 15, endedMs: 20, frozenMs: 30 }, Number.POSITIVE_INFINITY],
])('%o is due at %d', (lifecycle, due) => {
  expect(dueMs(lifecycle, { forMs: 10, keepFiringForMs: 100 })).toBe(due);
});
