/** What `scorer.thread` says, as a way to open a scorer. */
import { availableParallelism } from 'node:os';
import type { Bus } from '../../core/bus/bus.port.ts';
import type { Settings } from '../config/settings.config.ts';
import { openBalanced } from './balanced-scorer.ts';
import { openHere, type OpenScorerAs } from './open-scorer.ts';
import { openThreaded } from './threaded-scorer.ts';

/** `auto`: by need where there is a processor for a thread, unless nothing outlives the process anyway. */
export function whereToPlan(
  setting: Settings['scorer']['thread'],
  { durable }: Pick<Bus, 'durable'>,
): OpenScorerAs {
  if (setting === 'on') return openThreaded;
  return setting === 'auto' && durable && availableParallelism() > 1 ? openBalanced : openHere;
}
