/** Runs the scorer on the bus: pulls batches, plans, publishes, and acknowledges an input only after the broker confirmed
 *  every output of it. */
import { defer, interval, mergeMap, Subject, switchMap, takeUntil, type Subscription } from 'rxjs';
import type { Bus, Delivery } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { eventsOf, type Mark } from '../../core/scorer/marks.ts';
import type { Plan, PlannedDelivery, Scorer } from '../../core/scorer/scorer.ts';
import { Slots } from '../../core/slots/slots.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Settings } from '../config/settings.config.ts';
import { openHere, type OpenScorer, type OpenScorerAs } from '../scoring/open-scorer.ts';
import { replaceableScorer } from '../scoring/replaceable-scorer.ts';
import { startMarks } from './marks.service.ts';
import { bury, publishPlanned, retry, retryDelayMs, type PublishContext } from './publish-planned.ts';

const BACKLOG_EVERY_MS = 2_000;
/** Workers of one group that can have their hands full at once. */
const WORKERS_MAX = 32;
export interface ScorerService {
  /** Resolves when batches are planned with these pipelines; rejects when they cannot be, and those before stay. */
  replace(pipelines: readonly CompiledPipeline[]): Promise<void>;
  /** Stops pulling, finishes what is in hand. */
  stop(): Promise<void>;
  /** Resolves when it can plan; rejects when it never will. */
  readonly ready: Promise<void>;
  /** Rejects when the input ends in an error. */
  readonly failed: Promise<never>;
}

export interface ScorerServiceOptions {
  readonly bus: Bus;
  readonly settings: Omit<Settings['scorer'], 'thread'>;
  readonly pipelines: readonly CompiledPipeline[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Here unless told otherwise. */
  readonly open?: OpenScorerAs;
}

export function startScorer(options: ScorerServiceOptions): ScorerService {
  const { bus, settings, telemetry, clock } = options;
  const stopped = new Subject<void>();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = (error) => reject(error instanceof Error ? error : new Error(String(error)));
  });
  failed.catch(() => undefined);
  const inHand = new Slots<InHand>();
  const finishInHand = () => Promise.all(inHand.entries().map(([, { work }]) => work));
  const scorer = replaceableScorer({
    pipelines: options.pipelines,
    open: (pipelines) =>
      (options.open ?? openHere)({
        pipelines,
        clock,
        payloadBytesMax: bus.payloadBytesMax,
        dedupeKeysMax: settings.dedupeKeysMax,
        random: Math.random,
        layerOf: (pipeline) => marks.layerOf(pipeline),
      }),
    finishInHand,
    onFailure: fail,
  });
  const bury: Scorer['bury'] = (letter, place) => scorer.current.bury(letter, place);
  let batches = batchesOf(options.pipelines);
  const marks = startMarks({ bus, pipelines: options.pipelines, telemetry, bury, onFailure: fail });

  const source = bus.consume({
    stream: STREAMS.in,
    durable: settings.group,
    ackWaitMs: settings.ackWait,
    inHandMax: settings.inHandMax,
    unacknowledgedMax: settings.inHandMax * WORKERS_MAX,
  });
  // A filter judges nothing before it knows what it was told: what a restart finds, the life before had found.
  const input = defer(() => Promise.all([marks.ready, scorer.current.ready])).pipe(switchMap(() => source));
  const process = async (batch: readonly Delivery[]): Promise<void> => {
    const work = processBatch(batch, { ...options, scorer: scorer.current, batches });
    const number = inHand.add({ batch, work, refreshedMs: clock.monotonicMs() });
    await work;
    inHand.take(number);
  };
  input
    .pipe(
      mergeMap((batch) => slices(batch, scorer.current.planDeliveries)),
      mergeMap(process),
      takeUntil(stopped),
    )
    .subscribe({ error: fail });
  const timers = [keepWorking(inHand, options), tellBacklog(options)];
  return {
    ready: scorer.current.ready,
    failed,
    replace: async (pipelines) => {
      await scorer.replace(pipelines);
      batches = batchesOf(pipelines);
      marks.replace(pipelines);
    },
    async stop() {
      stopped.next();
      for (const timer of timers) timer.unsubscribe();
      await finishInHand();
      await scorer.close();
      await marks.stop();
    },
  };
}

/** Which pipelines publish batches, and how. */
function batchesOf(pipelines: readonly CompiledPipeline[]): PublishContext['batches'] {
  const named = pipelines.flatMap(({ config: { name, output } }) =>
    output.batch ? [[name, output.batch] as const] : [],
  );
  return new Map(named);
}

interface InHand {
  readonly batch: readonly Delivery[];
  readonly work: Promise<void>;
  /** When the broker was last told that the work goes on, on the monotonic clock. */
  refreshedMs: number;
}

/** The broker would deliver again what it takes for forgotten. */
function keepWorking(inHand: Slots<InHand>, { settings, clock }: ScorerServiceOptions): Subscription {
  const everyMs = settings.ackWait / 3;
  return interval(everyMs).subscribe(() => {
    const nowMs = clock.monotonicMs();
    for (const [, entry] of inHand.entries()) {
      if (nowMs - entry.refreshedMs < everyMs) continue;
      entry.refreshedMs = nowMs;
      for (const delivery of entry.batch) delivery.working();
    }
  });
}

function tellBacklog({ bus, settings, telemetry }: ScorerServiceOptions): Subscription {
  return interval(BACKLOG_EVERY_MS).subscribe(() => {
    bus.backlog(STREAMS.in, settings.group).then(
      (backlog) => telemetry({ type: 'backlog', consumer: settings.group, ...backlog }),
      () => undefined, // While disconnected there is nothing to say; the bus status says that.
    );
  });
}

/** A plan that fails as a whole is a fault of ours or of an engine that computes elsewhere: the deliveries come again, and at last become dead letters. */
function planOrRetry(
  scorer: OpenScorer,
  batch: readonly Delivery[],
  options: ScorerServiceOptions,
): Plan | Promise<Plan> {
  const failed = (error: unknown): Plan => {
    retry(batch, error, retryDelayMs, options);
    return { deliveries: [], events: [] };
  };
  try {
    const plan = scorer.plan(batch, batch.at(-1)?.pending ?? 0);
    return plan instanceof Promise ? plan.catch(failed) : plan;
  } catch (error) {
    return failed(error);
  }
}

function slices(batch: readonly Delivery[], deliveriesMax: number): (readonly Delivery[])[] {
  if (batch.length <= deliveriesMax) return [batch];
  const count = Math.ceil(batch.length / deliveriesMax);
  return Array.from({ length: count }, (_, index) =>
    batch.slice(index * deliveriesMax, (index + 1) * deliveriesMax),
  );
}

interface BatchContext extends ScorerServiceOptions, PublishContext {
  /** The one that plans the batch. */
  readonly scorer: OpenScorer;
}

/** Never rejects: what could not be published is delivered again. */
async function processBatch(batch: readonly Delivery[], context: BatchContext): Promise<void> {
  const { telemetry, clock, settings } = context;
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
  const marks: Mark[] = [];
  const { settled } = await planAndPublish(sound, marks, context);
  const dead = poisoned.map((delivery) => buried(delivery, context));
  const publishedMs = clock.monotonicMs();
  await Promise.all([settled, publishPlanned(poisoned, dead, marks, context)]);
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
): Promise<{ readonly settled: Promise<void> }> {
  const planning = planOrRetry(context.scorer, deliveries, context);
  // Sent before the next deliveries are planned, where nothing has to be waited for.
  const plan = planning instanceof Promise ? await planning : planning;
  for (const event of plan.events) context.telemetry(event);
  return { settled: publishPlanned(deliveries, plan.deliveries, marks, context) };
}

function buried(delivery: Delivery, context: BatchContext): PlannedDelivery {
  const detail = `delivered ${delivery.attempt} times; at most ${context.settings.deliveriesMax} are tried`;
  return bury(delivery, 'delivered_too_often', detail, context);
}
