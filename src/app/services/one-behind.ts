/** Whether a receiver is away, or cannot take one notification, shows in another one: of those that wait behind it in the outbox. */
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Notification } from '../../core/notify/notification.ts';
import { readNotification } from './read-notification.ts';
import { seriesOf } from './set-aside.ts';

/** How many of those behind it are looked at. */
const LOOK_AHEAD_MAX = 100;

export interface Behind {
  readonly stored: StoredMessage;
  readonly notification: Notification;
}

interface Outbox {
  readonly bus: Bus;
  readonly pipeline: string;
  readonly random: () => number;
  /** Those that were delivered out of their turn. */
  readonly isSettled: (stored: StoredMessage) => boolean;
}

/** Any one that is the first to speak of its alerts: what fires is told before it resolves. Not always the next: that may be
 *  like the first. Undefined when there is none. Rejects when the broker cannot be asked. */
export async function oneBehind(
  { sequence }: Pick<StoredMessage, 'sequence'>,
  first: Notification,
  { bus, pipeline, random, isSettled }: Outbox,
): Promise<Behind | undefined> {
  const spoken = new Set(seriesOf(first));
  const candidates: Behind[] = [];
  for (const stored of await storedBehind(sequence, bus, pipeline)) {
    const notification = isSettled(stored) ? undefined : readNotification(stored.data);
    if (!notification) continue;
    const series = seriesOf(notification);
    if (!series.some((key) => spoken.has(key))) candidates.push({ stored, notification });
    for (const key of series) spoken.add(key);
  }
  return candidates[Math.floor(random() * candidates.length)];
}

async function storedBehind(sequence: number, bus: Bus, pipeline: string): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  const spec = {
    stream: STREAMS.events,
    filterSubject: subjects.notify(pipeline),
    from: { sequence: sequence + 1 },
  };
  let enough = (): void => undefined;
  const isEnough = new Promise<void>((resolve) => (enough = resolve));
  const reader = bus.read(spec, (batch) => {
    found.push(...batch);
    if (found.length >= LOOK_AHEAD_MAX) enough();
  });
  await Promise.race([reader.caughtUp, reader.done, isEnough]);
  await reader.stop();
  return found.slice(0, LOOK_AHEAD_MAX);
}
