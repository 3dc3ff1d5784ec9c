/** Delivers alerts to one sink. The stream of events is the outbox: a durable consumer of it hands over one alert at a
 *  time, in order, and again until the sink took it; a crash loses none. */
import { concatMap, filter, firstValueFrom, Subject, takeUntil, timer, type Observable } from 'rxjs';
import type { AlertSink, SinkOutcome } from '../../core/alert/sink.port.ts';
import type { Alert } from '../../core/alert/alert.ts';
import type { Bus, Delivery } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { errorText } from '../../core/errors/error-text.ts';

const ACK_WAIT_MS = 120_000;
const LISTENING_POLL_MS = 50;
const BACKOFF_MS_MIN = 500;
const BACKOFF_MS_MAX = 60_000;

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
}

export interface Notifier {
  /** Resolves when the broker keeps the sink's position: no alert raised from then on can be missed. */
  readonly listening: Promise<void>;
  stop(): Promise<void>;
}

export function startNotifier(options: NotifierOptions): Notifier {
  const { bus, pipeline, sink, durable } = options;
  const stopped = new Subject<void>();
  let inHand: Promise<void> = Promise.resolve();
  const deliver = (batch: readonly Delivery[]) => {
    inHand = (async () => {
      for (const delivery of batch) await deliverOne(delivery, options);
    })();
    return inHand;
  };
  bus
    .consume({
      stream: STREAMS.events,
      durable,
      filterSubject: subjects.alertsOf(pipeline),
      startFrom: 'new',
      ackWaitMs: ACK_WAIT_MS,
      inHandMax: 1, // One at a time: a firing alert is delivered before it resolves.
    })
    .pipe(concatMap(deliver), takeUntil(stopped))
    .subscribe({
      error: (error: unknown) => {
        options.onFailure(error);
        stopped.next(); // Nobody need wait for it any more.
      },
    });
  return {
    listening: untilKept(options, stopped),
    async stop() {
      stopped.next();
      await sink.close(); // Ends an attempt under way; its alert stays in the outbox.
      await inHand;
    },
  };
}

/** The broker makes the consumer at its own pace; asking for its backlog tells when it has. */
async function untilKept({ bus, durable }: NotifierOptions, stopped: Observable<void>): Promise<void> {
  const kept = timer(0, LISTENING_POLL_MS).pipe(
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

async function deliverOne(delivery: Delivery, options: NotifierOptions): Promise<void> {
  const { sink, telemetry, clock, giveUpAfterMs } = options;
  const alert = parseAlert(delivery);
  // Only what fires or resolves is told to people; pending states are for machines that subscribe.
  if (alert?.state !== 'firing' && alert?.state !== 'resolved') return delivery.ack();
  const result = await attempt(sink, alert);
  const detail = `${sink.description}: ${alert.id} ${alert.state}`;
  if (result.outcome === 'delivered') {
    telemetry({ type: 'notification', sink: sink.kind, outcome: 'delivered' });
    return delivery.ack();
  }
  const ageMs = clock.nowMs() - delivery.storedAtMs;
  if (result.outcome === 'rejected' || ageMs > giveUpAfterMs) {
    const why =
      result.outcome === 'rejected' ? result.detail : `given up after ${ageMs} ms: ${result.detail}`;
    telemetry({ type: 'notification', sink: sink.kind, outcome: 'rejected', detail: `${detail}: ${why}` });
    return delivery.ack();
  }
  telemetry({
    type: 'notification',
    sink: sink.kind,
    outcome: 'retried',
    detail: `${detail}: ${result.detail}`,
  });
  delivery.retry(result.afterMs ?? backoffMs(delivery.attempt, options.random));
}

/** Anyone may publish on our subject: what a sink chokes on is refused, it does not stop the alerts behind it. */
async function attempt(sink: AlertSink, alert: Alert): Promise<SinkOutcome> {
  try {
    return await sink.deliver(alert);
  } catch (error) {
    return { outcome: 'rejected', detail: errorText(error) };
  }
}

/** Exponential, with full jitter over the upper half. */
function backoffMs(attempt: number, random: () => number): number {
  const ceilingMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(attempt, 16));
  return ceilingMs / 2 + (random() * ceilingMs) / 2;
}

function parseAlert(delivery: Delivery): Alert | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(delivery.data)) as Alert;
  } catch {
    return undefined; // Not ours: whoever published it on our subject gets no page out of it.
  }
}
