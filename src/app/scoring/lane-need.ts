/** Where deliveries are planned: in the thread that talks to the bus as long as it keeps up, beside it when it falls behind. Handing
 *  a delivery over, and its plan back, costs half of what planning it does; two threads are quicker, not cheaper. */
import type { Plan } from '../../core/scorer/scorer.ts';

/** Work that waits, from which on this thread is behind, and down to which it stays so. */
const BEHIND_MS = 100;
const CAUGHT_UP_MS = 20;
/** Whoever else needs this thread waits no longer than this for a plan. */
const PLAN_MS_MAX = 10;
/** Of what came before, with each further plan, in what a delivery is taken to cost. */
const KEPT_SHARE = 0.9;

export class PlanPlace {
  #isBehind = false;
  /** What planning took of late, and for how many deliveries. */
  #plannedMs = 0;
  #planned = 0;

  /** Whether so many deliveries are to be planned in the thread that asks, where `pending` wait behind them. */
  isHere(deliveries: number, pending: number): boolean {
    if (this.#planned === 0) return false; // Nobody knows how long it would take.
    const costMs = this.#plannedMs / this.#planned;
    this.#isBehind = (deliveries + pending) * costMs > (this.#isBehind ? CAUGHT_UP_MS : BEHIND_MS);
    return !this.#isBehind && deliveries * costMs <= PLAN_MS_MAX;
  }

  /** `plan`: of so many deliveries, made anywhere. */
  note({ events }: Plan, deliveries: number): void {
    let seconds = 0;
    for (const event of events) if (event.type === 'stage_time') seconds += event.seconds;
    this.#plannedMs = this.#plannedMs * KEPT_SHARE + seconds * 1_000;
    this.#planned = this.#planned * KEPT_SHARE + deliveries;
  }
}
