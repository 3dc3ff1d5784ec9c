/** Durable pull consumers: workers that give the same name share the work. */
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import type { ConsumerAPI, ConsumerInfo, ConsumerUpdateConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { Observable } from 'rxjs';
import type { ConsumerSpec, Delivery } from '../../core/bus/bus.port.ts';
import { API_CODE, apiErrorOf } from './nats-errors.ts';
import { sizeOf, type NatsFrame } from './nats-inlet.ts';
import type { NatsLink } from './nats-link.ts';
import { NatsMessage } from './nats-message.ts';
import { keepPulling } from './nats-supervisor.ts';

export function consumeDurable(link: NatsLink, spec: ConsumerSpec): Observable<readonly Delivery[]> {
  return new Observable((subscriber) => {
    const pull = keepPulling(link, {
      stream: spec.stream,
      handMax: spec.inHandMax,
      prepare: async () => {
        await ensureConsumer(link, spec);
        return spec.durable;
      },
      onBatch: (batch) => subscriber.next(batch.map((frame) => new NatsDelivery(frame, link, release))),
      onFailed: (error) => subscriber.error(error),
    });
    const release = (bytes: number): void => pull.release(1, bytes);
    const until = spec.until?.subscribe(() => pull.finish(() => subscriber.complete()));
    return () => {
      until?.unsubscribe();
      pull.close();
    };
  });
}

/** Creates the consumer, or fits the one that exists to the specification. Safe from many workers at once. */
async function ensureConsumer({ manager: { consumers } }: NatsLink, spec: ConsumerSpec): Promise<void> {
  const wanted = {
    ack_wait: nanos(spec.ackWaitMs),
    // The broker's own gate: unacknowledged in all hands together.
    max_ack_pending: spec.unacknowledgedMax ?? spec.inHandMax,
    filter_subject: spec.filterSubject,
  } as Partial<ConsumerUpdateConfig>; // An undefined filter is left out of the JSON, which removes it.
  const existing =
    (await existingConsumer(consumers, spec)) ??
    (await consumers.add(spec.stream, {
      ...wanted,
      durable_name: spec.durable,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: spec.startFrom === 'new' ? DeliverPolicy.New : DeliverPolicy.All,
    }));
  const { config } = existing;
  const fits =
    config.ack_wait === wanted.ack_wait &&
    config.max_ack_pending === wanted.max_ack_pending &&
    (config.filter_subject ?? '') === (wanted.filter_subject ?? '');
  if (!fits) await consumers.update(spec.stream, spec.durable, wanted);
}

async function existingConsumer(
  consumers: ConsumerAPI,
  spec: ConsumerSpec,
): Promise<ConsumerInfo | undefined> {
  try {
    return await consumers.info(spec.stream, spec.durable);
  } catch (error) {
    if (apiErrorOf(error)?.err_code === API_CODE.consumerNotFound) return undefined;
    throw error;
  }
}

class NatsDelivery extends NatsMessage implements Delivery {
  readonly #link: NatsLink;
  readonly #release: (bytes: number) => void;
  #settled = false;

  constructor(frame: NatsFrame, link: NatsLink, release: (bytes: number) => void) {
    super(frame);
    this.#link = link;
    this.#release = release;
  }

  get attempt(): number {
    return this.info.attempt;
  }

  get pending(): number {
    return this.info.pending;
  }

  ack(): void {
    this.#settle('+ACK', 'soon');
  }

  retry(delayMs: number): void {
    // The server takes a fraction of a nanosecond for no delay at all.
    const delay = delayMs > 0 ? ` ${JSON.stringify({ delay: nanos(Math.ceil(delayMs)) })}` : '';
    this.#settle(`-NAK${delay}`, 'now');
  }

  working(): void {
    if (!this.#settled) this.#respond('+WPI', 'now');
  }

  #settle(answer: string, when: 'now' | 'soon'): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#respond(answer, when);
    this.#release(sizeOf(this.frame));
  }

  /** An answer that is lost with the connection costs another delivery, nothing else. */
  #respond(answer: string, when: 'now' | 'soon'): void {
    if (!this.#link.connection.isClosed()) this.#link.wire.respond(this.frame, answer, when);
  }
}
