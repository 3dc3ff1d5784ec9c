/** Goal: each step of an alert's life and the reason it gives. A step is `<second> <finding>`: `+` the condition holds, `-`
 *  it does not, `r` it does not and resolveWhen holds; the answer is the state entered, or `.`, and the reason. */
import { expect, test } from 'vitest';
import { decide, dueMs, INACTIVE, type Lifecycle } from '../../../src/core/alert/lifecycle.ts';

interface Settings {
  readonly for?: number;
  readonly keep?: number;
  readonly hysteresis?: boolean;
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
])('%s', (_why, settings, steps) => {
  const rule = { forMs: (settings.for ?? 0) * 1_000, keepFiringForMs: (settings.keep ?? 0) * 1_000 };
  let lifecycle: Lifecycle = INACTIVE;
  const answers = steps.map(([step]) => {
    const [second, finding] = step.split(' ');
    const decision = decide(
      lifecycle,
      {
        nowMs: Number(second) * 1_000,
        conditionHolds: finding === '+',
        resolveHolds: settings.hysteresis ? finding === 'r' : undefined,
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
])('%o is due at %d', (lifecycle, due) => {
  expect(dueMs(lifecycle, { forMs: 10, keepFiringForMs: 100 })).toBe(due);
});
