/** The thread of a second lane: a connection, pipelines and a lane of its own. It shares nothing with the first lane but the memory of
 *  keys, and tells what happened in parcels. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { connectNatsBus } from '../../adapters/nats/nats-bus.ts';
import type { NatsConfig } from '../../adapters/nats/nats.config.ts';
import type { Bus } from '../../core/bus/bus.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { layerOfState, type LayerState, type MarkLayer } from '../../core/relevance/marks/layer.ts';
import type { Telemetry, TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';
import { systemClock } from '../clock.ts';
import { compileConfig } from '../pipelines/pipeline-files.ts';
import { Lane, lanePlans, type LaneSettings } from './lane.ts';

/** What happened is told after this long, or when it is so much: a parcel costs the same for one event and for many. */
const TELL_AFTER_MS = 50;
const EVENTS_MAX = 1_000;

/** What a lane beside shares with the first one. */
export interface LaneShare {
  readonly configs: readonly PipelineConfig[];
  readonly settings: LaneSettings;
  readonly keysRoom: SharedArrayBuffer;
}

/** What the thread is started with. */
export interface LaneTask extends LaneShare {
  readonly nats: NatsConfig;
}

export type ToThread =
  | { readonly type: 'take' }
  | { readonly type: 'rest' }
  | { readonly type: 'layer'; readonly pipeline: string; readonly state: LayerState }
  | { readonly type: 'stop' };

export type FromThread =
  | { readonly type: 'told'; readonly events: readonly TelemetryEvent[] }
  /** Nothing more is taken, for each `rest`. */
  | { readonly type: 'resting' }
  /** Nothing more is to be expected. */
  | { readonly type: 'failed'; readonly error: string }
  | { readonly type: 'stopped' };

/** Serves until it has said `failed` or `stopped`. What is asked of it before it is open is done once it is. */
export async function serveLane(
  port: MessagePort,
  share: LaneShare,
  openBus: () => Promise<Bus>,
): Promise<void> {
  const say = (message: FromThread) => port.postMessage(message);
  const asked: ToThread[] = [];
  let take: (message: ToThread) => void = (message) => asked.push(message);
  port.on('message', (message: ToThread) => take(message));
  const parcels = new Parcels((events) => say({ type: 'told', events }));
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  try {
    const pipelines = await Promise.all(share.configs.map(compiled));
    const bus = await openBus();
    const serving = new Promise<void>((resolve, reject) => {
      failed.catch(reject);
      const open = openLane(bus, pipelines, { ...share, telemetry: parcels.add, onFailure: fail });
      take = (message) => {
        if (message.type === 'take') open.lane.take();
        else if (message.type === 'layer') open.layers.set(message.pipeline, layerOfState(message.state));
        else if (message.type === 'rest') void open.lane.rest().then(() => say({ type: 'resting' }));
        else open.lane.stop().then(resolve, reject);
      };
    });
    for (const message of asked) take(message);
    await serving.finally(() => bus.close());
    parcels.send();
    say({ type: 'stopped' });
  } catch (error) {
    parcels.send();
    say({ type: 'failed', error: errorText(error) });
  }
  port.close();
}

async function compiled(config: PipelineConfig): Promise<CompiledPipeline> {
  const result = await compileConfig(config);
  if (result.ok) return result.pipeline;
  const problems = result.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`pipeline '${config.name}': ${problems.join('; ')}`);
}

interface OpenLaneOptions extends LaneShare {
  readonly telemetry: Telemetry;
  readonly onFailure: (error: unknown) => void;
}

function openLane(bus: Bus, pipelines: readonly CompiledPipeline[], options: OpenLaneOptions) {
  const { settings, keysRoom } = options;
  const layers = new Map<string, MarkLayer>();
  const layerOf = (pipeline: string) => layers.get(pipeline);
  const clock = systemClock;
  const plans = lanePlans({ pipelines, keysRoom }, { bus, settings, clock, layerOf });
  return { layers, lane: new Lane({ ...options, bus, clock, plans }) };
}

class Parcels {
  readonly #send: (events: readonly TelemetryEvent[]) => void;
  #events: TelemetryEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (events: readonly TelemetryEvent[]) => void) {
    this.#send = send;
  }

  readonly add: Telemetry = (event) => {
    this.#events.push(event);
    if (this.#events.length >= EVENTS_MAX) this.send();
    else this.#timer ??= setTimeout(() => this.send(), TELL_AFTER_MS);
  };

  send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#events.length === 0) return;
    this.#send(this.#events);
    this.#events = [];
  }
}

if (parentPort !== null) {
  const { nats, ...share } = workerData as LaneTask;
  await serveLane(parentPort, share, async () => (await connectNatsBus(nats)).bus);
}
