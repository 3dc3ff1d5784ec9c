/** All watchers of a process with the notifiers of their sinks; replaced whole when pipeline files are read again. */
import type { Logger } from '../../adapters/logging/logger.ts';
import type { Alert } from '../../core/alert/alert.ts';
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { LoadedPipeline } from '../pipelines/pipeline-files.ts';
import { createSinks } from '../sinks.ts';
import { startNotifier, type Notifier } from './notifier.service.ts';
import { startWatcher, type WatcherService } from './watcher.service.ts';

export interface WatchOptions {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly snapshotEveryMs: number;
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
  /** Of all pipelines, newest first. */
  alerts(): readonly Alert[];
  /** Scored messages that wait to be counted. */
  pending(): number;
  /** What /api/v1/status says of a pipeline. */
  describe(pipeline: string): Readonly<Record<string, unknown>>;
  /** Saves every state, then goes on with these pipelines from there. */
  replace(pipelines: readonly LoadedPipeline[]): Promise<void>;
  stop(): Promise<void>;
}

interface Watched {
  readonly watcher: WatcherService;
  readonly notifiers: readonly Notifier[];
}

export async function startWatch(options: WatchOptions): Promise<WatchService> {
  let watched = await startAll(options.pipelines, options);
  return {
    alerts: () =>
      watched
        .flatMap(({ watcher }) => watcher.alerts())
        .sort((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0)),
    pending: () => watched.reduce((sum, { watcher }) => sum + watcher.position().pending, 0),
    describe(pipeline) {
      const watcher = watched.find((entry) => entry.watcher.pipeline === pipeline)?.watcher;
      if (!watcher) return {};
      const watermarkMs = watcher.watermarkMs();
      return {
        watermark: watermarkMs === undefined ? null : new Date(watermarkMs).toISOString(),
        position: watcher.position(),
        channels: watcher.views(),
      };
    },
    async replace(pipelines) {
      await stopAll(watched);
      watched = [];
      try {
        watched = await startAll(pipelines, options);
      } catch (error) {
        options.onFailure(error); // Nobody watches any more.
        throw error;
      }
    },
    stop: () => stopAll(watched),
  };
}

/** All or none. */
async function startAll(pipelines: readonly LoadedPipeline[], options: WatchOptions): Promise<Watched[]> {
  const starts = await Promise.allSettled(pipelines.map((loaded) => startOne(loaded, options)));
  const started = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failed = starts.find((start) => start.status === 'rejected');
  if (!failed) return started;
  await stopAll(started);
  throw failed.reason;
}

async function startOne({ pipeline: { config } }: LoadedPipeline, options: WatchOptions): Promise<Watched> {
  const { bus, observers, telemetry, clock, logger, onFailure } = options;
  // Sinks first: a new one gets what is raised once it listens.
  const notifiers = createSinks(config, { logger, bus }).map((named) =>
    startNotifier({ ...named, bus, pipeline: config.name, telemetry, clock, random: Math.random, onFailure }),
  );
  try {
    await Promise.all(notifiers.map(({ listening }) => listening));
    const watcher = await startWatcher({
      bus,
      snapshots: options.snapshots,
      snapshotEveryMs: options.snapshotEveryMs,
      pipeline: config,
      telemetry,
      clock,
      onScored: (batch) => {
        for (const observer of observers) observer.scored?.(batch);
      },
      onAlert: (alert) => {
        for (const observer of observers) observer.alert?.(alert);
      },
    });
    watcher.failed.catch(onFailure);
    return { watcher, notifiers };
  } catch (error) {
    await Promise.all(notifiers.map((notifier) => notifier.stop()));
    throw error;
  }
}

async function stopAll(watched: readonly Watched[]): Promise<void> {
  await Promise.all(watched.map(({ watcher }) => watcher.stop()));
  await Promise.all(watched.flatMap(({ notifiers }) => notifiers.map((notifier) => notifier.stop())));
}
