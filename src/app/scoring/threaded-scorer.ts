/** A scorer whose plans are made in a thread of its own. Dead letters of whole deliveries are made here. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Bus } from '../../core/bus/bus.port.ts';
import type { LayerState } from '../../core/relevance/marks/layer.ts';
import { createBury, type Bury } from '../../core/scorer/bury.ts';
import type { Plan, ScorerOptions } from '../../core/scorer/scorer.ts';
import { Slots } from '../../core/slots/slots.ts';
import { Views } from '../../core/scorer/views.ts';
import type { Settings } from '../config/settings.config.ts';
import { openHere, type OpenScorer, type OpenScorerAs } from './open-scorer.ts';
import { packBatch, unpackPlan } from './plan-wire.ts';
import type { FromThread, ThreadTask, ToThread } from './scorer-thread.ts';

/** Of a thread: what planning makes lives shortly, and room for more of it means fewer collections. */
const YOUNG_GENERATION_MB = 32;

/** What is handed over costs the same for one delivery and for many; more at once wait longer for their turn. */
const PLAN_DELIVERIES = 256;

interface Waiting {
  readonly resolve: (plan: Plan) => void;
  readonly reject: (error: Error) => void;
}

/** `auto`: in a thread where there is a processor for it, unless nothing outlives the process anyway. */
export function whereToPlan(
  setting: Settings['scorer']['thread'],
  { durable }: Pick<Bus, 'durable'>,
): OpenScorerAs {
  const inThread = setting === 'on' || (setting === 'auto' && durable && availableParallelism() > 1);
  return inThread ? openThreaded : openHere;
}

function openThreaded(options: ScorerOptions): OpenScorer {
  const { pipelines, payloadBytesMax, dedupeKeysMax } = options;
  const configs = pipelines.map(({ config }) => config);
  const workerData: ThreadTask = { configs, payloadBytesMax, dedupeKeysMax };
  const worker = new Worker(new URL('scorer-thread.js', import.meta.url), {
    workerData,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  return overWorker(worker, options);
}

/** `worker` speaks as `servePlans` does. */
export function overWorker(worker: Worker, options: ThreadedOptions): OpenScorer {
  return new ThreadedScorer(worker, options);
}

type ThreadedOptions = Pick<ScorerOptions, 'pipelines' | 'payloadBytesMax' | 'layerOf'>;

class ThreadedScorer implements OpenScorer {
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
  readonly #waiting = new Slots<Waiting>();
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

  /** Rejects when the plan fails, and when the thread is lost. */
  plan(batch: Parameters<OpenScorer['plan']>[0]): Promise<Plan> {
    if (this.#loss !== undefined) return Promise.reject(this.#loss);
    this.#tellLayers();
    const packed = packBatch(batch);
    return new Promise((resolve, reject) => {
      const number = this.#waiting.add({ resolve, reject });
      this.#post({ type: 'plan', number, batch: packed }, [packed.bytes]);
    });
  }

  async close(): Promise<void> {
    this.#lose(new Error('the scorer is closed'));
    await this.#worker.terminate();
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
    for (const [number] of this.#waiting.entries()) this.#waiting.take(number)?.reject(this.#loss);
  }

  #answer(message: Exclude<FromThread, { type: 'ready' | 'refused' }>): void {
    const waiting = this.#waiting.take(message.number);
    if (message.type === 'planned') waiting?.resolve(unpackPlan(message.plan));
    else waiting?.reject(new Error(message.error));
  }
}
