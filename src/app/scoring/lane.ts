/** Takes messages from the bus, plans what becomes of them, publishes that, and acknowledges an input only after the broker confirmed
 *  every output of it. A scorer has one lane, and a second one in a thread beside it while it needs that. */
import { interval, Subject, type Subscription } from 'rxjs';
import type { Bus, Delivery } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import type { Batches } from '../../core/scorer/batches.ts';
import { eventsOf, type Mark } from '../../core/scorer/marks.ts';
import {
  createScorer,
  type Plan,
  type PlannedDelivery,
  type Scorer,
  type ScorerOptions,
} from '../../core/scorer/scorer.ts';
import { Slots } from '../../core/slots/slots.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Settings } from '../config/settings.config.ts';
import {
  bury,
  publishPlanned,
  retry,
  retryDelayMs,
  type PublishContext,
} from '../services/publish-planned.ts';

/** Enough to share the cost of a plan, few enough that what one stage makes is still in the processor's cache when the next one
 *  reads it (measured: 64 and 128 take a twentieth less than 32). */
const SLICE_DELIVERIES_MAX = 64;
const SLICE_BYTES_MAX = 65_536;
/** Whoever else needs this thread waits hardly longer for it. */
const TURN_MS = 10;
/** Workers of one group that can have their hands full at once. */
const WORKERS_MAX = 32;

export type LaneSettings = Omit<Settings['scorer'], 'thread'>;

/** What deliveries are planned with. */
export interface LanePlans {
  readonly scorer: Scorer;
  /** Pipelines that publish batches, and how. */
  readonly batches: Batches;
}

/** What all lanes of a scorer use. */
export interface LaneUse {
  readonly pipelines: readonly CompiledPipeline[];
  /** Where they remember keys. */
  readonly keysRoom: SharedArrayBuffer;
}

export function lanePlans(
  use: LaneUse,
  {
    bus,
    settings,
    clock,
    layerOf,
  }: Pick<LaneOptions, 'bus' | 'settings' | 'clock'> & Required<Pick<ScorerOptions, 'layerOf'>>,
): LanePlans {
  const { dedupeKeysMax } = settings;
  const { payloadBytesMax } = bus;
  const { random } = Math;
  const scorer = createScorer({ ...use, clock, payloadBytesMax, dedupeKeysMax, random, layerOf });
  return { scorer, batches: batchesOf(use.pipelines) };
}

export interface LaneOptions {
  readonly bus: Bus;
  readonly settings: LaneSettings;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly plans: LanePlans;
  /** What has arrived together and is planned next. */
  readonly onBatch?: (batch: readonly Delivery[]) => void;
  /** The input has ended in an error. */
  readonly onFailure: (error: unknown) => void;
}

/** Planned together, and later on settled together. */
interface Slice {
  readonly deliveries: readonly Delivery[];
  /** When the broker was last told that the work goes on, on the monotonic clock. */
  refreshedMs: number;
}

export class Lane {
  /** Of the next slice that is planned. */
  plans: LanePlans;
  readonly #options: LaneOptions;
  readonly #inHand = new Slots<Slice>();
  /** Those of the hand that are not planned yet, in order, by their places there. */
  #unplanned: number[] = [];
  /** Ends the taking; undefined at rest. */
  #enough: Subject<void> | undefined;
  /** Resolves when what was under way for it has come. */
  #taken: Promise<unknown> = Promise.resolve();
  readonly #refreshing: Subscription;
  /** It plans, or goes on to once others had their turn. */
  #isWorking = false;
  #onEmpty: (() => void)[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
    this.plans = options.plans;
    this.#refreshing = interval(options.settings.ackWait / 3).subscribe(() => this.#refresh());
  }

  /** Begins to take messages, if it does not. */
  take(): void {
    const { bus, settings, onFailure } = this.#options;
    if (this.#enough !== undefined) return;
    const enough = new Subject<void>();
    const source = bus.consume({
      stream: STREAMS.in,
      durable: settings.group,
      ackWaitMs: settings.ackWait,
      inHandMax: settings.inHandMax,
      unacknowledgedMax: settings.inHandMax * WORKERS_MAX,
      until: enough,
    });
    const ended = new Promise<void>((complete) => {
      const error = (failure: unknown) => (onFailure(failure), complete());
      source.subscribe({ next: (batch) => this.#receive(batch), error, complete });
    });
    this.#enough = enough;
    this.#taken = Promise.all([this.#taken, ended]).then(() => undefined);
  }

  /** Takes no more. Resolves when what was under way has come; it is planned yet. */
  async rest(): Promise<void> {
    this.#enough?.next();
    this.#enough = undefined;
    await this.#taken;
  }

  /** Takes no more, finishes what is in hand. */
  async stop(): Promise<void> {
    const rested = this.rest();
    this.#refreshing.unsubscribe();
    await rested;
    if (this.#inHand.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
  }

  #receive(batch: readonly Delivery[]): void {
    const { onBatch, clock } = this.#options;
    onBatch?.(batch);
    const refreshedMs = clock.monotonicMs();
    for (const deliveries of slicesOf(batch))
      this.#unplanned.push(this.#inHand.add({ deliveries, refreshedMs }));
    if (!this.#isWorking) this.#work();
  }

  #work(): void {
    const { clock } = this.#options;
    const untilMs = clock.monotonicMs() + TURN_MS;
    const numbers = this.#unplanned;
    this.#isWorking = true;
    let planned = 0;
    while (planned < numbers.length && (planned === 0 || clock.monotonicMs() < untilMs))
      void this.#process(numbers[planned++] ?? 0);
    this.#unplanned = numbers.slice(planned);
    this.#isWorking = this.#unplanned.length > 0;
    if (this.#isWorking) setImmediate(() => this.#work());
  }

  /** Never rejects: what could not be published is delivered again. */
  async #process(number: number): Promise<void> {
    const { deliveries } = this.#inHand.get(number) ?? { deliveries: [] };
    await processSlice(deliveries, { ...this.#options, ...this.plans });
    this.#inHand.take(number);
    if (this.#inHand.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  /** The broker would deliver again what it takes for forgotten. */
  #refresh(): void {
    const { clock, settings } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const [, slice] of this.#inHand.entries()) {
      if (nowMs - slice.refreshedMs < settings.ackWait / 3) continue;
      slice.refreshedMs = nowMs;
      for (const delivery of slice.deliveries) delivery.working();
    }
  }
}

/** Which pipelines publish batches, and how. */
function batchesOf(pipelines: readonly CompiledPipeline[]): Batches {
  const named = pipelines.flatMap(({ config: { name, output } }) =>
    output.batch ? [[name, output.batch] as const] : [],
  );
  return new Map(named);
}

function* slicesOf(batch: readonly Delivery[]): Generator<readonly Delivery[]> {
  let from = 0;
  let bytes = 0;
  for (const [at, { data }] of batch.entries()) {
    if (at > from && (at - from === SLICE_DELIVERIES_MAX || bytes + data.byteLength > SLICE_BYTES_MAX)) {
      yield batch.slice(from, at);
      from = at;
      bytes = 0;
    }
    bytes += data.byteLength;
  }
  yield from === 0 ? batch : batch.slice(from);
}

type SliceContext = Pick<LaneOptions, 'settings' | 'clock'> & PublishContext & LanePlans;

async function processSlice(deliveries: readonly Delivery[], context: SliceContext): Promise<void> {
  const { telemetry, clock, settings } = context;
  let bytes = 0;
  let redelivered = 0;
  for (const delivery of deliveries) {
    bytes += delivery.data.byteLength;
    if (delivery.attempt > 1) redelivered += 1;
  }
  telemetry({ type: 'received', deliveries: deliveries.length, bytes, redelivered });
  const poisoned = deliveries.filter(({ attempt }) => attempt > settings.deliveriesMax);
  const sound =
    poisoned.length === 0
      ? deliveries
      : deliveries.filter(({ attempt }) => attempt <= settings.deliveriesMax);
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
  context: SliceContext,
): Promise<{ readonly settled: Promise<void> }> {
  const planning = planOrRetry(deliveries, context);
  // Sent before the next deliveries are planned, where nothing has to be waited for.
  const plan = planning instanceof Promise ? await planning : planning;
  for (const event of plan.events) context.telemetry(event);
  return { settled: publishPlanned(deliveries, plan.deliveries, marks, context) };
}

/** A plan that fails as a whole is a fault of ours or of an engine that computes elsewhere: the deliveries come again, and at last become dead letters. */
function planOrRetry(deliveries: readonly Delivery[], context: SliceContext): Plan | Promise<Plan> {
  const failed = (error: unknown): Plan => {
    retry(deliveries, error, retryDelayMs, context);
    return { deliveries: [], events: [] };
  };
  try {
    const plan = context.scorer.plan(deliveries);
    return plan instanceof Promise ? plan.catch(failed) : plan;
  } catch (error) {
    return failed(error);
  }
}

function buried(delivery: Delivery, context: SliceContext): PlannedDelivery {
  const detail = `delivered ${delivery.attempt} times; at most ${context.settings.deliveriesMax} are tried`;
  return bury(delivery, 'delivered_too_often', detail, context);
}
