/** Flap damping. Bad news is told as it comes; that it is over is told only when it has stayed over, for longer each time
 *  that this proved wrong. */

export interface FlapTiming {
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
}

const GROWTH = 3;
/** More than any step from `groupInterval` to `repeatInterval` can need: 3^20 seconds are a century. */
const LEVEL_MAX = 20;

/** How long an alert has to stay resolved before that is told: nothing at level 0, then `groupInterval` times 3, 9, 27 …, at
 *  most `repeatInterval`. */
export function quietMs(level: number, { groupIntervalMs, repeatIntervalMs }: FlapTiming): number {
  return level === 0 ? 0 : Math.min(repeatIntervalMs, groupIntervalMs * GROWTH ** level);
}

/** It fires again before people were told that it had resolved. */
export function levelAfterUntoldReturn(level: number): number {
  return Math.max(1, level);
}

/** It fires again, and nobody believed that it did: one level down for each `repeatInterval` that it was quiet, and one up
 *  when people had been told that it was over. */
export function levelAfterReturn(
  level: number,
  isEndTold: boolean,
  wasQuietMs: number,
  { repeatIntervalMs }: FlapTiming,
): number {
  const decayed = level + (isEndTold ? 1 : 0) - Math.floor(wasQuietMs / repeatIntervalMs);
  return Math.min(LEVEL_MAX, Math.max(0, decayed));
}

/** Whether it has been quiet for so long that its level means nothing any more. */
export function isForgotten(level: number, wasQuietMs: number, { repeatIntervalMs }: FlapTiming): boolean {
  return wasQuietMs >= (level + 1) * repeatIntervalMs;
}
