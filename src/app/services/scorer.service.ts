/** Runs the scorer on the bus: pulls batches, plans, publishes, and acknowledges an input only after the broker confirmed
 *  every output of it. */
import { defer, interval, mergeMap, Subject, switchMap, takeUntil } from 'rxjs';
import { BusError, type Bus, type Delivery, type PublishReceipt } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { eventsOf, withoutStored, type Mark } from '../../core/scorer/marks.ts';
import { createScorer, type Plan, type PlannedDelivery, type Scorer } from '../../core/scorer/scorer.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Settings } from '../config/settings.config.ts';
import { startMarks } from './marks.service.ts';
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
  const stopped = new Subject<void>();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = (error) => reject(error instanceof Error ? error : new Error(String(error)));
  });
  failed.catch(() => undefined);
  const make = (pipelines: readonly CompiledPipeline[]): Scorer =>
    createScorer({
      pipelines,
      clock,
      payloadBytesMax: bus.payloadBytesMax,
      dedupeKeysMax: settings.dedupeKeysMax,
      random: Math.random,
      layerOf: (pipeline) => marks.layerOf(pipeline),
    });
  let scorer = make(options.pipelines);
  const bury: Scorer['bury'] = (letter, place) => scorer.bury(letter, place);
  const marks = startMarks({ bus, pipelines: options.pipelines, telemetry, bury, onFailure: fail });
  const inHand = new Map<readonly Delivery[], { readonly work: Promise<void>; refreshedMs: number }>();

  const source = bus.consume({
    stream: STREAMS.in,
    durable: settings.group,
    ackWaitMs: settings.ackWait,
    inHandMax: settings.inHandMax,
    unacknowledgedMax: settings.inHandMax * WORKERS_MAX,
  });
  // A filter judges nothing before it knows what it was told: what a restart finds, the life before had found.
  const input = defer(() => marks.ready).pipe(switchMap(() => source));
  const process = async (batch: readonly Delivery[]): Promise<void> => {
    const work = processBatch(batch, scorer, options);
    inHand.set(batch, { work, refreshedMs: clock.monotonicMs() });
    await work;
    inHand.delete(batch);
  };
  input.pipe(mergeMap(slices), mergeMap(process), takeUntil(stopped)).subscribe({ error: fail });
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
      marks.replace(pipelines);
    },
    async stop() {
      stopped.next();
      for (const timer of timers) timer.unsubscribe();
      await Promise.all([...inHand.values()].map(({ work }) => work));
      await marks.stop();
    },
  };
}

/** A plan that fails as a whole is a fault of ours or of an engine that computes elsewhere: the deliveries come again, and at last become dead letters. */
function planOrRetry(
  scorer: Scorer,
  batch: readonly Delivery[],
  options: ScorerServiceOptions,
): Plan | Promise<Plan> {
  const failed = (error: unknown): Plan => {
    retry(batch, error, retryDelayMs, options);
    return { deliveries: [], events: [] };
  };
  try {
    const plan = scorer.plan(batch);
    return plan instanceof Promise ? plan.catch(failed) : plan;
  } catch (error) {
    return failed(error);
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
  const marks: Mark[] = [];
  const { settled } = await planAndPublish(sound, marks, context);
  for (const delivery of poisoned) settled.push(settle(delivery, buried(delivery, context), marks, context));
  const publishedMs = clock.monotonicMs();
  await Promise.all(settled);
  const messages = marks.filter(({ type }) => type !== 'redacted').length;
  const seconds = (clock.monotonicMs() - publishedMs) / 1_000;
  telemetry({ type: 'stage_time', stage: 'publish', seconds, messages });
  for (const event of eventsOf(marks, clock.nowMs())) telemetry(event);
}

/** Answers when all is sent, with what waits for the broker. Apart from its caller, so that the plan is garbage while that
 *  waits: what lives until a confirmation survives several garbage collections, and each copies it. */
async function planAndPublish(
  deliveries: readonly Delivery[],
  marks: Mark[],
  context: BatchContext,
): Promise<{ readonly settled: Promise<void>[] }> {
  const planning = planOrRetry(context.scorer, deliveries, context);
  // Sent before the next deliveries are planned, where nothing has to be waited for.
  const plan = planning instanceof Promise ? await planning : planning;
  for (const event of plan.events) context.telemetry(event);
  const settled: Promise<void>[] = [];
  for (const [index, planned] of plan.deliveries.entries()) {
    const delivery = deliveries[index];
    if (delivery) settled.push(settle(delivery, planned, marks, context));
  }
  return { settled };
}

/** Written with `then`, not `await`: it runs once a message, and nearly every message has one output. Nothing that waits
 *  here holds the outputs. */
function settle(
  delivery: Delivery,
  { outputs, marks: planned }: PlannedDelivery,
  marks: Mark[],
  context: BatchContext,
): Promise<void> {
  const confirmed = (receipts: readonly PublishReceipt[]) => {
    delivery.ack();
    // In a later attempt what is stored already is our own, from an attempt that was not counted.
    const stored = delivery.attempt === 1 && receipts.some(({ duplicate }) => duplicate);
    const counted = stored ? withoutStored(planned, (at) => receipts[at]?.duplicate === true) : planned;
    for (const mark of counted) marks.push(mark);
  };
  const failed = (error: unknown) => recover(delivery, error, marks, context);
  const { bus } = context;
  const [only] = outputs;
  return only && outputs.length === 1
    ? bus.publish(only).then((receipt) => confirmed(receipt.duplicate ? [receipt] : NONE_STORED), failed)
    : Promise.all(outputs.map((output) => bus.publish(output))).then(confirmed, failed);
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
