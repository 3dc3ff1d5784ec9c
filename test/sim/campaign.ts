/** Many seeds of one simulation, run after another: what `npm run test:sim` sums up and each run of the tests does in short. */
import { expect } from 'vitest';

/** Each short run draws the same; `npm run test:sim` draws others, and says which. */
export const FIRST_SEED = Number(process.env.EARSHOT_SIM_SEED ?? 944_505);
export const seedsOr = (short: number) => Number(process.env.EARSHOT_SIM_SEEDS ?? short);
/** Within so many runs what is done wrong is found out. */
const CONTROL_SEEDS_MAX = 1_000;
/** Of those that fail so many are told. */
const FAILURES_MAX = 5;

export interface Found {
  /** What should not be: empty for a sound run. */
  readonly wrong: readonly string[];
  /** Over all events: tells whether another run was the same. */
  readonly trace: number;
}

type Counts<T extends Found> = Omit<T, keyof Found> & { readonly seeds: number };

/** Fails for a seed that fails; resolves with the sums of what the runs counted. */
export async function runSeeds<T extends Found>(
  name: string,
  seeds: number,
  run: (seed: number) => Promise<T>,
): Promise<Counts<T>> {
  const startMs = performance.now();
  const all: Record<string, number> = { seeds: 0 };
  const failed: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + seeds && failed.length < FAILURES_MAX; seed += 1) {
    const { wrong, trace, ...counts } = await run(seed);
    for (const [what, count] of Object.entries({ ...counts, seeds: 1 }))
      all[what] = (all[what] ?? 0) + Number(count);
    if (wrong.length === 0) continue;
    failed.push(
      `${name}, seed ${seed}, trace ${trace}: ${wrong.join('; ')}; replay: npm run test:sim -- --seeds 1 --seed ${seed}`,
    );
    process.stdout.write(`failed: ${failed.at(-1)}\n`);
  }
  const ms = Math.round(performance.now() - startMs);
  process.stdout.write(`simulated ${JSON.stringify({ name, ...all, ms })}\n`);
  expect(failed.join('\n'), failed.join('\n')).toBe('');
  return all as Counts<T>;
}

/** The first seed that is found to be wrong. */
export async function firstFailure<T extends Found>(
  run: (seed: number) => Promise<T>,
): Promise<{ readonly seed: number; readonly found: T }> {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + CONTROL_SEEDS_MAX; seed += 1) {
    const found = await run(seed);
    if (found.wrong.length > 0) return { seed, found };
  }
  throw new Error(`nothing is wrong with ${CONTROL_SEEDS_MAX} seeds from ${FIRST_SEED}`);
}
