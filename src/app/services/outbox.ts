/** Publishes what a watcher says: only while its process owns the pipeline, and not again what an earlier life published.
 *  The broker's duplicate window tells copies for minutes; what EVENTS holds tells them for as long as it is kept. */
import type { OutboundMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import { readStored } from './read-stored.ts';
import { publishAssured, type AssuredPublishing } from './publish-assured.ts';

/** Ids of an earlier life that are remembered; of more the first ones are forgotten. */
const PUBLISHED_IDS_MAX = 100_000;

export interface Outbox {
  /** Up to this sequence EVENTS holds nothing of ours that the watcher's state does not know of. */
  readonly eventsSequence: number;
  /** When the broker had the last of what an earlier life published and the watcher's state does not know of, by its clock;
   *  undefined when there is none. */
  readonly saidUntilMs: number | undefined;
  /** Resolves when the broker has it, which may be long after: one without room is asked again and again, and nothing overtakes.
   *  Rejects with a `LeaseLostError` when the pipeline has another owner by now, and for what the broker will never take. */
  publish(message: OutboundMessage & { readonly id: string }): Promise<void>;
  /** From now on what the broker does not take at once is rejected. */
  stopWaiting(): void;
  /** The replay is over: what is said from now on is new. */
  settle(): void;
  /** Resolves when all that an earlier life said has been said again, or the replay is over. */
  readonly settled: Promise<void>;
}

interface OutboxOptions extends AssuredPublishing {
  readonly pipeline: string;
}

/** Reads what was published after `fromSequence` of EVENTS. */
export async function openOutbox(options: OutboxOptions, fromSequence: number): Promise<Outbox> {
  const { bus, pipeline, telemetry } = options;
  const { lastSequence } = await bus.streamState(STREAMS.events);
  // A stream that ends before it was made anew.
  const from = fromSequence > lastSequence ? 0 : fromSequence;
  const published = new Set<string>();
  let [forgotten, saidUntilMs] = [0, Number.NEGATIVE_INFINITY];
  const { alertsOf, decisionsOf, notify, trendsOf } = subjects;
  for (const subjectOf of [alertsOf, decisionsOf, notify, trendsOf]) {
    const filterSubject = subjectOf(pipeline);
    const spec = { stream: STREAMS.events, filterSubject, from: { sequence: from + 1 } };
    await readStored(bus, spec, (batch) => {
      for (const { headers, storedAtMs } of batch) {
        const id = headers?.['nats-msg-id'];
        if (id === undefined) continue;
        published.add(id);
        saidUntilMs = Math.max(saidUntilMs, storedAtMs);
        if (published.size > PUBLISHED_IDS_MAX && forgetFirst(published)) forgotten++;
      }
    });
  }
  if (forgotten > 0) telemetry({ type: 'limit_reached', limit: 'published_ids', pipeline, count: forgotten });
  return new WatcherOutbox(options, published, { from, last: lastSequence, saidUntilMs });
}

function forgetFirst(ids: Set<string>): boolean {
  const [first] = ids;
  return first !== undefined && ids.delete(first);
}

/** What EVENTS holds: after `from`, up to `last`. */
interface FoundEvents {
  readonly from: number;
  readonly last: number;
  readonly saidUntilMs: number;
}

class WatcherOutbox implements Outbox {
  readonly settled: Promise<void>;
  readonly saidUntilMs: number | undefined;
  readonly #options: OutboxOptions;
  readonly #published: Set<string>;
  readonly #from: number;
  readonly #stopped = new AbortController();
  #last: number;
  #resolveSettled: () => void = () => undefined;

  constructor(options: OutboxOptions, published: Set<string>, events: FoundEvents) {
    this.#options = options;
    this.#published = published;
    this.#from = events.from;
    this.#last = events.last;
    if (published.size > 0) this.saidUntilMs = events.saidUntilMs;
    this.settled = new Promise((resolve) => {
      this.#resolveSettled = resolve;
    });
    if (published.size === 0) this.#resolveSettled();
  }

  get eventsSequence(): number {
    return this.#published.size > 0 ? this.#from : this.#last;
  }

  async publish(message: OutboundMessage & { readonly id: string }): Promise<void> {
    if (this.#published.delete(message.id)) {
      if (this.#published.size === 0) this.#resolveSettled();
      return;
    }
    const receipt = await publishAssured(this.#options, message, this.#stopped.signal);
    if (receipt.stream === STREAMS.events) this.#last = Math.max(this.#last, receipt.sequence);
  }

  stopWaiting(): void {
    this.#stopped.abort();
  }

  settle(): void {
    this.#published.clear();
    this.#resolveSettled();
  }
}
