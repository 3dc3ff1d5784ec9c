/** Goal: what must leave now leaves at the end of the turn; what may wait leaves with it, or alone a little later, and never twice. */
import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { NatsFrame } from '../../../src/adapters/nats/nats-inlet.ts';
import { NatsWire } from '../../../src/adapters/nats/nats-wire.ts';

const NEVER_MS = 10_000;
const SOON_MS_MAX = 20;

let sent: string[];
let wire: NatsWire;
beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  const sendCommand = (bytes: Uint8Array) => void sent.push(Buffer.from(bytes).toString());
  wire = new NatsWire({ protocol: { sendCommand } } as unknown as NatsConnection);
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

function delivery(reply: string): NatsFrame {
  const bytes = Buffer.from(`MSG a 7 ${reply} 0`);
  const [replyFrom, replyTo] = [8, 8 + reply.length];
  return { bytes, subjectFrom: 4, subjectTo: 5, replyFrom, replyTo, headersFrom: 0, dataFrom: 0, dataTo: 0 };
}

const ACK = 'PUB r1 4\r\n+ACK\r\n';
const MESSAGE = 'PUB a r2 1\r\nx\r\n';
const publish = () => wire.publish('a', 'r2', undefined, Buffer.from('x'));

test('what may wait leaves with what is published next', async () => {
  wire.respond(delivery('r1'), '+ACK', 'soon');
  await Promise.resolve();
  expect(sent).toEqual([]);
  publish();
  await Promise.resolve();
  expect(sent).toEqual([ACK + MESSAGE]);
  await vi.advanceTimersByTimeAsync(NEVER_MS);
  expect(sent).toHaveLength(1);
});

test('and alone when nothing is published', async () => {
  for (let at = 0; at < 2; at += 1) {
    wire.respond(delivery('r1'), '+ACK', 'soon');
    await vi.advanceTimersByTimeAsync(SOON_MS_MAX);
    expect(sent).toEqual([...(at === 0 ? [] : [ACK]), ACK]);
  }
});

test('it does not hold back what must leave now, whatever came first', async () => {
  publish();
  wire.respond(delivery('r1'), '+ACK', 'soon');
  await Promise.resolve();
  expect(sent).toEqual([MESSAGE + ACK]);
  wire.respond(delivery('r1'), '+ACK', 'soon');
  wire.respond(delivery('r3'), '-NAK', 'now');
  await Promise.resolve();
  expect(sent[1]).toBe(`${ACK}PUB r3 4\r\n-NAK\r\n`);
});

test('a flush sends it at once', () => {
  wire.respond(delivery('r1'), '+ACK', 'soon');
  wire.flush();
  wire.flush();
  expect(sent).toEqual([ACK]);
});

test('more than the room holds leaves in order', async () => {
  const large = Buffer.alloc(300_000, 'y');
  wire.respond(delivery('r1'), '+ACK', 'soon');
  wire.publish('a', 'r2', undefined, large);
  publish();
  await Promise.resolve();
  expect(sent.join('')).toBe(`${ACK}PUB a r2 300000\r\n${large.toString()}\r\n${MESSAGE}`);
});
