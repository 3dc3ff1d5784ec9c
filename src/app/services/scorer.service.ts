/** Runs the scorer on the bus: pulls batches, plans, publishes, and acknowledges an input only after the broker confirmed
 *  every output of it. */
import { defer, interval, mergeMap, Subject, switchMap, takeUntil, type Subscription } from 'rxjs';
import {
  BusError,
  type Bus,
  type Delivery,
  type OutboundMessage,
  type PublishOutcome,
} from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { eventsOf, withoutStored, type Mark } from '../../core/scorer/marks.ts';
import type { Plan, PlannedDelivery, Scorer } from '../../core/scorer/scorer.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Settings } from '../config/settings.config.ts';
import { openHere, type OpenScorerAs } from '../scoring/open-scorer.ts';
import { replaceableScorer } from '../scoring/replaceable-scorer.ts';
import { startMarks } from './marks.service.ts';
import { errorText } from '../../core/errors/error-text.ts';

const BACKLOG_EVERY_MS = 2_000;
const RETRY_DELAY_MS_MAX = 10_000;
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
  const inHand = new Map<readonly Delivery[], InHand>();
  const finishInHand = () => Promise.all([...inHand.values()].map(({ work }) => work));
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
    const work = processBatch(batch, scorer.current, options);
    inHand.set(batch, { work, refreshedMs: clock.monotonicMs() });
    await work;
    inHand.delete(batch);
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

interface InHand {
  readonly work: Promise<void>;
  /** When the broker was last told that the work goes on, on the monotonic clock. */
  refreshedMs: number;
}

/** The broker would deliver again what it takes for forgotten. */
function keepWorking(
  inHand: ReadonlyMap<readonly Delivery[], InHand>,
  { settings, clock }: ScorerServiceOptions,
): Subscription {
  const everyMs = settings.ackWait / 3;
  return interval(everyMs).subscribe(() => {
    const nowMs = clock.monotonicMs();
    for (const [batch, entry] of inHand) {
      if (nowMs - entry.refreshedMs < everyMs) continue;
      entry.refreshedMs = nowMs;
      for (const delivery of batch) delivery.working();
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

function slices(batch: readonly Delivery[], deliveriesMax: number): (readonly Delivery[])[] {
  if (batch.length <= deliveriesMax) return [batch];
  const count = Math.ceil(batch.length / deliveriesMax);
  return Array.from({ length: count }, (_, index) =>
    batch.slice(index * deliveriesMax, (index + 1) * deliveriesMax),
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

/** Publishes what comes of several deliveries together, and acknowledges each when all of its own is confirmed. What waits
 *  here holds no outputs. */
async function publishPlanned(
  deliveries: readonly Delivery[],
  planned: readonly PlannedDelivery[],
  marks: Mark[],
  context: BatchContext,
): Promise<void> {
  const recovering: Promise<void>[] = [];
  const finish = (done: Unconfirmed): void => {
    if (done.refusal === undefined) done.confirm(marks);
    else recovering.push(recover(done.delivery, done.refusal, marks, context));
  };
  const outputs: OutboundMessage[] = [];
  /** Of each output. */
  const owners: Unconfirmed[] = [];
  for (const [at, delivery] of deliveries.entries()) {
    const { outputs: own = [], marks: noted = [] } = planned[at] ?? {};
    const owner = new Unconfirmed(delivery, noted, outputs.length, own.length);
    if (own.length === 0) finish(owner);
    for (const output of own) {
      outputs.push(output);
      owners.push(owner);
    }
  }
  await context.bus.publishAll(outputs, (at, outcome) => {
    const owner = owners[at];
    if (owner?.settle(at, outcome) === true) finish(owner);
  });
  await Promise.all(recovering);
}

/** A delivery whose outputs wait for the broker. */
class Unconfirmed {
  readonly delivery: Delivery;
  /** Why one of its outputs was refused. */
  refusal: BusError | undefined;
  readonly #marks: readonly Mark[];
  /** Where its outputs begin among those published together. */
  readonly #from: number;
  #missing: number;
  /** Outputs that the broker held already. */
  #stored: number[] | undefined;

  constructor(delivery: Delivery, marks: readonly Mark[], from: number, outputs: number) {
    this.delivery = delivery;
    this.#marks = marks;
    this.#from = from;
    this.#missing = outputs;
  }

  /** Whether that was the last one. */
  settle(at: number, outcome: PublishOutcome): boolean {
    if (outcome instanceof BusError) this.refusal = outcome;
    else if (outcome.duplicate) (this.#stored ??= []).push(at - this.#from);
    this.#missing -= 1;
    return this.#missing === 0;
  }

  confirm(marks: Mark[]): void {
    this.delivery.ack();
    const stored = this.#stored;
    // In a later attempt what is stored already is our own, from an attempt that was not counted.
    const isSecond = stored !== undefined && this.delivery.attempt === 1;
    const counted = isSecond ? withoutStored(this.#marks, (output) => stored.includes(output)) : this.#marks;
    for (const mark of counted) marks.push(mark);
  }
}

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
