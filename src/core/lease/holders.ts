/** Who should hold a key, and under which epoch. */
import { hash53 } from '../window/distinct.ts';
import type { Member } from './lease.port.ts';

/** Epochs grow by time as well as by one, so that they go on growing where what was stored is lost. */
export function nextEpoch(previous: number, nowMs: number): number {
  return Math.max(previous + 1, Math.floor(nowMs));
}

/** Rendezvous hashing: the member with the greatest hash of itself and the key, among those that are ready for it; undefined
 *  when none is. All who see the same members name the same one, and a member that comes or goes moves only its own keys. */
export function preferredHolder(key: string, members: readonly Member[]): string | undefined {
  let best: { readonly holder: string; readonly weight: number } | undefined;
  for (const { holder, keys } of members) {
    if (!keys.includes(key)) continue;
    const weight = hash53(`${holder} ${key}`);
    if (!best || weight > best.weight || (weight === best.weight && holder < best.holder))
      best = { holder, weight };
  }
  return best?.holder;
}
