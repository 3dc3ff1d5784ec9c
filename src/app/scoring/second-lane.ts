/** Opens a second lane when it is needed for the first time, lets it take messages while it is, and replaces it with the pipelines. */
import { availableParallelism } from 'node:os';
import { firstValueFrom, from, ignoreElements, race } from 'rxjs';
import type { Bus, Delivery } from '../../core/bus/bus.port.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { LayerState, MarkLayer } from '../../core/relevance/marks/layer.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { LoadedSettings } from '../config/settings.ts';
import { besideOn, type LaneBeside, type OpenBeside } from './lane-beside.ts';
import type { LaneNeed } from './lane-need.ts';
import type { LaneSettings, LaneUse } from './lane.ts';

/** One that was lost is not opened again at once: what ended it may do so again. */
const AGAIN_AFTER_MS = 60_000;

export interface SecondLaneSetting {
  readonly when: 'needed' | 'always';
  readonly open: OpenBeside;
}

/** What `scorer.thread` says. None on the bus in this process, which no thread can reach; by need where there is a processor for it. */
export function secondLaneOf({
  scorer,
  natsConfig,
}: Pick<LoadedSettings, 'scorer' | 'natsConfig'>): SecondLaneSetting | undefined {
  if (scorer.thread === 'off' || natsConfig === undefined) return undefined;
  if (scorer.thread === 'on') return { when: 'always', open: besideOn(natsConfig) };
  return availableParallelism() > 1 ? { when: 'needed', open: besideOn(natsConfig) } : undefined;
}

export interface SecondLaneOptions {
  readonly open: OpenBeside;
  /** Always, when absent. */
  readonly need: LaneNeed | undefined;
  readonly bus: Bus;
  readonly settings: LaneSettings;
  readonly used: LaneUse;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly layerOf: (pipeline: string) => MarkLayer | undefined;
}

interface Open {
  readonly lane: LaneBeside;
  /** What it knows of each pipeline's marks. */
  readonly learned: Map<string, LayerState>;
  isTaking: boolean;
}

export class SecondLane {
  readonly #options: SecondLaneOptions;
  #used: LaneUse;
  #open: Open | undefined;
  #lostAtMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;
  /** Lanes before this one that finish what they have in hand. */
  #retiring: Promise<unknown> = Promise.resolve();

  constructor(options: SecondLaneOptions) {
    this.#options = options;
    this.#used = options.used;
  }

  /** With what the first lane takes; `batch` is empty when it begins. */
  consider(batch: readonly Delivery[]): void {
    const { need, clock } = this.#options;
    const monotonicMs = clock.monotonicMs();
    const isOpen = this.#open !== undefined;
    const pending = batch.at(-1)?.pending ?? 0;
    const isNeeded = need?.isMet({ deliveries: batch.length, pending, monotonicMs, isOpen }) ?? true;
    if (this.#isStopped || (!isNeeded && !isOpen)) return;
    // What an engine computes elsewhere is not done sooner for being asked for by two.
    if (this.#used.pipelines.some(({ engine }) => engine.kind === 'batch')) return;
    if (!isOpen && monotonicMs - this.#lostAtMs < AGAIN_AFTER_MS) return;
    const open = (this.#open ??= this.#openOne());
    if (open === undefined) return;
    this.#tellLayers(open);
    if (open.isTaking === isNeeded) return;
    open.isTaking = isNeeded;
    if (isNeeded) open.lane.take();
    else void open.lane.rest();
    this.#tell();
  }

  /** Resolves when nothing is taken any more with the pipelines before. */
  async replace(used: LaneUse): Promise<void> {
    this.#used = used;
    const before = this.#open?.lane;
    this.#open = undefined;
    if (before === undefined) return;
    const rested = before.rest();
    const ended = rested.then(() => this.#end(before));
    this.#retiring = Promise.all([this.#retiring, ended]).then(() => undefined);
    await rested;
    this.#tell();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const lane = this.#open?.lane;
    this.#open = undefined;
    await Promise.all([this.#retiring, lane && this.#end(lane)]);
  }

  /** Undefined where no thread can be had: the first lane goes on. */
  #openOne(): Open | undefined {
    const { open, settings, telemetry } = this.#options;
    const { pipelines, keysRoom } = this.#used;
    const configs = pipelines.map(({ config }) => config);
    try {
      const lane = open({ configs, settings, keysRoom, telemetry });
      void lane.lost.then((error) => {
        if (this.#open?.lane === lane) this.#open = undefined;
        this.#noteLoss(error);
        void lane.terminate();
      });
      return { lane, learned: new Map(), isTaking: false };
    } catch (error) {
      this.#noteLoss(error);
      return undefined;
    }
  }

  #noteLoss(error: unknown): void {
    const { telemetry, clock } = this.#options;
    telemetry({ type: 'second_lane_lost', error: errorText(error) });
    this.#lostAtMs = clock.monotonicMs();
    this.#tell();
  }

  /** With a broker that is away nothing would ever be finished: not after the bus is closed. */
  async #end(lane: LaneBeside): Promise<void> {
    const { bus } = this.#options;
    await firstValueFrom(race(from(lane.stop()), bus.status.pipe(ignoreElements())), {
      defaultValue: undefined,
    });
    await lane.terminate();
  }

  /** Marks are learned in this thread, seldom: what is new goes before the batch that it is for. */
  #tellLayers({ lane, learned }: Open): void {
    for (const { config, filter } of this.#used.pipelines) {
      const state = filter ? this.#options.layerOf(config.name)?.state : undefined;
      if (state === undefined || state === learned.get(config.name)) continue;
      learned.set(config.name, state);
      lane.learn(config.name, state);
    }
  }

  #tell(): void {
    this.#options.telemetry({ type: 'lanes', lanes: this.#open?.isTaking ? 2 : 1 });
  }
}
