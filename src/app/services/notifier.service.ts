/** Delivers notifications to one sink. `earshot.notify.<pipeline>` is the outbox: a durable consumer of it hands over one
 *  notification at a time, in order, and again until the sink took it; a crash loses none. */
import {
  asyncScheduler,
  concatMap,
  exhaustMap,
  filter,
  firstValueFrom,
  interval,
  Subject,
  takeUntil,
  timer,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import type { Alert } from '../../core/alert/alert.ts';
import type { AlertSink, SinkOutcome, SinkRefresh } from '../../core/alert/sink.port.ts';
import type { Bus, Delivery } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { Notification } from '../../core/notify/notification.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { deadNotification } from './dead-notification.ts';

/** What a crashed process had in hand is delivered again after this; attempts that take longer ask for more. */
const ACK_WAIT_MS = 10_000;
const LISTENING_POLL_MS = 50;
/** How soon to ask again while it is not known yet what fires. */
const TOLD_POLL_MS = 200;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 60_000;
/** A broker may deliver once more what it was told is done: nats-server 2.9 does after two crashes within `ackWaitMs`. */
const SETTLED_REMEMBERED_MAX = 100;

export interface NotifierOptions {
  readonly bus: Bus;
  readonly pipeline: string;
  readonly sink: AlertSink;
  /** Names the sink's position in the outbox: the same for the same target across restarts. */
  readonly durable: string;
  readonly giveUpAfterMs: number;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: () => number;
  /** The outbox cannot be read any more. */
  readonly onFailure: (error: unknown) => void;
  /** For sinks that must be told again: alerts that people were told of and that fire, or that resolved within the last five
   *  minutes. Undefined while that is not known yet. */
  readonly told?: () => readonly Alert[] | undefined;
  readonly ackWaitMs?: number;
  /** The timers. */
  readonly scheduler?: SchedulerLike;
}

export interface Notifier {
  /** Resolves when the broker keeps the sink's position: no notification from then on can be missed. */
  readonly listening: Promise<void>;
  stop(): Promise<void>;
}

/** What works on one delivery, and how it is taken out of the outbox. */
interface Work extends NotifierOptions {
  settle(delivery: Delivery): void;
}

export function startNotifier(options: NotifierOptions): Notifier {
  const settled = createSettled();
  const work: Work = {
    ...options,
    settle(delivery) {
      settled.add(delivery);
      delivery.ack();
    },
  };
  const { bus, pipeline, sink, durable, ackWaitMs = ACK_WAIT_MS } = options;
  const stopped = new Subject<void>();
  // One after the other: a refresh must not overtake the notification that ends what it repeats.
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    const done = turn.then(work);
    turn = done.catch(() => undefined); // Told to whoever awaits it; the next one has its turn all the same.
    return done;
  };
  bus
    .consume({
      stream: STREAMS.events,
      durable,
      filterSubject: subjects.notify(pipeline),
      startFrom: 'new',
      ackWaitMs,
      inHandMax: 1, // One at a time: what fires is told before it resolves.
    })
    .pipe(
      concatMap((batch) =>
        inTurn(async () => {
          for (const delivery of batch)
            if (settled.has(delivery)) delivery.ack();
            else await deliverOne(delivery, work);
        }),
      ),
      takeUntil(stopped),
    )
    .subscribe({
      error: (error: unknown) => {
        options.onFailure(error);
        stopped.next(); // Nobody need wait for it any more.
      },
    });
  if (sink.refresh) keepTold(sink.refresh, options, inTurn, stopped);
  return {
    listening: untilKept(options, stopped),
    async stop() {
      stopped.next();
      await sink.close(); // Ends an attempt under way; its notification stays in the outbox.
      await turn;
    },
  };
}

/** The broker makes the consumer at its own pace; asking for its backlog tells when it has. */
async function untilKept(
  { bus, durable, scheduler }: NotifierOptions,
  stopped: Observable<void>,
): Promise<void> {
  const kept = timer(0, LISTENING_POLL_MS, scheduler).pipe(
    concatMap(() =>
      bus.backlog(STREAMS.events, durable).then(
        () => true,
        () => false,
      ),
    ),
    filter((isKept) => isKept),
    takeUntil(stopped),
  );
  await firstValueFrom(kept, { defaultValue: true });
}

/** At once when it is known what fires, for the receiver may have been restarted, or we; then again and again. */
function keepTold(
  refresh: SinkRefresh,
  options: NotifierOptions,
  inTurn: (work: () => Promise<void>) => Promise<void>,
  stopped: Observable<void>,
): void {
  const { told = () => [], sink, telemetry, scheduler = asyncScheduler } = options;
  const send = async () => {
    const alerts = told() ?? [];
    if (alerts.length === 0) return;
    const result = await outcomeOf(() => refresh.send(alerts));
    if (result.outcome === 'delivered') return;
    const detail = `${sink.description}: ${alerts.length} alerts again: ${result.detail}`;
    const outcome = result.outcome === 'retry' ? 'retried' : 'rejected';
    telemetry({ type: 'notification', sink: sink.kind, outcome, detail });
  };
  const known = timer(0, TOLD_POLL_MS, scheduler).pipe(filter(() => told() !== undefined));
  const begun = firstValueFrom(known.pipe(takeUntil(stopped)), { defaultValue: undefined });
  begun.then((isKnown) => {
    if (isKnown === undefined) return;
    timer(0, refresh.everyMs, scheduler)
      .pipe(
        exhaustMap(() => inTurn(send)),
        takeUntil(stopped),
      )
      .subscribe({ error: options.onFailure });
  }, options.onFailure);
}

async function deliverOne(delivery: Delivery, options: Work): Promise<void> {
  const { sink, clock, giveUpAfterMs, ackWaitMs = ACK_WAIT_MS, scheduler } = options;
  const notification = parseNotification(delivery);
  if (!notification)
    return bury(delivery, 'rejected', `no notification: ${delivery.data.length} bytes`, options);
  const working = interval(ackWaitMs / 3, scheduler).subscribe(() => {
    delivery.working();
  });
  const result = await outcomeOf(() => sink.deliver(notification));
  working.unsubscribe();
  const { id, status } = notification;
  if (result.outcome === 'delivered') {
    options.telemetry({ type: 'notification', sink: sink.kind, outcome: 'delivered' });
    return options.settle(delivery);
  }
  const detail = `${id} ${status}: ${result.detail}`;
  if (result.outcome === 'rejected') return bury(delivery, 'rejected', detail, options);
  const ageMs = clock.nowMs() - delivery.storedAtMs;
  if (ageMs > giveUpAfterMs)
    return bury(
      delivery,
      'given_up',
      `${detail}; giveUpAfter ${giveUpAfterMs} ms, tried for ${ageMs} ms`,
      options,
    );
  tryAgain(delivery, detail, options, result.afterMs);
}

function tryAgain(delivery: Delivery, detail: string, options: NotifierOptions, afterMs?: number): void {
  const { sink, telemetry, random } = options;
  telemetry({
    ...{ type: 'notification', sink: sink.kind, outcome: 'retried' },
    detail: `${sink.description}: ${detail}`,
  });
  delivery.retry(afterMs ?? backoffMs(delivery.attempt, random));
}

/** Said so by a metric and a dead letter, and only then taken out of the outbox. */
async function bury(
  delivery: Delivery,
  outcome: 'rejected' | 'given_up',
  detail: string,
  options: Work,
): Promise<void> {
  const { bus, sink, durable, telemetry } = options;
  const letter = { durable, sink: sink.description, detail };
  try {
    await bus.publish(deadNotification(delivery, letter, bus.payloadBytesMax));
  } catch (error) {
    return tryAgain(delivery, `${detail}; no dead letter: ${errorText(error)}`, options);
  }
  telemetry({ type: 'notification', sink: sink.kind, outcome, detail: `${sink.description}: ${detail}` });
  options.settle(delivery);
}

/** The latest deliveries that were done with. The time tells a stream from one that was made anew. */
function createSettled(): { add(delivery: Delivery): void; has(delivery: Delivery): boolean } {
  const keys = new Set<string>();
  const keyOf = ({ sequence, storedAtMs }: Delivery) => `${sequence}@${storedAtMs}`;
  return {
    add(delivery) {
      keys.add(keyOf(delivery));
      const [oldest] = keys;
      if (oldest !== undefined && keys.size > SETTLED_REMEMBERED_MAX) keys.delete(oldest);
    },
    has: (delivery) => keys.has(keyOf(delivery)),
  };
}

/** Anyone may publish on our subject: what a sink chokes on is refused, it does not stop what is behind it. */
async function outcomeOf(attempt: () => Promise<SinkOutcome>): Promise<SinkOutcome> {
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

/** Undefined for what is none of ours: whoever published it gets nobody out of bed. */
function parseNotification({ data }: Delivery): Notification | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(data)) as Partial<Notification> | null;
    const isOurs =
      typeof value?.id === 'string' &&
      (value.status === 'firing' || value.status === 'resolved') &&
      Array.isArray(value.alerts);
    return isOurs ? (value as Notification) : undefined;
  } catch {
    return undefined;
  }
}
