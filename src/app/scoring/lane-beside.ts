/** A lane in a thread of its own, with a connection of its own: nothing is handed over but what it tells. */
import { Worker } from 'node:worker_threads';
import type { NatsConfig } from '../../adapters/nats/nats.config.ts';
import type { LayerState } from '../../core/relevance/marks/layer.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { FromThread, LaneShare, LaneTask, ToThread } from './lane-thread.ts';

/** Of a thread: what planning makes lives shortly, and room for more of it means fewer collections. */
const YOUNG_GENERATION_MB = 32;

export interface BesideOptions extends LaneShare {
  readonly telemetry: Telemetry;
}

export interface LaneBeside {
  take(): void;
  /** Resolves when it takes no more; or when it is lost. */
  rest(): Promise<void>;
  /** What moderators' marks have taught the filter of a pipeline, from the next batch on. */
  learn(pipeline: string, state: LayerState): void;
  /** Takes no more, finishes what is in hand, ends; resolves then, or when it is lost. */
  stop(): Promise<void>;
  /** Ends without finishing anything. */
  terminate(): Promise<void>;
  /** Resolves with the reason when it ends unasked; what it had in hand is delivered again, to others. Stays open otherwise. */
  readonly lost: Promise<Error>;
}

export type OpenBeside = (options: BesideOptions) => LaneBeside;

export function besideOn(nats: NatsConfig): OpenBeside {
  return ({ telemetry, ...share }) => {
    const workerData: LaneTask = { ...share, nats };
    const worker = new Worker(new URL('lane-thread.js', import.meta.url), {
      workerData,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    return overWorker(worker, telemetry);
  };
}

/** `worker` speaks as `serveLane` does. */
export function overWorker(worker: Worker, telemetry: Telemetry): LaneBeside {
  return new ThreadLane(worker, telemetry);
}

class ThreadLane implements LaneBeside {
  readonly lost: Promise<Error>;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #resting: (() => void)[] = [];
  #isEnded = false;

  constructor(worker: Worker, telemetry: Telemetry) {
    this.#worker = worker;
    let end: () => void = () => undefined;
    this.#ended = new Promise((resolve) => (end = resolve));
    this.lost = new Promise((resolve) => {
      const lose = (error: Error) => {
        if (!this.#isEnded) resolve(error);
        this.#isEnded = true;
        for (const rested of this.#resting.splice(0)) rested();
        end();
      };
      worker.on('message', (message: FromThread) => {
        if (message.type === 'told') for (const event of message.events) telemetry(event);
        else if (message.type === 'resting') this.#resting.shift()?.();
        else if (message.type === 'failed') lose(new Error(message.error));
        else {
          this.#isEnded = true;
          end();
        }
      });
      worker.on('error', lose);
      worker.on('messageerror', lose);
      worker.on('exit', (code) => lose(new Error(`the thread of the second lane ended with ${code}`)));
    });
  }

  take(): void {
    this.#say({ type: 'take' });
  }

  rest(): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    const rested = new Promise<void>((resolve) => this.#resting.push(resolve));
    this.#say({ type: 'rest' });
    return rested;
  }

  learn(pipeline: string, state: LayerState): void {
    this.#say({ type: 'layer', pipeline, state });
  }

  async stop(): Promise<void> {
    this.#say({ type: 'stop' });
    await this.#ended;
    await this.terminate();
  }

  async terminate(): Promise<void> {
    this.#isEnded = true;
    await this.#worker.terminate();
  }

  #say(message: ToThread): void {
    if (!this.#isEnded) this.#worker.postMessage(message);
  }
}
