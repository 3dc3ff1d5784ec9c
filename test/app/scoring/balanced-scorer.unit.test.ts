/** Goal: where deliveries are planned changes nothing of what is planned. */
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { balance } from '../../../src/app/scoring/balanced-scorer.ts';
import { roomForKeys } from '../../../src/core/scorer/recent-keys.ts';
import { createScorer } from '../../../src/core/scorer/scorer.ts';
import { pipelineOf } from '../../support/pipelines.ts';
import { batchOf, comparable, threadBeside } from './thread-beside.ts';

const LIMITS = { payloadBytesMax: 1_048_576, dedupeKeysMax: 1_000 };
const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

/** `isHere` is asked for each batch. */
async function balanced(isHere: (pending: number) => boolean, isShared = true) {
  const pipelines = [await pipelineOf({ dropped: { sample: 1 } })];
  const options = { pipelines, clock: systemClock, random: Math.random, ...LIMITS };
  const keysRoom = roomForKeys({ keysMax: LIMITS.dedupeKeysMax, random: Math.random });
  const beside = await threadBeside(pipelines, { ...LIMITS, keysRoom });
  closes.push(() => beside.scorer.close());
  const here = createScorer({ ...options, keysRoom: isShared ? keysRoom : undefined });
  const place = { isHere: (_: number, pending: number) => isHere(pending), note: () => undefined };
  return {
    scorer: balance(here, beside.scorer, place),
    handedOver: beside.handedOver,
    alone: createScorer(options),
  };
}

interface Given {
  readonly ids: readonly string[];
  readonly isHere: boolean;
  /** Whether the next is planned only then. */
  readonly isAwaited: boolean;
}

const batches: fc.Arbitrary<Given[]> = fc.array(
  fc.record({
    ids: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 4 }),
    isHere: fc.boolean(),
    isAwaited: fc.boolean(),
  }),
  { maxLength: 12 },
);

async function plans(given: readonly Given[], isShared = true) {
  const script = given.map(({ isHere }) => isHere);
  const { scorer, alone } = await balanced(() => script.shift() ?? false, isShared);
  const ended: number[] = [];
  const expected: unknown[] = [];
  const made: Promise<unknown>[] = [];
  let sequence = 1;
  for (const [at, { ids, isAwaited }] of given.entries()) {
    const batch = batchOf(ids, sequence);
    sequence += ids.length;
    expected.push(comparable({ deliveries: (await alone.plan(batch)).deliveries, events: [] }));
    const plan = Promise.resolve(scorer.plan(batch)).then(({ deliveries }) => {
      ended.push(at);
      return comparable({ deliveries, events: [] });
    });
    made.push(plan);
    if (isAwaited) await plan;
  }
  return { made: await Promise.all(made), expected, ended };
}

test('any batches, planned here and beside in any turns: the plans of one scorer, in order', async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (given) => {
      const { made, expected, ended } = await plans(given);
      expect(made).toEqual(expected);
      expect(ended).toEqual(given.map((_, at) => at));
    }),
    { numRuns: 60 },
  );
});

test('control: without one room for both, a copy is not told', async () => {
  const given = [true, false].map((isHere) => ({ ids: ['a'], isHere, isAwaited: true }));
  const { made, expected } = await plans(given, false);
  expect(made).not.toEqual(expected);
});

test('while the thread has something to plan, nothing overtakes it', async () => {
  const { scorer, handedOver } = await balanced((pending) => pending === 0);
  const first = scorer.plan(batchOf(['a']), 1);
  const second = scorer.plan(batchOf(['b']), 0);
  for (const plan of [first, second]) {
    expect(plan).toBeInstanceOf(Promise);
    await plan;
  }
  expect(handedOver).toEqual([1, 1]);
  expect(scorer.plan(batchOf(['c']), 0)).not.toBeInstanceOf(Promise);
  expect(handedOver).toEqual([1, 1]);
});
