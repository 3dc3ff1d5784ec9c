/** Which faults strike when, drawn from a seed. */
import { seededRandom } from '../support/random.ts';
import { shuffled } from './plan.ts';

export const FAULTS = [
  'kill worker 0',
  'kill worker 1',
  'kill broker',
  'latency',
  'stall',
  'black hole',
  'half-close',
  'clock forward',
  'clock back',
] as const;
export type FaultName = (typeof FAULTS)[number];

export interface Fault {
  readonly name: FaultName;
  /** Of what is published: 0.4 strikes when two fifths are. */
  readonly at: number;
  /** How long latency, stalls and black holes last. */
  readonly ms: number;
}

/** So many faults of those named, each of them at least once where there are enough, spread over the run. */
export function makeSchedule(names: readonly FaultName[], count: number, seed: number): Fault[] {
  const random = seededRandom(seed ^ 0x5eed);
  const rounds = Math.ceil(count / Math.max(1, names.length));
  const drawn = Array.from({ length: rounds }, () => shuffled(random, names)).flat();
  return drawn.slice(0, count).map((name, index): Fault => {
    const at = (index + 0.2 + 0.6 * random()) / (count + 1);
    return { name, at, ms: Math.round(300 + 1_500 * random()) };
  });
}

export function describeSchedule(faults: readonly Fault[]): string {
  return faults.map(({ name, at, ms }) => `${Math.round(at * 100)}% ${name} (${ms} ms)`).join(', ');
}
