/** Plans in the thread that talks to the bus while that keeps up, and in a thread beside it when it does not. What is planned is the
 *  same: both remember keys in one room, in turns, and in the order in which deliveries come. */
import { roomForKeys } from '../../core/scorer/recent-keys.ts';
import { createScorer, type Plan, type Scorer, type ScorerOptions } from '../../core/scorer/scorer.ts';
import type { OpenScorer } from './open-scorer.ts';
import { PlanPlace } from './plan-place.ts';
import { openThreaded, type Threaded } from './threaded-scorer.ts';

export function openBalanced(options: ScorerOptions): OpenScorer {
  // An engine that computes elsewhere does not end its plan before the next begins.
  if (options.pipelines.some(({ engine }) => engine.kind === 'batch')) return openThreaded(options);
  const { dedupeKeysMax: keysMax, random } = options;
  const shared = { ...options, keysRoom: roomForKeys({ keysMax, random }) };
  return balance(createScorer(shared), openThreaded(shared));
}

/** `here` and `beside` remember in one room. */
export function balance(
  here: Scorer,
  beside: Threaded,
  place: Pick<PlanPlace, 'isHere' | 'note'> = new PlanPlace(),
): OpenScorer {
  const { planDeliveries, bury, ready, lost } = beside;
  return {
    planDeliveries,
    bury,
    ready,
    lost,
    plan(batch, pending = 0) {
      const noted = (plan: Plan): Plan => {
        place.note(plan, batch.length);
        return plan;
      };
      const isHere = place.isHere(batch.length, pending) && beside.isIdle;
      const plan = (isHere ? here : beside).plan(batch);
      return plan instanceof Promise ? plan.then(noted) : noted(plan);
    },
    close: () => beside.close(),
  };
}
