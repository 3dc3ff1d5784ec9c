/** Runs the scorer on the bus: pulls batches, plans, publishes, and acknowledges an input only after the broker confirmed
 *  every output of it. */
import { interval, mergeMap, Subject, takeUntil } from 'rxjs';
import { BusError, type Bus, type Delivery, type PublishReceipt } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { eventsOf, withoutStored, type Mark } from '../../core/scorer/marks.ts';
import { createScorer, type Plan, type PlannedDelivery, type Scorer } from '../../core/scorer/scorer.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Settings } from '../config/settings.config.ts';
import { errorText } from '../../core/errors/error-text.ts';

const BACKLOG_EVERY_MS = 2_000;
const RETRY_DELAY_MS_MAX = 10_000;
/** Workers of one group that can have their hands full at once. */
const WORKERS_MAX = 32;
/** Deliveries planned together: enough to share the cost of a plan, few enough that what one stage makes is still in the
 *  processor's cache when the next one reads it (measured: 32 take a quarter less than 200). */
const PLAN_DELIVERIES = 32;

export interface ScorerService {
  /** Plans with these pipelines from the next batch on. */
  replace(pipelines: readonly CompiledPipeline[]): void;
  /** Stops pulling, finishes what is in hand. */
  stop(): Promise<void>;
  /** Rejects when the input ends in an error. */
  readonly failed: Promise<never>;
}

export interface ScorerServiceOptions {
  readonly bus: Bus;
  readonly settings: Settings['scorer'];
  readonly pipelines: readonly CompiledPipeline[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
}

export function startScorer(options: ScorerServiceOptions): ScorerService {
  const { bus, settings, telemetry, clock } = options;
  const make = (pipelines: readonly CompiledPipeline[]): Scorer =>
    createScorer({
      pipelines,
      clock,
      payloadBytesMax: bus.payloadBytesMax,
      dedupeKeysMax: settings.dedupeKeysMax,
      random: Math.random,
    });
  let scorer = make(options.pipelines);
  const inHand = new Map<readonly Delivery[], { readonly work: Promise<void>; refreshedMs: number }>();
  const stopped = new Subject<void>();

  const input = bus.consume({
    stream: STREAMS.in,
    durable: settings.group,
    ackWaitMs: settings.ackWait,
    inHandMax: settings.inHandMax,
    unacknowledgedMax: settings.inHandMax * WORKERS_MAX,
  });
  const process = async (batch: readonly Delivery[]): Promise<void> => {
    const work = processBatch(batch, scorer, options);
    inHand.set(batch, { work, refreshedMs: clock.monotonicMs() });
    await work;
    inHand.delete(batch);
  };
  const failed = new Promise<never>((_, reject) => {
    input.pipe(mergeMap(slices), mergeMap(process), takeUntil(stopped)).subscribe({ error: reject });
  });
  failed.catch(() => undefined);
  const timers = [
    interval(settings.ackWait / 3).subscribe(() => {
      const nowMs = clock.monotonicMs();
      for (const [batch, entry] of inHand) {
        if (nowMs - entry.refreshedMs < settings.ackWait / 3) continue;
        entry.refreshedMs = nowMs;
        for (const delivery of batch) delivery.working();
      }
    }),
    interval(BACKLOG_EVERY_MS).subscribe(() => {
      bus.backlog(STREAMS.in, settings.group).then(
        (backlog) => telemetry({ type: 'backlog', consumer: settings.group, ...backlog }),
        () => undefined, // While disconnected there is nothing to say; the bus status says that.
      );
    }),
  ];
  return {
    failed,
    replace: (pipelines) => {
      scorer = make(pipelines);
    },
    async stop() {
      stopped.next();
      for (const timer of timers) timer.unsubscribe();
      await Promise.all([...inHand.values()].map(({ work }) => work));
    },
  };
}

/** A plan that fails as a whole is a fault of ours or of an engine that computes elsewhere: the deliveries come again, and at last become dead letters. */
async function planOrRetry(
  scorer: Scorer,
  batch: readonly Delivery[],
  options: ScorerServiceOptions,
): Promise<Plan> {
  try {
    return await scorer.plan(batch);
  } catch (error) {
    retry(batch, error, retryDelayMs, options);
    return { deliveries: [], events: [] };
  }
}

/** Gives deliveries back, and says why. */
function retry(
  deliveries: readonly Delivery[],
  error: unknown,
  delayMsOf: (delivery: Delivery) => number,
  { telemetry }: ScorerServiceOptions,
): void {
  telemetry({ type: 'delivery_retried', deliveries: deliveries.length, error: errorText(error) });
  for (const delivery of deliveries) delivery.retry(delayMsOf(delivery));
}

function retryDelayMs({ attempt }: Delivery): number {
  return Math.min(RETRY_DELAY_MS_MAX, 250 * 2 ** Math.min(attempt, 10));
}

function slices(batch: readonly Delivery[]): (readonly Delivery[])[] {
  if (batch.length <= PLAN_DELIVERIES) return [batch];
  const count = Math.ceil(batch.length / PLAN_DELIVERIES);
  return Array.from({ length: count }, (_, index) =>
    batch.slice(index * PLAN_DELIVERIES, (index + 1) * PLAN_DELIVERIES),
  );
}

/** With the scorer that planned the batch. */
interface BatchContext extends ScorerServiceOptions {
  readonly scorer: Scorer;
}

/** Never rejects: what could not be published is delivered again. */
async function processBatch(
  batch: readonly Delivery[],
  scorer: Scorer,
  options: ScorerServiceOptions,
): Promise<void> {
  const { telemetry, clock, settings } = options;
  let bytes = 0;
  let redelivered = 0;
  for (const delivery of batch) {
    bytes += delivery.data.byteLength;
    if (delivery.attempt > 1) redelivered += 1;
  }
  telemetry({ type: 'received', deliveries: batch.length, bytes, redelivered });
  const poisoned = batch.filter(({ attempt }) => attempt > settings.deliveriesMax);
  const sound =
    poisoned.length === 0 ? batch : batch.filter(({ attempt }) => attempt <= settings.deliveriesMax);
  const context = { ...options, scorer };
  const plan = await planOrRetry(scorer, sound, options);
  for (const event of plan.events) telemetry(event);
  const marks: Mark[] = [];
  const publishedMs = clock.monotonicMs();
  await Promise.all([
    ...plan.deliveries.map((planned, index) => settle(sound[index], planned, marks, context)),
    ...poisoned.map((delivery) => settle(delivery, buried(delivery, context), marks, context)),
  ]);
  const messages = marks.filter(({ type }) => type !== 'redacted').length;
  const seconds = (clock.monotonicMs() - publishedMs) / 1_000;
  telemetry({ type: 'stage_time', stage: 'publish', seconds, messages });
  for (const event of eventsOf(marks, clock.nowMs())) telemetry(event);
}

/** Written with `then`, not `await`: it runs once a message, and nearly every message has one output. */
function settle(
  delivery: Delivery | undefined,
  planned: PlannedDelivery,
  marks: Mark[],
  context: BatchContext,
): Promise<void> | undefined {
  if (!delivery) return undefined;
  const { bus } = context;
  const [first] = planned.outputs;
  const confirmed =
    first && planned.outputs.length === 1
      ? bus.publish(first).then((receipt) => (receipt.duplicate ? [receipt] : NONE_STORED))
      : Promise.all(planned.outputs.map((output) => bus.publish(output)));
  return confirmed.then(
    (receipts) => {
      delivery.ack();
      // In a later attempt what is stored already is our own, from an attempt that was not counted.
      const stored = delivery.attempt === 1 && receipts.some(({ duplicate }) => duplicate);
      const counted = stored
        ? withoutStored(planned.marks, (at) => receipts[at]?.duplicate === true)
        : planned.marks;
      for (const mark of counted) marks.push(mark);
    },
    (error: unknown) => recover(delivery, error, marks, context),
  );
}

const NONE_STORED: readonly PublishReceipt[] = [];

async function recover(
  delivery: Delivery,
  error: unknown,
  marks: Mark[],
  context: BatchContext,
): Promise<void> {
  if (error instanceof BusError && error.code === 'BUS_CLOSED') return; // The broker delivers it again, to the next life.
  if (error instanceof BusError && !error.canRetry) {
    await settleTooLarge(delivery, error, marks, context);
    return;
  }
  retry([delivery], error, retryDelayMs, context);
}

/** An output that the bus can never take: the input becomes a dead letter, so that it is neither lost nor stuck. */
async function settleTooLarge(delivery: Delivery, error: BusError, marks: Mark[], context: BatchContext) {
  const reason = error.code === 'BUS_PAYLOAD_TOO_LARGE' ? 'output_too_large' : 'unpublishable';
  const planned = bury(delivery, reason, error.message, context);
  try {
    await Promise.all(planned.outputs.map((output) => context.bus.publish(output)));
    delivery.ack();
    marks.push(...planned.marks);
  } catch (again) {
    retry([delivery], again, () => RETRY_DELAY_MS_MAX, context);
  }
}

function buried(delivery: Delivery, context: BatchContext): PlannedDelivery {
  const detail = `delivered ${delivery.attempt} times; at most ${context.settings.deliveriesMax} are tried`;
  return bury(delivery, 'delivered_too_often', detail, context);
}

function bury(delivery: Delivery, reason: string, detail: string, { scorer }: BatchContext): PlannedDelivery {
  const { subject, sequence, storedAtMs, data } = delivery;
  return scorer.bury({ reason, detail, bytes: data }, { subject, sequence, storedAtMs, line: 0 });
}
