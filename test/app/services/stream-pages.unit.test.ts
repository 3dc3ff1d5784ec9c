/** Goal: pages from the end of a stream backwards hold each message once, whatever else is in between, and cost a bounded
 *  amount. The oracle is the stream read forwards. */
import { expect, test } from 'vitest';
import type { RequestError } from '../../../src/adapters/http/errors.ts';
import { StreamPages } from '../../../src/app/services/stream-pages.ts';
import type { Bus, StoredMessage } from '../../../src/core/bus/bus.port.ts';
import { memoryBus } from '../../support/bus.ts';

const decoder = new TextDecoder();
const source = {
  ...{ stream: 'EARSHOT_EVENTS', filterSubject: 'earshot.alert.a.>' },
  read: ({ data }: StoredMessage) => {
    const number = Number(decoder.decode(data));
    return Number.isNaN(number) ? undefined : number;
  },
};

/** Numbers for a, every `every`th message; what is between is for others, or no number. */
async function fill(messages: number, every: number): Promise<{ bus: Bus; numbers: number[] }> {
  const bus = await memoryBus();
  const numbers: number[] = [];
  for (let at = 1; at <= messages; at += 1) {
    const isOurs = at % every === 0;
    if (isOurs) numbers.push(at);
    const subject = isOurs || at % 2 === 0 ? 'earshot.alert.a.r.firing' : 'earshot.alert.b.r.firing';
    await bus.publish({ subject, data: isOurs ? String(at) : 'no number' });
  }
  return { bus, numbers: numbers.reverse() };
}

async function allPages(bus: Bus, limit: number): Promise<{ seen: number[]; pages: number }> {
  const pages = new StreamPages(bus);
  const seen: number[] = [];
  let before: number | undefined;
  for (let count = 1; ; count += 1) {
    const query = before === undefined ? { limit } : { limit, before };
    const { entries, next } = await pages.page(source, query);
    expect(entries.length).toBeLessThanOrEqual(limit);
    for (const { sequence, value } of entries) expect(sequence).toBe(value);
    seen.push(...entries.map(({ value }) => value));
    if (next === undefined) return { seen, pages: count };
    if (before !== undefined) expect(next).toBeLessThan(before);
    before = next;
  }
}

test.each<[messages: number, every: number, limit: number]>([
  [0, 1, 5],
  [1, 1, 1],
  [10, 1, 10],
  [10, 1, 9],
  [511, 1, 500],
  [513, 1, 512],
  [3_000, 1, 500],
  [3_000, 7, 50],
  [3_000, 1_000, 1],
  [3_000, 2_999, 3],
  [600, 601, 3],
])('%i messages, every %i. is ours, pages of %i', async (messages, every, limit) => {
  const { bus, numbers } = await fill(messages, every);
  expect((await allPages(bus, limit)).seen).toEqual(numbers);
  await bus.close();
});

test('what a page costs is bounded: the next one goes on', async () => {
  const { bus } = await fill(10, 1);
  const read: number[] = [];
  const far = new Proxy(bus, {
    get(target, key) {
      if (key === 'streamState')
        return () => Promise.resolve({ messages: 9e5, bytes: 1, firstSequence: 1, lastSequence: 900_000 });
      if (key !== 'read') return Reflect.get(target, key, target) as unknown;
      return (...[spec]: Parameters<Bus['read']>) => {
        if (spec.from !== 'new') read.push(spec.from.sequence);
        return {
          done: new Promise(() => undefined),
          caughtUp: Promise.resolve(),
          pending: 0,
          stop: () => Promise.resolve(),
        };
      };
    },
  });
  const { entries, next } = await new StreamPages(far).page(source, { limit: 5 });
  expect([entries, next]).toEqual([[], 700_001]);
  expect(read.at(-1)).toBe(700_001);
  expect(read.length).toBeLessThan(10);
  await bus.close();
});

test('so many at once; then they are refused, until one is done', async () => {
  const { bus } = await fill(10, 1);
  const pages = new StreamPages(bus);
  const asked = Array.from({ length: 9 }, () => pages.page(source, { limit: 1 }));
  const answers = await Promise.allSettled(asked);
  const refused = answers.filter((answer) => answer.status === 'rejected');
  expect(refused.map(({ reason }) => (reason as RequestError).code)).toEqual(['UNAVAILABLE']);
  await expect(pages.page(source, { limit: 1 })).resolves.toMatchObject({ entries: [{ value: 10 }] });
  await bus.close();
});
