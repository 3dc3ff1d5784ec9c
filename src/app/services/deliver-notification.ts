/** What becomes of one notification of the outbox: delivered, tried again, set aside while its receiver refuses it, or given up
 *  by a named limit and then a dead letter. */
import { interval, type SchedulerLike } from 'rxjs';
import type { AlertSink, SinkOutcome } from '../../core/alert/sink.port.ts';
import type { Bus, Delivery } from '../../core/bus/bus.port.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { Notification } from '../../core/notify/notification.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { deadNotification } from './dead-notification.ts';
import { readNotification } from './read-notification.ts';
import type { Origin, SetAside } from './set-aside.ts';

const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 60_000;
/** A broker may deliver once more what it was told is done: nats-server 2.9 does after two crashes within `ackWaitMs`. */
const SETTLED_REMEMBERED_MAX = 100;

export interface GiveUpLimits {
  /** From when the outbox had it. */
  readonly giveUpAfterMs: number;
  /** From when the receiver refused it first. */
  readonly giveUpRefusedAfterMs: number;
}

export interface DeliverOptions extends GiveUpLimits {
  readonly bus: Bus;
  readonly pipeline: string;
  readonly sink: AlertSink;
  /** Names the sink's position in the outbox: the same for the same target across restarts. */
  readonly durable: string;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: () => number;
  /** What a crashed process had in hand is delivered again after this; attempts that take longer ask for more. */
  readonly ackWaitMs: number;
  readonly aside: SetAside;
  readonly scheduler?: SchedulerLike | undefined;
}

/** Where a notification is delivered from. */
interface Place {
  readonly delivery: Delivery;
  readonly origin: Origin;
  /** Undefined in the outbox, where it was not refused before. */
  readonly refusedForMs: number | undefined;
}

interface GivenUp {
  readonly outcome: 'rejected' | 'given_up';
  readonly detail: string;
  readonly limit?: string;
}

export class NotificationDelivery {
  readonly #options: DeliverOptions;
  /** The latest deliveries that were done with. */
  readonly #settled = new Set<string>();

  constructor(options: DeliverOptions) {
    this.#options = options;
  }

  /** Of the outbox. Never rejects. */
  async fromOutbox(delivery: Delivery): Promise<void> {
    await this.#deliver({ delivery, origin: delivery, refusedForMs: undefined }, async (notification) => {
      if (!(await this.#options.aside.isBefore(notification))) return false;
      await this.#setAside(delivery, `${notification.id}: after an earlier one that is refused`);
      return true;
    });
  }

  /** Of what was set aside. Never rejects. */
  async fromAside(delivery: Delivery): Promise<void> {
    const { aside, clock, random } = this.#options;
    // It was tried a moment ago.
    if (delivery.attempt === 1) return delivery.retry(backoffMs(1, random));
    const refusedForMs = clock.nowMs() - delivery.storedAtMs;
    await this.#deliver({ delivery, origin: aside.originOf(delivery), refusedForMs });
  }

  async #deliver(place: Place, isToWait?: (notification: Notification) => Promise<boolean>): Promise<void> {
    const { delivery } = place;
    const { ackWaitMs, scheduler } = this.#options;
    if (this.#settled.has(keyOf(delivery))) return delivery.ack();
    const working = interval(ackWaitMs / 3, scheduler).subscribe(() => {
      delivery.working();
    });
    try {
      const notification = readNotification(delivery.data);
      if (!notification) {
        const detail = `no notification: ${delivery.data.length} bytes`;
        return await this.#bury(place, { outcome: 'rejected', detail });
      }
      if (await isToWait?.(notification)) return;
      await this.#attempt(place, notification);
    } catch (error) {
      this.#tryAgain(delivery, errorText(error)); // The broker could not be asked, or not keep it.
    } finally {
      working.unsubscribe();
    }
  }

  async #attempt(place: Place, notification: Notification): Promise<void> {
    const { sink, telemetry } = this.#options;
    const { delivery, refusedForMs } = place;
    const result = await outcomeOf(() => sink.deliver(notification));
    if (result.outcome === 'delivered') {
      telemetry({ type: 'notification', sink: sink.kind, outcome: 'delivered' });
      return this.#settle(delivery);
    }
    const detail = `${notification.id} ${notification.status}: ${result.detail}`;
    const end = this.#endOf(place, result, detail);
    if (end) return this.#bury(place, end);
    if (result.outcome === 'refused' && refusedForMs === undefined) return this.#setAside(delivery, detail);
    this.#tryAgain(delivery, detail, result.outcome === 'retry' ? result.afterMs : undefined);
  }

  /** Undefined while there is hope. */
  #endOf({ origin, refusedForMs = 0 }: Place, result: SinkOutcome, detail: string): GivenUp | undefined {
    const { clock, giveUpAfterMs, giveUpRefusedAfterMs } = this.#options;
    if (result.outcome === 'rejected') return { outcome: 'rejected', detail };
    const givenUp = (limit: string, ofMs: number, triedMs: number): GivenUp => ({
      ...{ outcome: 'given_up', limit },
      detail: `${detail}; ${limit} ${ofMs} ms, tried for ${triedMs} ms`,
    });
    const ageMs = clock.nowMs() - origin.storedAtMs;
    if (ageMs > giveUpAfterMs) return givenUp('giveUpAfter', giveUpAfterMs, ageMs);
    if (result.outcome === 'refused' && refusedForMs >= giveUpRefusedAfterMs)
      return givenUp('giveUpRefusedAfter', giveUpRefusedAfterMs, refusedForMs);
    return undefined;
  }

  /** Out of the outbox once the broker keeps it elsewhere. */
  async #setAside(delivery: Delivery, detail: string): Promise<void> {
    const { aside, telemetry, pipeline } = this.#options;
    if (await aside.add(delivery)) {
      this.#tellRetried(detail);
      return this.#settle(delivery);
    }
    telemetry({ type: 'limit_reached', limit: 'setAsideMax', pipeline, count: 1 });
    this.#tryAgain(delivery, detail);
  }

  #tryAgain(delivery: Delivery, detail: string, afterMs?: number): void {
    this.#tellRetried(detail);
    delivery.retry(afterMs ?? backoffMs(delivery.attempt, this.#options.random));
  }

  #tellRetried(detail: string): void {
    const { sink, telemetry } = this.#options;
    const told = `${sink.description}: ${detail}`;
    telemetry({ type: 'notification', sink: sink.kind, outcome: 'retried', detail: told });
  }

  /** Said so by a metric and a dead letter, and only then taken out of the outbox. */
  async #bury({ delivery, origin }: Place, { outcome, detail, limit }: GivenUp): Promise<void> {
    const { bus, sink, durable, telemetry, pipeline } = this.#options;
    const letter = { durable, sink: sink.description, detail, ...(limit !== undefined && { limit }) };
    try {
      await bus.publish(deadNotification(origin, letter, bus.payloadBytesMax));
    } catch (error) {
      return this.#tryAgain(delivery, `${detail}; no dead letter: ${errorText(error)}`);
    }
    telemetry({ type: 'notification', sink: sink.kind, outcome, detail: `${sink.description}: ${detail}` });
    if (limit !== undefined) telemetry({ type: 'limit_reached', limit, pipeline, count: 1 });
    this.#settle(delivery);
  }

  #settle(delivery: Delivery): void {
    this.#settled.add(keyOf(delivery));
    const [oldest] = this.#settled;
    if (oldest !== undefined && this.#settled.size > SETTLED_REMEMBERED_MAX) this.#settled.delete(oldest);
    delivery.ack();
  }
}

/** The time tells a stream from one that was made anew. */
function keyOf({ sequence, storedAtMs }: Delivery): string {
  return `${sequence}@${storedAtMs}`;
}

/** Anyone may publish on our subject: what a sink chokes on is refused, it does not stop what is behind it. */
export async function outcomeOf(attempt: () => Promise<SinkOutcome>): Promise<SinkOutcome> {
  try {
    return await attempt();
  } catch (error) {
    return { outcome: 'rejected', detail: errorText(error) };
  }
}

/** Exponential, with full jitter over the upper half. Whole milliseconds: a broker that cannot read a delay takes it for none. */
function backoffMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(attempt, 16));
  return Math.round(ceilingMs / 2 + (random() * ceilingMs) / 2);
}
