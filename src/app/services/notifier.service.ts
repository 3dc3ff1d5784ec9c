/** Delivers notifications to one sink. `earshot.notify.<pipeline>` is the outbox: a durable consumer of it hands over one
 *  notification at a time, in order, and again until the sink took it; a crash loses none. */
import {
  asyncScheduler,
  concatMap,
  exhaustMap,
  filter,
  firstValueFrom,
  Subject,
  takeUntil,
  timer,
  type Observable,
  type SchedulerLike,
} from 'rxjs';
import type { Alert } from '../../core/alert/alert.ts';
import { countOf } from '../../core/alert/count-of.ts';
import type { SinkRefresh } from '../../core/alert/sink.port.ts';
import type { ConsumerSpec, Delivery } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import { NotificationDelivery, outcomeOf, type DeliverOptions } from './deliver-notification.ts';
import { SetAside } from './set-aside.ts';

const ACK_WAIT_MS = 10_000;
const LISTENING_POLL_MS = 50;
/** How soon to ask again while it is not known yet what fires. */
const TOLD_POLL_MS = 200;

export interface NotifierOptions extends Omit<DeliverOptions, 'aside' | 'ackWaitMs'> {
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

export function startNotifier(options: NotifierOptions): Notifier {
  const { bus, pipeline, sink, durable, ackWaitMs = ACK_WAIT_MS } = options;
  const aside = new SetAside({ bus, pipeline, durable });
  const work = new NotificationDelivery({ ...options, aside, ackWaitMs });
  const stopped = new Subject<void>();
  // One after the other: a refresh must not overtake the notification that ends what it repeats.
  let turn: Promise<void> = Promise.resolve();
  const inTurn = (work: () => Promise<void>) => {
    const done = turn.then(work);
    turn = done.catch(() => undefined); // Told to whoever awaits it; the next one has its turn all the same.
    return done;
  };
  const take = (spec: PositionSpec, deliver: (delivery: Delivery) => Promise<void>) =>
    bus
      .consume({ ...spec, ackWaitMs, inHandMax: 1 }) // One at a time: what fires is told before it resolves.
      .pipe(
        concatMap((batch) =>
          inTurn(async () => {
            for (const delivery of batch) await deliver(delivery);
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
  const outbox = { stream: STREAMS.events, durable, filterSubject: subjects.notify(pipeline) };
  take({ ...aside.spec, startFrom: 'first' }, (delivery) => work.fromAside(delivery));
  const asideKept = untilKept(aside.spec.durable, options, stopped);
  take({ ...outbox, startFrom: 'new' }, async (delivery) => {
    await asideKept;
    await work.fromOutbox(delivery);
  });
  if (sink.refresh) keepTold(sink.refresh, options, inTurn, stopped);
  return {
    listening: asideKept.then(() => untilKept(durable, options, stopped)),
    async stop() {
      stopped.next();
      await sink.close(); // Ends an attempt under way; its notification stays in the outbox.
      await turn;
    },
  };
}

type PositionSpec = Omit<ConsumerSpec, 'ackWaitMs' | 'inHandMax'>;

/** The broker makes a consumer at its own pace; asking for its backlog tells when it has. */
async function untilKept(
  position: string,
  { bus, scheduler }: NotifierOptions,
  stopped: Observable<void>,
): Promise<void> {
  const kept = timer(0, LISTENING_POLL_MS, scheduler).pipe(
    concatMap(() =>
      bus.backlog(STREAMS.events, position).then(
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
    const detail = `${sink.description}: ${countOf(alerts.length, 'alert')} again: ${result.detail}`;
    const outcome = result.outcome === 'rejected' ? 'rejected' : 'retried'; // It is told again anyway.
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
