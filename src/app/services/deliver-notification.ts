/** What becomes of one notification of the outbox: delivered, tried again, set aside while its receiver refuses it or takes others
 *  only, or given up by a named limit and then a dead letter. */
import { interval, type SchedulerLike } from 'rxjs';
import type { AlertSink, SinkOutcome } from '../../core/alert/sink.port.ts';
import type { Bus, Delivery } from '../../core/bus/bus.port.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { Notification } from '../../core/notify/notification.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { deadNotification } from './dead-notification.ts';
import { oneBehind } from './one-behind.ts';
import { readNotification } from './read-notification.ts';
import { reasonOf, type AsideReason, type Origin, type SetAside } from './set-aside.ts';

const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 60_000;
/** A broker may deliver once more what it was told is done: nats-server 2.9 does after two crashes within `ackWaitMs`. */
const SETTLED_REMEMBERED_MAX = 100;
/** Every so many attempts another one is tried in its place: a receiver that is away is not asked twice as often. */
const ATTEMPTS_A_PROBE = 2;

export interface DeliveryLimits {
  /** From when the outbox had it. */
  readonly giveUpAfterMs: number;
  /** From when it was set aside. */
  readonly giveUpRefusedAfterMs: number;
  /** From when the outbox had it: then it is seen whether the receiver takes another one. */
  readonly setAsideAfterMs: number;
}

export interface DeliverOptions extends DeliveryLimits {
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
  /** Undefined in the outbox. */
  readonly aside: { readonly forMs: number; readonly reason: AsideReason } | undefined;
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
  /** What the receiver did with the last one of the outbox. */
  #takesOthers = false;

  constructor(options: DeliverOptions) {
    this.#options = options;
  }

  /** Of the outbox. Never rejects. */
  async fromOutbox(delivery: Delivery): Promise<void> {
    await this.#deliver({ delivery, origin: delivery, aside: undefined }, async (notification) => {
      const reason = await this.#options.aside.reasonBefore(notification);
      if (!reason) return false;
      await this.#setAside(delivery, reason, `${notification.id}: after an earlier one that is set aside`);
      return true;
    });
  }

  /** Of what was set aside. Never rejects. */
  async fromAside(delivery: Delivery): Promise<void> {
    const { aside, clock, random } = this.#options;
    // It was tried a moment ago.
    if (delivery.attempt === 1) return delivery.retry(backoffMs(1, random));
    const waiting = { forMs: clock.nowMs() - delivery.storedAtMs, reason: reasonOf(delivery) };
    await this.#deliver({ delivery, origin: aside.originOf(delivery), aside: waiting });
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
    const { delivery, aside } = place;
    const result = await outcomeOf(() => sink.deliver(notification));
    if (!aside) this.#takesOthers = result.outcome !== 'retry';
    if (result.outcome === 'delivered') {
      telemetry({ type: 'notification', sink: sink.kind, outcome: 'delivered' });
      return this.#settle(delivery);
    }
    const detail = `${notification.id} ${notification.status}: ${result.detail}`;
    const end = this.#endOf(place, result, detail);
    if (end) return this.#bury(place, end);
    if (!aside && result.outcome === 'refused') return this.#setAside(delivery, 'refused', detail);
    if (!aside && (await this.#isPassed(delivery, result, notification)))
      return this.#setAside(delivery, 'stuck', `${detail}; set aside, for the receiver takes others`);
    this.#tryAgain(delivery, detail, result.outcome === 'retry' ? result.afterMs : undefined);
  }

  /** Whether the receiver takes another one of those that wait behind it, which is thereby delivered: then it is not the receiver
   *  that is away. A process that dies now, or shares the sink, sends that one once more, under its own id. */
  async #isPassed(delivery: Delivery, result: SinkOutcome, notification: Notification): Promise<boolean> {
    const { sink, aside, clock, setAsideAfterMs, telemetry } = this.#options;
    const { attempt, storedAtMs } = delivery;
    if (result.outcome !== 'retry' || result.afterMs !== undefined) return false; // It said when to ask again.
    if (attempt % ATTEMPTS_A_PROBE > 0 || clock.nowMs() - storedAtMs < setAsideAfterMs) return false;
    if (!(await aside.hasRoom())) return false;
    const isSettled = (stored: Stored) => this.#settled.has(keyOf(stored));
    const other = await oneBehind(delivery, notification, { ...this.#options, isSettled });
    if (!other || (await aside.reasonBefore(other.notification))) return false;
    if ((await outcomeOf(() => sink.deliver(other.notification))).outcome !== 'delivered') return false;
    telemetry({ type: 'notification', sink: sink.kind, outcome: 'delivered' });
    this.#remember(other.stored);
    this.#takesOthers = true;
    return true;
  }

  /** Undefined while there is hope. */
  #endOf({ origin, aside }: Place, result: SinkOutcome, detail: string): GivenUp | undefined {
    const { clock, giveUpAfterMs, giveUpRefusedAfterMs } = this.#options;
    if (result.outcome === 'rejected') return { outcome: 'rejected', detail };
    const givenUp = (limit: string, ofMs: number, triedMs: number): GivenUp => ({
      ...{ outcome: 'given_up', limit },
      detail: `${detail}; ${limit} ${ofMs} ms, tried for ${triedMs} ms`,
    });
    const ageMs = clock.nowMs() - origin.storedAtMs;
    if (ageMs > giveUpAfterMs) return givenUp('giveUpAfter', giveUpAfterMs, ageMs);
    const isRefused = result.outcome === 'refused' || (aside?.reason === 'stuck' && this.#takesOthers);
    const refusedForMs = aside?.forMs ?? 0;
    if (isRefused && refusedForMs >= giveUpRefusedAfterMs)
      return givenUp('giveUpRefusedAfter', giveUpRefusedAfterMs, refusedForMs);
    return undefined;
  }

  /** Out of the outbox once the broker keeps it elsewhere. */
  async #setAside(delivery: Delivery, reason: AsideReason, detail: string): Promise<void> {
    const { aside, telemetry, pipeline } = this.#options;
    if (await aside.add(delivery, reason)) {
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
    this.#remember(delivery);
    delivery.ack();
  }

  #remember(one: Stored): void {
    this.#settled.add(keyOf(one));
    const [oldest] = this.#settled;
    if (oldest !== undefined && this.#settled.size > SETTLED_REMEMBERED_MAX) this.#settled.delete(oldest);
  }
}

type Stored = Pick<Delivery, 'sequence' | 'storedAtMs'>;

/** The time tells a stream from one that was made anew. */
function keyOf({ sequence, storedAtMs }: Stored): string {
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
