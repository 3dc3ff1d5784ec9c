/** Where the notifications of one sink wait that its receiver refuses, or does not take while it takes others: beside the outbox, so that other alerts go on, and kept
 *  by the broker like it. What speaks of the same alerts waits behind them: what fires is told before it resolves. */
import type { Bus, ConsumerSpec, Delivery, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Notification } from '../../core/notify/notification.ts';
import { readNotification } from './read-notification.ts';
import { readStored } from './read-stored.ts';

/** Notifications that wait here at once; while there are so many, the outbox itself waits. */
export const SET_ASIDE_MAX = 100;

/** Where a notification stood in the outbox, and since when. */
export type Origin = Pick<Delivery, 'data' | 'subject' | 'sequence' | 'storedAtMs' | 'attempt'>;

/** The receiver said no, or did not take it while it took another. */
export type AsideReason = 'refused' | 'stuck';

interface SetAsideOptions {
  readonly bus: Bus;
  readonly pipeline: string;
  /** The sink's position in the outbox. */
  readonly durable: string;
}

export class SetAside {
  readonly spec: Pick<ConsumerSpec, 'stream' | 'durable' | 'filterSubject'>;
  readonly #options: SetAsideOptions;
  readonly #subject: string;
  /** Of what waits nothing stands before this in the stream. */
  #fromSequence = 1;

  constructor(options: SetAsideOptions) {
    const { pipeline, durable } = options;
    this.#options = options;
    this.#subject = subjects.setAside(pipeline, durable);
    this.spec = { stream: STREAMS.events, durable: `${durable}-aside`, filterSubject: this.#subject };
  }

  /** It has to wait here, since an earlier notification of one of its alerts does: for that one's reason. Rejects when the
   *  broker cannot be asked. */
  async reasonBefore(notification: Notification): Promise<AsideReason | undefined> {
    const series = new Set(seriesOf(notification));
    const waiting = await this.#waiting();
    const before = waiting.find((one) => seriesOf(readNotification(one.data)).some((key) => series.has(key)));
    return before && reasonOf(before);
  }

  async hasRoom(): Promise<boolean> {
    return (await this.#count()) < SET_ASIDE_MAX;
  }

  /** Resolves when the broker keeps it here, or with false when there is no room. */
  async add(delivery: Delivery, reason: AsideReason): Promise<boolean> {
    const { bus, durable } = this.#options;
    if (!(await this.hasRoom())) return false;
    const { data, sequence, storedAtMs, attempt } = delivery;
    await bus.publish({
      subject: this.#subject,
      data,
      id: `aside:${durable}:${sequence}.${storedAtMs}`,
      headers: {
        'Earshot-Sequence': String(sequence),
        'Earshot-Stored-At': String(storedAtMs),
        'Earshot-Attempts': String(attempt),
        'Earshot-Aside': reason,
      },
    });
    return true;
  }

  /** Of a notification that waits here: as it stood in the outbox, with all attempts so far. */
  originOf({ data, headers = {}, sequence, storedAtMs, attempt }: Delivery): Origin {
    const number = (name: string, otherwise: number) => {
      const value = headers[name] ?? '';
      return /^\d{1,15}$/.test(value) ? Number(value) : otherwise;
    };
    return {
      data,
      subject: subjects.notify(this.#options.pipeline),
      sequence: number('earshot-sequence', sequence),
      storedAtMs: number('earshot-stored-at', storedAtMs),
      attempt: attempt + number('earshot-attempts', 0),
    };
  }

  async #count(): Promise<number> {
    const { pending, unacknowledged } = await this.#options.bus.backlog(STREAMS.events, this.spec.durable);
    return pending + unacknowledged;
  }

  /** They are taken in order, one at a time: those that wait are the last of the subject. */
  async #waiting(): Promise<readonly StoredMessage[]> {
    const count = await this.#count();
    if (count === 0) return [];
    const last: StoredMessage[] = [];
    const from = { sequence: this.#fromSequence };
    const spec = { stream: STREAMS.events, filterSubject: this.#subject, from };
    await readStored(this.#options.bus, spec, (batch) => {
      last.push(...batch);
      last.splice(0, last.length - count);
    });
    this.#fromSequence = last[0]?.sequence ?? this.#fromSequence;
    return last;
  }
}

export function reasonOf({ headers = {} }: Pick<StoredMessage, 'headers'>): AsideReason {
  return headers['earshot-aside'] === 'stuck' ? 'stuck' : 'refused';
}

/** A rule and group each: a receiver may know an alert by these alone. */
export function seriesOf(notification: Notification | undefined): string[] {
  return (notification?.alerts ?? []).map(({ rule, group }) => JSON.stringify([rule, group]));
}
