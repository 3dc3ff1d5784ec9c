/** Goal: who asks is not left waiting for a broker that is away, is told that the same may be sent again, and what was given
 *  up is not sent later. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCommands } from '../../../src/app/services/commands.service.ts';
import { StreamPages } from '../../../src/app/services/stream-pages.ts';
import type { OutboundMessage } from '../../../src/core/bus/bus.port.ts';
import type { AlertCommand } from '../../../src/core/notify/command.ts';
import { memoryBus, withPublish } from '../../support/bus.ts';

const COMMAND: AlertCommand = {
  ...{ id: 'a-1', pipeline: 'acme', action: 'acknowledge', by: 'mia', atMs: 1, alert: 'acme/any//2026' },
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A broker that is away until `comeBack`. */
async function away() {
  const real = await memoryBus();
  const sent: OutboundMessage[] = [];
  const settle: (() => void)[] = [];
  const bus = withPublish(real, (message) => {
    sent.push(message);
    return new Promise((resolve) => {
      settle.push(() => resolve({ stream: 'EARSHOT_AUDIT', sequence: 1, duplicate: false }));
    });
  });
  const comeBack = () => {
    for (const one of settle.splice(0)) one();
  };
  return { commands: createCommands(bus, new StreamPages(bus)), sent, comeBack };
}

test('it is given up after five seconds, with its id, and not sent any more', async () => {
  const { commands, sent } = await away();
  const answer = commands.command(COMMAND);
  const refused = expect(answer).rejects.toMatchObject({
    ...{ status: 503, code: 'UNCONFIRMED', canRetry: true },
    message: expect.stringContaining("send the same again with id 'a-1'") as string,
  });
  await vi.advanceTimersByTimeAsync(4_999);
  expect(sent.map(({ id, mayBeSent }) => [id, mayBeSent?.()])).toEqual([['a-1', true]]);
  await vi.advanceTimersByTimeAsync(1);
  await refused;
  expect(sent[0]?.mayBeSent?.()).toBe(false);
});

test('so many wait; further ones are refused at once, until the broker is back', async () => {
  const { commands, comeBack } = await away();
  const waiting = Array.from({ length: 256 }, (_, at) => commands.command({ ...COMMAND, id: `a-${at}` }));
  await expect(commands.command(COMMAND)).rejects.toMatchObject({ status: 503, code: 'BUSY' });
  comeBack();
  await Promise.all(waiting);
  const next = commands.command(COMMAND);
  comeBack();
  await expect(next).resolves.toEqual({ duplicate: false });
});
