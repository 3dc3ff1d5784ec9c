/** The watchers of the pipelines that a process owns, and the notifiers of all sinks; replaced whole when pipeline files are
 *  read again. */
import type { Logger } from '../../adapters/logging/logger.ts';
import type { Alert } from '../../core/alert/alert.ts';
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { LeaseStore } from '../../core/lease/lease.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { compareText } from '../../core/order/compare-text.ts';
import { shardName, type ShardPlace } from '../../core/partition/shard-of.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { explainerOf } from '../../core/scorer/explain.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { LoadedPipeline } from '../pipelines/pipeline-files.ts';
import { createSinks } from '../sinks.ts';
import { startNotifier, type Notifier } from './notifier.service.ts';
import { startShard, type ShardService } from './shard.service.ts';
import { startOwnership, type OwnedWork, type Ownership } from './ownership.service.ts';
import { LeaseLostError, type Tenure } from './tenure.ts';
import { startWatcher, type WatcherService } from './watcher.service.ts';

export interface WatchOptions {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly snapshotEveryMs: number;
  readonly leases: LeaseStore;
  /** What this process is called as an owner: no other has the same. */
  readonly holder: string;
  readonly leaseTtlMs: number;
  readonly pipelines: readonly LoadedPipeline[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observers: readonly WatchObserver[];
  readonly onFailure: (error: unknown) => void;
}

/** Somebody who looks over the watchers' shoulder. */
export interface WatchObserver {
  scored?(batch: readonly StoredMessage[]): void;
  alert?(alert: Alert): void;
}

export interface WatchService {
  /** Of all pipelines owned here, newest first. */
  alerts(): readonly Alert[];
  /** Of one pipeline; undefined when it is watched somewhere else. */
  watcher(pipeline: string): WatcherService | undefined;
  /** How many pipelines are watched here, and how many somewhere else. */
  ownership(): { readonly owned: number; readonly standby: number };
  /** Scored messages that wait to be counted. */
  pending(): number;
  /** What /api/v1/status says of a pipeline. */
  describe(pipeline: string): Readonly<Record<string, unknown>>;
  /** Saves every state and gives it up, then goes on with these pipelines from there. */
  replace(pipelines: readonly LoadedPipeline[]): Promise<void>;
  stop(): Promise<void>;
}

/** What runs for one set of pipelines. */
interface Running {
  /** Names: owned here or waited for. */
  readonly pipelines: ReadonlySet<string>;
  readonly ownership: Ownership;
  readonly notifiers: readonly Notifier[];
  /** Of the pipelines owned here, by name. */
  readonly watchers: ReadonlyMap<string, WatcherService>;
  /** Of pipelines that are split, by the name of the shard. */
  readonly shards: ReadonlyMap<string, ShardService>;
}

export async function startWatch(options: WatchOptions): Promise<WatchService> {
  let running: Running | undefined = await startAll(options.pipelines, options);
  const watchers = () => [...(running?.watchers.values() ?? [])];
  const stop = async () => {
    const stopping = running;
    running = undefined;
    if (stopping) await stopAll(stopping);
  };
  return {
    alerts: () =>
      watchers()
        .flatMap((watcher) => watcher.alerts())
        .sort((left, right) => compareText(right.at, left.at)),
    watcher: (pipeline) => running?.watchers.get(pipeline),
    ownership: () => {
      const owned = running?.watchers.size ?? 0;
      return { owned, standby: (running?.pipelines.size ?? 0) - owned };
    },
    pending: () => watchers().reduce((sum, watcher) => sum + watcher.position().pending, 0),
    describe(pipeline) {
      const watcher = running?.watchers.get(pipeline);
      const shards = running ? shardsOf(pipeline, running) : {};
      if (!watcher) return running?.pipelines.has(pipeline) ? { watch: 'standby', ...shards } : {};
      const watermarkMs = watcher.watermarkMs();
      return {
        watch: 'owner',
        watermark: watermarkMs === undefined ? null : new Date(watermarkMs).toISOString(),
        position: watcher.position(),
        channels: watcher.views(),
        ...shards,
      };
    },
    async replace(pipelines) {
      await stop();
      try {
        running = await startAll(pipelines, options);
      } catch (error) {
        options.onFailure(error); // Nobody watches any more.
        throw error;
      }
    },
    stop,
  };
}

/** All or none. */
async function startAll(pipelines: readonly LoadedPipeline[], options: WatchOptions): Promise<Running> {
  const { bus, leases, holder, leaseTtlMs: ttlMs, clock, telemetry, onFailure } = options;
  const configs = pipelines.map(({ pipeline: { config } }) => config);
  // Sinks first: a new one gets what is raised once it listens. All who know a pipeline serve its sinks together.
  const watchers = new Map<string, WatcherService>();
  const shards = new Map<string, ShardService>();
  const works = configs.flatMap(worksOf);
  const notifiers = configs.flatMap((config) =>
    startNotifiers(config, () => watchers.get(config.name)?.told(), options),
  );
  try {
    await Promise.all(notifiers.map(({ listening }) => listening));
    const ownership = await startOwnership({
      ...{ leases, holder, ttlMs, clock, telemetry, onFailure, status: bus.status },
      pipelines: works.map(({ name }) => name),
      begin: async (name, tenure) => {
        const work = works.find((one) => one.name === name);
        const loaded = pipelines.find(({ pipeline }) => pipeline.config.name === work?.pipeline);
        if (!work || !loaded) throw new Error(`there is no pipeline '${name}' to watch`);
        return work.place
          ? count(loaded.pipeline, work.place, tenure, shards, options)
          : watch(loaded.pipeline, tenure, watchers, options);
      },
    });
    return { pipelines: new Set(configs.map(({ name }) => name)), ownership, notifiers, watchers, shards };
  } catch (error) {
    await Promise.all(notifiers.map((notifier) => notifier.stop()));
    throw error;
  }
}

/** What there is to own of a pipeline, each under a lease of its name. */
interface Work {
  readonly name: string;
  readonly pipeline: string;
  /** Of a shard; the rest is the watcher's, or the owner's of a pipeline that is split. */
  readonly place?: ShardPlace;
}

function worksOf({ name, watch: { shards } }: PipelineConfig): Work[] {
  const parts = Array.from({ length: shards > 1 ? shards : 0 }, (_, shard) => ({ shard, shards }));
  return [
    { name, pipeline: name },
    ...parts.map((place) => ({ name: shardName(name, place), pipeline: name, place })),
  ];
}

/** Which shards of a split pipeline are counted here, in their order: leases come in any. */
function shardsOf(pipeline: string, { shards }: Running): Readonly<Record<string, unknown>> {
  const own = [...shards]
    .filter(([name, { place }]) => name === shardName(pipeline, place))
    .map(([, shard]) => ({ ...shard.place, ...shard.position() }))
    .sort((left, right) => left.shard - right.shard);
  return own.length > 0 ? { shards: own } : {};
}

/** `told`: undefined while another process watches the pipeline. */
function startNotifiers(
  config: PipelineConfig,
  told: () => readonly Alert[] | undefined,
  options: WatchOptions,
): Notifier[] {
  const { bus, telemetry, clock, logger, onFailure } = options;
  return createSinks(config, { logger, bus }).map((named) =>
    startNotifier({
      ...named,
      ...{ bus, pipeline: config.name, told, telemetry, clock, random: Math.random, onFailure },
    }),
  );
}

async function watch(
  compiled: CompiledPipeline,
  tenure: Tenure,
  watchers: Map<string, WatcherService>,
  { bus, snapshots, snapshotEveryMs, telemetry, clock, observers, onFailure }: WatchOptions,
): Promise<OwnedWork> {
  const { config: pipeline } = compiled;
  const watcher = await startWatcher({
    ...{ bus, snapshots, snapshotEveryMs, pipeline, tenure, telemetry, clock },
    explain: explainerOf(compiled),
    onScored: (batch) => {
      for (const observer of observers) observer.scored?.(batch);
    },
    onAlert: (alert) => {
      for (const observer of observers) observer.alert?.(alert);
    },
  });
  watcher.failed.catch((error: unknown) => {
    if (!(error instanceof LeaseLostError)) onFailure(error); // The next owner goes on.
  });
  watchers.set(pipeline.name, watcher);
  return {
    stop: async (how) => {
      watchers.delete(pipeline.name);
      await watcher.stop(how);
    },
  };
}

/** One shard. */
async function count(
  compiled: CompiledPipeline,
  place: ShardPlace,
  tenure: Tenure,
  shards: Map<string, ShardService>,
  { bus, snapshots, snapshotEveryMs, telemetry, clock, onFailure }: WatchOptions,
): Promise<OwnedWork> {
  const { config: pipeline } = compiled;
  const shard = await startShard({
    ...{ bus, snapshots, snapshotEveryMs, pipeline, place, tenure, telemetry, clock },
    explain: explainerOf(compiled),
  });
  shard.failed.catch((error: unknown) => {
    if (!(error instanceof LeaseLostError)) onFailure(error); // The next holder goes on.
  });
  const name = shardName(pipeline.name, place);
  shards.set(name, shard);
  return {
    stop: async (how) => {
      shards.delete(name);
      await shard.stop(how);
    },
  };
}

async function stopAll({ ownership, notifiers }: Running): Promise<void> {
  await ownership.stop();
  await Promise.all(notifiers.map((notifier) => notifier.stop()));
}
