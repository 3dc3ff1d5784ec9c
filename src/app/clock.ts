import type { Clock } from '../core/clock/clock.port.ts';

/** The machine's clock. */
export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };
