/** A scorer whose plans are made in a thread of its own. Dead letters of whole deliveries are made here. */
import { Worker } from 'node:worker_threads';
import type { LayerState } from '../../core/relevance/marks/layer.ts';
import { createBury, type Bury } from '../../core/scorer/bury.ts';
import type { Plan, PlanInput, ScorerOptions } from '../../core/scorer/scorer.ts';
import { Slots } from '../../core/slots/slots.ts';
import { Views } from '../../core/scorer/views.ts';
import type { OpenScorer } from './open-scorer.ts';
import { packBatch, unpackPlan } from './plan-wire.ts';
import type { FromThread, ThreadTask, ToThread } from './scorer-thread.ts';

/** Of a thread: what planning makes lives shortly, and room for more of it means fewer collections. */
const YOUNG_GENERATION_MB = 32;

/** What is handed over costs the same for one delivery and for many; more at once wait longer for their turn. */
const PLAN_DELIVERIES = 256;
/** One is planned, the other lies ready behind it. */
const HANDED_OVER_MAX = 2;

interface Request {
  readonly batch: readonly PlanInput[];
  readonly resolve: (plan: Plan) => void;
  readonly reject: (error: Error) => void;
}

/** Plans in a thread, and nowhere else. */
export interface Threaded extends OpenScorer {
  /** Nothing is planned there, and nothing waits for it. */
  readonly isIdle: boolean;
}

export function openThreaded(options: ScorerOptions): Threaded {
  const { pipelines, payloadBytesMax, dedupeKeysMax, keysRoom } = options;
  const configs = pipelines.map(({ config }) => config);
  const workerData: ThreadTask = { configs, payloadBytesMax, dedupeKeysMax, keysRoom };
  const worker = new Worker(new URL('scorer-thread.js', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  return overWorker(worker, options);
}

/** `worker` speaks as `servePlans` does. */
export function overWorker(worker: Worker, options: ThreadedOptions): Threaded {
  return new ThreadedScorer(worker, options);
}

type ThreadedOptions = Pick<ScorerOptions, 'pipelines' | 'payloadBytesMax' | 'layerOf'>;

class ThreadedScorer implements Threaded {
  readonly planDeliveries = PLAN_DELIVERIES;
  readonly ready: Promise<void>;
  readonly lost: Promise<Error>;
  readonly bury: Bury;
  readonly #worker: Worker;
  readonly #layerOf: ScorerOptions['layerOf'];
  /** Names of those with a filter. */
  readonly #filtered: readonly string[];
  /** What the thread knows of each pipeline's marks. */
  readonly #told = new Map<string, LayerState>();
  /** What comes while the thread is busy is handed over together: waking it takes as long as several plans. */
  readonly #waiting: Request[] = [];
  /** What was handed over together, until its plan comes back. */
  readonly #handedOver = new Slots<readonly Request[]>();
  #loss: Error | undefined;

  constructor(worker: Worker, { pipelines, payloadBytesMax, layerOf }: ThreadedOptions) {
    this.#worker = worker;
    this.#layerOf = layerOf;
    this.#filtered = pipelines.flatMap(({ config, filter }) => (filter ? [config.name] : []));
    this.bury = createBury(new Views(pipelines), payloadBytesMax);
    this.lost = new Promise((resolve) => {
      const lose = (error: Error) => {
        const isClosed = this.#loss !== undefined;
        this.#lose(error);
        if (!isClosed) resolve(error);
      };
      worker.on('error', lose);
      worker.on('messageerror', lose);
      worker.on('exit', (code) => lose(new Error(`the thread that plans ended with ${code}`)));
    });
    this.ready = new Promise((resolve, reject) => {
      worker.on('message', (message: FromThread) => {
        if (message.type === 'ready') resolve();
        else if (message.type === 'refused') reject(new Error(message.error));
        else this.#answer(message);
      });
      void this.lost.then((error) => reject(error));
    });
    this.ready.catch(() => undefined); // Nobody waits for one that was never used.
  }

  get isIdle(): boolean {
    return this.#handedOver.size === 0 && this.#waiting.length === 0;
  }

  /** Rejects when the plan fails, and when the thread is lost. */
  plan(batch: readonly PlanInput[]): Promise<Plan> {
    if (this.#loss !== undefined) return Promise.reject(this.#loss);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, resolve, reject });
      this.#handOver();
    });
  }

  async close(): Promise<void> {
    this.#lose(new Error('the scorer is closed'));
    await this.#worker.terminate();
  }

  #handOver(): void {
    const requests = this.#waiting;
    if (requests.length === 0 || this.#handedOver.size >= HANDED_OVER_MAX) return;
    let count = 0;
    let deliveries = 0;
    for (const { batch } of requests) {
      if (count > 0 && deliveries + batch.length > PLAN_DELIVERIES) break;
      deliveries += batch.length;
      count += 1;
    }
    const isFull = count < requests.length || deliveries >= PLAN_DELIVERIES;
    if (!isFull && this.#handedOver.size > 0) return; // It grows until the thread is free.
    const together = requests.splice(0, count);
    this.#tellLayers();
    const batch = packBatch(together.flatMap((request) => request.batch));
    this.#post({ type: 'plan', number: this.#handedOver.add(together), batch }, [batch.bytes]);
  }

  /** Marks are learned in this thread, seldom: what is new goes before the batch that it is for. */
  #tellLayers(): void {
    for (const pipeline of this.#filtered) {
      const state = this.#layerOf?.(pipeline)?.state;
      if (state === undefined || state === this.#told.get(pipeline)) continue;
      this.#told.set(pipeline, state);
      this.#post({ type: 'layer', pipeline, state });
    }
  }

  #post(message: ToThread, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #lose(error: Error): void {
    this.#loss ??= error;
    const handedOver = this.#handedOver.entries().flatMap(([number]) => this.#handedOver.take(number) ?? []);
    for (const { reject } of [...handedOver, ...this.#waiting.splice(0)]) reject(this.#loss);
  }

  #answer(message: Exclude<FromThread, { type: 'ready' | 'refused' }>): void {
    const together = this.#handedOver.take(message.number) ?? [];
    this.#handOver();
    if (message.type === 'failed') {
      const error = new Error(message.error);
      for (const { reject } of together) reject(error);
      return;
    }
    const { deliveries, events } = unpackPlan(message.plan);
    let from = 0;
    for (const [at, { batch, resolve }] of together.entries()) {
      const to = from + batch.length;
      // What happened to all is told once.
      resolve({ deliveries: deliveries.slice(from, to), events: at === 0 ? events : [] });
      from = to;
    }
  }
}
