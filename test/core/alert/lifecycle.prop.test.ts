/** Goal: over random series, no firing without a condition that held `for` in one piece, none in the cooldown, no state out
 *  of turn, and nothing missed by looking only when something is due. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decide,
  dueMs,
  INACTIVE,
  type Decision,
  type Lifecycle,
  type LifecycleRule,
} from '../../../src/core/alert/lifecycle.ts';

const rule = fc.record({
  forMs: fc.nat(6),
  keepFiringForMs: fc.nat(5),
  cooldownMs: fc.nat(8),
  onNoData: fc.constantFrom('ok', 'keep', 'alert'),
}) as fc.Arbitrary<LifecycleRule>;

/** One finding for each moment: mostly the same as before. */
const findings = fc
  .array(fc.tuple(fc.constantFrom('+', '+', '-', '-', 'r', '0', 'x'), fc.integer({ min: 1, max: 9 })), {
    maxLength: 30,
  })
  .map((runs) => runs.flatMap(([finding, length]) => Array.from({ length }, () => finding)));

function step(lifecycle: Lifecycle, finding: string, nowMs: number, by: LifecycleRule): Decision {
  const resolveHolds = finding === 'r' || finding === 'x';
  const whole = {
    conditionHolds: finding === '+',
    resolveHolds,
    hasData: finding !== '0',
    retracted: finding === 'x',
    nowMs,
  };
  return decide(lifecycle, whole, by);
}

const NEXT: Readonly<Record<string, readonly string[]>> = {
  inactive: ['pending', 'firing'],
  pending: ['inactive', 'firing'],
  firing: ['resolved'],
  resolved: ['pending', 'firing'],
};

function assertLife(all: readonly string[], by: LifecycleRule, decideAt: typeof step): void {
  let lifecycle = INACTIVE;
  let state = 'inactive';
  let holdsMs = 0;
  let coolUntilMs = 0;
  for (const [nowMs, finding] of all.entries()) {
    const { lifecycle: after, enters, reason } = decideAt(lifecycle, finding, nowMs, by);
    const holds = finding === '+' || (finding === '0' && by.onNoData === 'alert');
    const isFrozen = finding === '0' && by.onNoData === 'keep';
    if (isFrozen) expect(after.phase).toBe(lifecycle.phase);
    if (enters) expect(NEXT[state]).toContain(enters);
    if (enters === 'firing') {
      expect(holds).toBe(true);
      expect(holdsMs).toBeGreaterThanOrEqual(by.forMs);
      expect(nowMs).toBeGreaterThanOrEqual(coolUntilMs);
    }
    // A condition that has held for long enough fires: none is lost to the cooldown.
    if (holds && holdsMs >= by.forMs && nowMs >= coolUntilMs) expect(after.phase).toBe('firing');
    if (enters === 'resolved' && reason !== 'retracted') coolUntilMs = nowMs + (by.cooldownMs ?? 0);
    if (enters) state = enters;
    if (!isFrozen) holdsMs = holds && state !== 'resolved' ? holdsMs + 1 : 0;
    lifecycle = after;
  }
}

test('alerts live by the rules', () => {
  fc.assert(
    fc.property(findings, rule, (all, by) => assertLife(all, by, step)),
    { numRuns: 1_000 },
  );
});

test.each<[string, (by: LifecycleRule) => LifecycleRule]>([
  ['`for` is forgotten', (by) => ({ ...by, forMs: 0 })],
  ['the cooldown is forgotten', (by) => ({ ...by, cooldownMs: 0 })],
  ['no data is ok', (by) => ({ ...by, onNoData: 'ok' })],
])('negative control: %s', (_why, spoil) => {
  const run = () =>
    fc.assert(
      fc.property(findings, rule, (all, by) =>
        assertLife(all, by, (lifecycle, finding, nowMs) => step(lifecycle, finding, nowMs, spoil(by))),
      ),
      { numRuns: 1_000 },
    );
  expect(run).toThrow();
});

test('to look when the finding changes or something is due is to look at every moment', () => {
  fc.assert(
    fc.property(findings, rule, (all, by) => {
      const eager: string[] = [];
      const lazy: string[] = [];
      let [one, other] = [INACTIVE, INACTIVE];
      for (const [nowMs, finding] of all.entries()) {
        const decision = step(one, finding, nowMs, by);
        if (decision.enters) eager.push(`${nowMs} ${decision.enters}`);
        one = decision.lifecycle;
        if (finding === all[nowMs - 1] && nowMs < dueMs(other, by)) continue;
        const late = step(other, finding, nowMs, by);
        if (late.enters) lazy.push(`${nowMs} ${late.enters}`);
        other = late.lifecycle;
      }
      expect(lazy).toEqual(eager);
    }),
    { numRuns: 1_000 },
  );
});
