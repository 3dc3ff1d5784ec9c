/** Goal: an input that is planned again with other lines (another worker knows of copies that the first did not) stores no line
 *  twice, and none is taken for stored that is not. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { publishBatches } from '../../../src/app/services/publish-batches.ts';
import { BusError, type Bus, type PublishOutcome } from '../../../src/core/bus/bus.port.ts';
import { joinScored } from '../../../src/core/scorer/batches.ts';
import { scoredId } from '../../../src/core/scorer/outputs.ts';
import { memoryBus, stored } from '../../support/bus.ts';
import { scoredMessage, START_MS } from '../../core/window/arrivals.ts';

const batches = new Map([['p', { messagesMax: 50, gather: false }]]);
let bus: Bus;

beforeEach(async () => {
  bus = await memoryBus();
});
afterEach(() => bus.close());

const outputOf = (id: string) => {
  const message = scoredMessage(id, START_MS);
  return {
    subject: 'earshot.scored.p.x.negative',
    data: JSON.stringify(message),
    id: scoredId('p', message),
  };
};

/** Publishes these lines as what came of the input; `true` where the broker held it already. */
async function publish(place: string, ids: readonly string[], on = bus): Promise<(boolean | string)[]> {
  const outcomes: (boolean | string)[] = [];
  const input = { place, isSingle: ids.length === 1 && ids[0]?.startsWith('single') === true };
  const settled = (at: number, outcome: PublishOutcome) => {
    outcomes[at] = outcome instanceof BusError ? outcome.code : outcome.duplicate;
  };
  await publishBatches(on, ids.map(outputOf), { inputs: ids.map(() => input), batches }, settled);
  return outcomes;
}

const lines = async () =>
  (await stored(bus, 'scored')).map(({ data }) =>
    new TextDecoder()
      .decode(data)
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id),
  );

type Row = readonly [
  what: string,
  before: readonly string[],
  again: readonly string[],
  outcomes: readonly boolean[],
  added: readonly (readonly string[])[],
];
test.each<Row>([
  ['the same', ['a', 'b', 'c'], ['a', 'b', 'c'], [true, true, true], []],
  ['fewer lines', ['a', 'b', 'c'], ['a', 'c'], [true, true], []],
  ['one line left', ['a', 'b', 'c'], ['b'], [true], []],
  ['a line more: it alone is published', ['a', 'b'], ['a', 'b', 'c'], [true, true, false], [['c']]],
  ['other lines', ['a', 'b'], ['c', 'd'], [false, false], [['c'], ['d']]],
  ['a message alone is known by its own id', ['single'], ['single'], [true], []],
])('an input comes again: %s', async (_what, before, again, outcomes, added) => {
  expect(await publish('7.1', before)).toEqual(before.map(() => false));
  expect(await publish('7.1', again)).toEqual(outcomes);
  expect(await lines()).toEqual([before, ...added]);
});

test('a line more that is published alone is known by its id the next time', async () => {
  await publish('7.1', ['a', 'b']);
  await publish('7.1', ['a', 'b', 'c']);
  expect(await publish('7.1', ['a', 'b', 'c'])).toEqual([true, true, true]);
  expect(await lines()).toEqual([['a', 'b'], ['c']]);
});

test('negative control: who takes the word of the broker for it loses the line more', async () => {
  await publish('7.1', ['a', 'b']);
  const outputs = ['a', 'b', 'c'].map(outputOf);
  const input = { place: '7.1', isSingle: false };
  const { messages } = joinScored(
    outputs,
    outputs.map(() => input),
    { batches, payloadBytesMax: 1_000_000 },
  );
  const duplicate: boolean[] = [];
  await bus.publishAll(messages, (_, outcome) => duplicate.push('duplicate' in outcome && outcome.duplicate));
  expect(duplicate).toEqual([true]);
  expect((await lines()).flat()).not.toContain('c');
});

test('other inputs are other batches, and several that come again at once are looked up, however far apart', async () => {
  await publish('7.1', ['a', 'b']);
  for (let number = 0; number < 600; number += 1)
    await bus.publish({ subject: 'earshot.scored.q.x.neutral', data: 'of others' });
  await publish('8.1', ['c', 'd']);
  await publish('9.1', ['e', 'f']);
  const before = (await bus.streamState('EARSHOT_SCORED')).messages;
  const ids = ['a', 'b', 'c', 'x', 'e'];
  const [first, second, third] = ['7.1', '8.1', '9.1'].map((place) => ({ place, isSingle: false }));
  const inputs = [first, first, second, second, third].flatMap((input) => input ?? []);
  const outcomes: boolean[] = [];
  await publishBatches(bus, ids.map(outputOf), { inputs, batches }, (at, outcome) => {
    outcomes[at] = 'duplicate' in outcome && outcome.duplicate;
  });
  expect(outcomes).toEqual([true, true, true, false, true]);
  expect((await bus.streamState('EARSHOT_SCORED')).messages).toBe(before + 1);
});

/** The bus as it is, but for some of what it says. */
function lying(change: Partial<Bus>): Bus {
  return new Proxy(bus, {
    get(target, key) {
      const value: unknown = Reflect.get(change, key) ?? Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

test('what cannot be looked up is not taken for stored: the input is to be delivered again', async () => {
  await publish('7.1', ['a', 'b']);
  const unreadable = lying({
    read: () => ({
      stop: () => Promise.resolve(),
      done: Promise.reject(new Error('the stream is gone')),
      caughtUp: new Promise(() => undefined),
      pending: 0,
      takenUntilMs: Number.POSITIVE_INFINITY,
    }),
  });
  expect(await publish('7.1', ['a', 'c'], unreadable)).toEqual(['BUS_TIMEOUT', 'BUS_TIMEOUT']);
  const vague = lying({
    publishAll: (messages, onSettled) =>
      bus.publishAll(messages, (at, outcome) =>
        onSettled(at, outcome instanceof BusError ? outcome : { ...outcome, sequence: 0 }),
      ),
  });
  expect(await publish('7.1', ['a', 'c'], vague)).toEqual(['BUS_TIMEOUT', 'BUS_TIMEOUT']);
  expect(await lines()).toEqual([['a', 'b']]);
});
