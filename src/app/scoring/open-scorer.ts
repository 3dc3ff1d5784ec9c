/** Where plans are made: here, or in a thread of their own. */
import {
  createScorer,
  type Plan,
  type PlanInput,
  type Scorer,
  type ScorerOptions,
} from '../../core/scorer/scorer.ts';

export interface OpenScorer extends Scorer {
  /** Deliveries that are best planned together. */
  readonly planDeliveries: number;
  /** As that of a scorer; `pending` messages wait at the broker behind these, none unless told. */
  plan(batch: readonly PlanInput[], pending?: number): Plan | Promise<Plan>;
  /** Rejects when it cannot be opened. */
  readonly ready: Promise<void>;
  /** Resolves with the reason when no further plan can be made; stays open otherwise. */
  readonly lost: Promise<Error>;
  close(): Promise<void>;
}

export type OpenScorerAs = (options: ScorerOptions) => OpenScorer;

/** Enough to share the cost of a plan, few enough that what one stage makes is still in the processor's cache when the next one
 *  reads it (measured: 32 take a quarter less than 200). */
const PLAN_DELIVERIES = 32;

const NEVER = new Promise<never>(() => undefined);

/** In the thread that calls it. */
export const openHere: OpenScorerAs = (options) => {
  const scorer = createScorer(options);
  return {
    planDeliveries: PLAN_DELIVERIES,
    plan: (batch) => scorer.plan(batch),
    bury: scorer.bury,
    ready: Promise.resolve(),
    lost: NEVER,
    close: () => Promise.resolve(),
  };
};
