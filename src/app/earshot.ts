/** The composition root: pipelines and settings in, a running Earshot out. Owns start, reload, drain and stop. */
import { randomUUID } from 'node:crypto';
import { firstValueFrom, from, map, race, timer, type Subscription } from 'rxjs';
import type { Logger } from '../adapters/logging/logger.ts';
import { createLogTelemetry } from '../adapters/logging/log-telemetry.ts';
import { createMetrics, type Metrics } from '../adapters/prometheus/metrics.ts';
import { startHttpServer, type HttpServer } from '../adapters/http/server.ts';
import type { Alert } from '../core/alert/alert.ts';
import type { Bus, BusStatus } from '../core/bus/bus.port.ts';
import { STREAMS } from '../core/bus/streams.ts';
import { formatDuration } from '../core/config/fields.ts';
import type { Telemetry, TelemetryEvent } from '../core/telemetry/telemetry.port.ts';
import { systemClock } from './clock.ts';
import { engines } from './engines.ts';
import type { LoadedSettings } from './config/settings.ts';
import { openBus, type OpenBus } from './open-bus.ts';
import { loadPipelineFiles, type LoadedPipeline } from './pipelines/pipeline-files.ts';
import { pipelineFilesIn } from './pipelines/pipeline-folders.ts';
import { secondLaneOf } from './scoring/second-lane.ts';
import { createApi } from './services/api.service.ts';
import { startFeed, type FeedService } from './services/feed.service.ts';
import { startScorer, type ScorerService } from './services/scorer.service.ts';
import { startWatch, type WatchService } from './services/watch.service.ts';
import { version } from './version.ts';
import { errorText } from '../core/errors/error-text.ts';

export const ROLES = ['score', 'watch'] as const;
export type Role = (typeof ROLES)[number];

export interface EarshotOptions {
  readonly files: readonly string[];
  readonly roles: readonly Role[];
  readonly settings: LoadedSettings;
  readonly logger: Logger;
  /** Sees every event besides metrics and the log: the live view. */
  readonly onEvent?: Telemetry;
  /** Sees every alert once the broker has it. */
  readonly onAlert?: (alert: Alert) => void;
}

export interface Earshot {
  /** Where it serves; undefined when it serves nothing. */
  readonly address: string | undefined;
  readonly bus: Bus;
  readonly pipelines: readonly LoadedPipeline[];
  alerts(): readonly Alert[];
  /** Whether everything published so far has been scored and, as far as the watchers know, counted. */
  isCaughtUp(): Promise<boolean>;
  /** Reads the pipeline files again; applies them all or none. Never rejects: what is wrong is logged and counted. */
  reload(): Promise<void>;
  /** Stops pulling, finishes what is in hand, snapshots, closes. Idempotent. */
  drain(): Promise<void>;
  /** Rejects when a part fails for good. */
  readonly failed: Promise<never>;
}

/** Rejects with a `PipelineFilesError`, a `BusError` or an `HttpServerError`; nothing is left open then. */
export async function startEarshot(options: EarshotOptions): Promise<Earshot> {
  const pipelines = await loadPipelineFiles(await pipelineFilesIn(options.files));
  const metrics = createMetrics({ version });
  const telemetry = fanOut([metrics.telemetry, createLogTelemetry(options.logger), options.onEvent]);
  const open = await openBus(options.settings);
  const earshot = new RunningEarshot(options, pipelines, open, metrics, telemetry);
  try {
    await earshot.start();
    return earshot;
  } catch (error) {
    await earshot.drain();
    throw error;
  }
}

function fanOut(sinks: readonly (Telemetry | undefined)[]): Telemetry {
  const present = sinks.filter((sink) => sink !== undefined);
  return (event: TelemetryEvent) => {
    for (const sink of present) sink(event);
  };
}

class RunningEarshot implements Earshot {
  pipelines: readonly LoadedPipeline[];
  address: string | undefined;
  readonly bus: Bus;
  readonly failed: Promise<never>;
  readonly #options: EarshotOptions;
  readonly #open: OpenBus;
  readonly #metrics: Metrics;
  readonly #telemetry: Telemetry;
  readonly #startedMs = systemClock.nowMs();
  #fail: (error: unknown) => void = () => undefined;
  #status: BusStatus = { connected: false, detail: 'not yet connected' };
  #statusSubscription: Subscription | undefined;
  #draining: Promise<void> | undefined;
  /** One after the other. */
  #reloading: Promise<void> = Promise.resolve();
  #feed: FeedService | undefined;
  #http: HttpServer | undefined;
  #scorer: ScorerService | undefined;
  /** It pulls, or will once it knows what moderators marked. */
  #isScoring = false;
  #watch: WatchService | undefined;

  constructor(
    options: EarshotOptions,
    pipelines: readonly LoadedPipeline[],
    open: OpenBus,
    metrics: Metrics,
    telemetry: Telemetry,
  ) {
    this.#options = options;
    this.#open = open;
    this.#metrics = metrics;
    this.#telemetry = telemetry;
    this.bus = open.bus;
    this.pipelines = pipelines;
    this.failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => undefined);
  }

  async start(): Promise<void> {
    const { roles, settings } = this.#options;
    this.#statusSubscription = this.bus.status.subscribe((status) => {
      this.#status = status;
      this.#telemetry({ type: 'bus_status', ...status });
    });
    const watches = roles.includes('watch');
    if (settings.http.listen !== 'off') await this.#serve();
    if (watches) {
      this.#watch = await startWatch({
        ...this.#open,
        telemetry: this.#telemetry,
        clock: systemClock,
        logger: this.#options.logger,
        snapshotEveryMs: settings.watcher.snapshotEvery,
        holder: randomUUID(),
        leaseTtlMs: settings.watcher.leaseTtl,
        pipelines: this.pipelines,
        observers: [
          ...(this.#feed ? [this.#feed] : []),
          ...(this.#options.onAlert ? [{ alert: this.#options.onAlert }] : []),
        ],
        onFailure: this.#fail,
      });
    }
    if (roles.includes('score')) {
      const pipelines = this.pipelines.map(({ pipeline }) => pipeline);
      const { bus } = this;
      this.#scorer = startScorer({
        bus,
        settings: settings.scorer,
        pipelines,
        telemetry: this.#telemetry,
        clock: systemClock,
        secondLane: secondLaneOf(settings),
      });
      this.#scorer.failed.catch(this.#fail);
      this.#isScoring = true;
    }
    const names = this.pipelines.map(({ pipeline }) => pipeline.config.name).join(', ');
    const detail = `${roles.join(' and ')} on ${this.bus.description}; pipelines: ${names}; serving ${this.address ?? 'nothing'}`;
    this.#telemetry({ type: 'lifecycle', phase: 'started', detail });
  }

  async #serve(): Promise<void> {
    const { settings } = this.#options;
    this.#feed = startFeed({
      settings: settings.http,
      pipelines: () => this.#names(),
      telemetry: this.#telemetry,
    });
    const { listen } = settings.http;
    const at = listen.lastIndexOf(':');
    this.#http = await startHttpServer({
      listen: { host: listen.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(listen.slice(at + 1)) },
      tokens: settings.accessTokens,
      nowMs: () => systemClock.nowMs(),
      version,
      telemetry: this.#telemetry,
      metrics: this.#metrics.render,
      readiness: () => this.#readiness(),
      api: createApi({
        bus: this.bus,
        pipelines: () => this.pipelines.map(({ pipeline }) => pipeline),
        watching: () => this.#watch,
      }),
      status: () => this.#describe(),
      feed: this.#feed.feed,
    });
    this.address = this.#http.address;
  }

  alerts(): readonly Alert[] {
    return this.#watch?.alerts() ?? [];
  }

  async isCaughtUp(): Promise<boolean> {
    const { pending, unacknowledged } = await this.bus.backlog(
      STREAMS.in,
      this.#options.settings.scorer.group,
    );
    return pending + unacknowledged + (this.#watch?.pending() ?? 0) === 0;
  }

  #names(): string[] {
    return this.pipelines.map(({ pipeline }) => pipeline.config.name);
  }

  #readiness() {
    const checks = [
      { name: 'bus', ok: this.#status.connected, detail: this.#status.detail },
      ...(this.#options.roles.includes('score')
        ? [{ name: 'scorer', ok: this.#isScoring, detail: this.#isScoring ? 'pulling' : 'starting' }]
        : []),
      ...(this.#options.roles.includes('watch')
        ? [{ name: 'watcher', ok: this.#watch !== undefined, detail: this.#watching() }]
        : []),
      { name: 'accepting', ok: this.#draining === undefined, detail: this.#draining ? 'draining' : 'yes' },
    ];
    return { ready: checks.every(({ ok }) => ok), checks };
  }

  #watching(): string {
    if (!this.#watch) return 'starting';
    const { owned, standby } = this.#watch.ownership();
    return standby === 0 ? `watching ${owned}` : `watching ${owned}, standby for ${standby}`;
  }

  #describe() {
    return {
      version,
      startedAt: new Date(this.#startedMs).toISOString(),
      roles: this.#options.roles,
      bus: { description: this.bus.description, durable: this.bus.durable, ...this.#status },
      publishesInFlight: this.bus.publishesInFlight,
      feedClients: this.#feed?.feed.clients ?? 0,
      pipelines: this.pipelines.map(({ file, pipeline: { config } }) => ({
        name: config.name,
        file,
        engine: config.sentiment.engine,
        rules: config.alerts.map(({ name }) => name),
        ...this.#watch?.describe(config.name),
      })),
    };
  }

  reload(): Promise<void> {
    this.#reloading = this.#reloading.then(() => this.#reload());
    return this.#reloading;
  }

  async #reload(): Promise<void> {
    const telemetry = this.#telemetry;
    try {
      const pipelines = await loadPipelineFiles(await pipelineFilesIn(this.#options.files));
      await this.#watch?.replace(pipelines);
      await this.#scorer?.replace(pipelines.map(({ pipeline }) => pipeline));
      this.pipelines = pipelines;
      telemetry({ type: 'config_reload', outcome: 'applied', detail: this.#names().join(', ') });
    } catch (error) {
      // What runs goes on as it was.
      const detail = errorText(error);
      telemetry({ type: 'config_reload', outcome: 'refused', detail });
    }
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async #drain(): Promise<void> {
    const pending = this.bus.publishesInFlight;
    this.#telemetry({ type: 'lifecycle', phase: 'draining', detail: `${pending} publishes in flight` });
    const drained = await this.#finishInHand();
    await this.#feed?.feed.close();
    await this.#http?.close();
    this.#statusSubscription?.unsubscribe(); // That we close it ourselves is no news.
    await this.bus.close();
    await engines.close();
    const timeout = formatDuration(this.#options.settings.drainTimeout);
    const detail = drained
      ? 'drained'
      : `not all was confirmed within ${timeout}; the broker delivers the rest again, state is as last saved`;
    this.#telemetry({ type: 'lifecycle', phase: 'stopped', detail });
  }

  /** False when time ran out: with a broker that is away nothing would ever be confirmed. */
  async #finishInHand(): Promise<boolean> {
    const work = async (): Promise<boolean> => {
      await this.#scorer?.stop();
      await this.#watch?.stop();
      return true;
    };
    const deadline = timer(this.#options.settings.drainTimeout).pipe(map(() => false));
    return firstValueFrom(race(from(work()), deadline));
  }
}
