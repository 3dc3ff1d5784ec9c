/** Goal: what people ask for changes nothing that they were told already: a life that is lived again after a crash carries it
 *  out when it has said again what was said before. */
import { setImmediate as othersTurn } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createMemorySnapshotStore } from '../../../src/adapters/memory/memory-snapshots.ts';
import { startWatcher, type WatcherService } from '../../../src/app/services/watcher.service.ts';
import type { Bus } from '../../../src/core/bus/bus.port.ts';
import { commandMessage } from '../../../src/core/notify/command-codec.ts';
import type { Notification } from '../../../src/core/notify/notification.ts';
import { memoryBus, stored } from '../../support/bus.ts';
import { configOf } from '../../support/pipelines.ts';
import { aTenure } from '../../support/tenure.ts';
import { scoredMessage } from '../../core/window/arrivals.ts';

const HOUR_MS = 3_600_000;
/** Of the event loop: enough for anybody else to read what there is. */
const TURNS = 100;
const pipeline = configOf({
  name: 'p',
  alerts: [{ name: 'surge', when: 'volume >= 3', over: '1m' }],
  window: { pane: '10s', allowedLateness: '0s' },
  notify: { groupWait: '0s', groupInterval: '1s' },
});
const startMs = Math.floor(Date.now() / 60_000) * 60_000 - 2 * 60_000;

let bus: Bus;
let watcher: WatcherService | undefined;
afterEach(async () => {
  await watcher?.stop({ save: false });
  await bus.close();
});

/** The same bus, on which whoever reads SCORED comes last. */
function scoredLast(real: Bus): Bus {
  const read: Bus['read'] = (spec, take) =>
    real.read(spec, async (batch) => {
      for (let turn = 0; spec.stream === 'EARSHOT_SCORED' && turn < TURNS; turn += 1) await othersTurn();
      return take(batch);
    });
  return new Proxy(real, {
    get(target, key) {
      const value: unknown = key === 'read' ? read : Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Its state is lost with it. */
async function live(): Promise<void> {
  const clock = { nowMs: Date.now, monotonicMs: () => performance.now() };
  const nobody = { telemetry: () => undefined, onScored: () => undefined, onAlert: () => undefined };
  const snapshots = createMemorySnapshotStore();
  const options = { bus, snapshots, snapshotEveryMs: HOUR_MS, pipeline, tenure: aTenure(), clock, ...nobody };
  watcher = await startWatcher(options);
}

async function publish(...seconds: number[]): Promise<void> {
  for (const second of seconds) {
    const message = scoredMessage(`post-${second}`, startMs + second * 1_000);
    await bus.publish({ subject: 'earshot.scored.p.x.negative', data: JSON.stringify(message) });
  }
}

async function told(): Promise<string[]> {
  const all = (await stored(bus, 'events')).filter(({ subject }) => subject === 'earshot.notify.p');
  return all.map(({ data }) => (JSON.parse(new TextDecoder().decode(data)) as Notification).status);
}

test('a silence that came after an alert was told does not swallow its end, though the watcher died in between', async () => {
  bus = scoredLast(await memoryBus());
  await live();
  await publish(0, 1, 2, 10);
  await vi.waitFor(async () => expect(await told()).toEqual(['firing']), { timeout: 20_000 });
  await watcher?.stop({ save: false });
  const silence = {
    ...({
      id: 'quiet',
      pipeline: 'p',
      by: 'ann',
      atMs: Date.now(),
      comment: 'seen',
      action: 'silence',
    } as const),
    ...{ startsMs: startMs - HOUR_MS, endsMs: startMs + HOUR_MS },
    matchers: [{ label: 'rule', op: '=', value: 'surge' } as const],
  };
  await bus.publish(commandMessage(silence));
  await live();
  await vi.waitFor(() => expect(watcher?.silences()).toMatchObject([{ id: 'quiet' }]), { timeout: 20_000 });
  await publish(100);
  await vi.waitFor(async () => expect(await told()).toEqual(['firing', 'resolved']), { timeout: 20_000 });
});
