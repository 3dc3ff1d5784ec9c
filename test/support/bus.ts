/** The memory bus with its streams, and what tests ask of a bus. */
import { expect, vi } from 'vitest';
import { publishEach } from '../../src/core/bus/publish-each.ts';
import { createMemoryBus, type MemoryBusOptions } from '../../src/adapters/memory/memory-bus.ts';
import type { Bus, OnSettled, OutboundMessage, StoredMessage } from '../../src/core/bus/bus.port.ts';
import { STREAMS, streamSpecs } from '../../src/core/bus/streams.ts';

export async function memoryBus(options: MemoryBusOptions = {}): Promise<Bus> {
  const bus = createMemoryBus(options);
  await bus.ensureStreams(streamSpecs());
  return bus;
}

/** Everything that a stream holds now. */
export async function stored(bus: Bus, stream: keyof typeof STREAMS): Promise<StoredMessage[]> {
  const { lastSequence, messages } = await bus.streamState(STREAMS[stream]);
  const found: StoredMessage[] = [];
  if (messages === 0) return found;
  await new Promise<void>((resolve) => {
    const reader = bus.read({ stream: STREAMS[stream], from: { sequence: 1 } }, (batch) => {
      found.push(...batch);
      if ((batch.at(-1)?.sequence ?? 0) >= lastSequence) resolve();
    });
    void reader.done;
  });
  return found;
}

/** Resolves when the stream holds so many messages. */
export async function untilStored(
  bus: Bus,
  stream: keyof typeof STREAMS,
  count: number,
): Promise<StoredMessage[]> {
  let seen = 0;
  await new Promise<void>((resolve) => {
    const reader = bus.read({ stream: STREAMS[stream], from: { sequence: 1 } }, (batch) => {
      seen += batch.length;
      if (seen >= count) resolve();
    });
    void reader.done;
  });
  return stored(bus, stream);
}

/** Resolves when nothing of the input waits for the scorers of a group, and all is acknowledged. */
export function untilWorkedOff(bus: Bus, group: string): Promise<void> {
  const done = { pending: 0, unacknowledged: 0 };
  return vi.waitFor(async () => expect(await bus.backlog(STREAMS.in, group)).toEqual(done), {
    timeout: 20_000,
    interval: 5,
  });
}

type Publish = Bus['publish'];

/** The same bus with another `publish`. */
export function withPublish(
  bus: Bus,
  publish: (message: Parameters<Publish>[0], real: Publish) => ReturnType<Publish>,
): Bus {
  return new Proxy(bus, {
    get(target, key) {
      const real: Publish = (message) => target.publish(message);
      const replaced: Publish = (message) => publish(message, real);
      if (key === 'publish') return replaced;
      if (key === 'publishAll')
        return (messages: OutboundMessage[], onSettled: OnSettled) =>
          publishEach({ publish: replaced }, messages, onSettled);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
