/** Runs the scorer on the bus: one lane here, a second one beside it while that is needed, and what moderators' marks teach. */
import { interval, type Subscription } from 'rxjs';
import type { Bus } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { roomForKeys } from '../../core/scorer/recent-keys.ts';
import type { Telemetry, TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';
import { LaneNeed } from '../scoring/lane-need.ts';
import { Lane, lanePlans, type LanePlans, type LaneSettings, type LaneUse } from '../scoring/lane.ts';
import { SecondLane, type SecondLaneSetting } from '../scoring/second-lane.ts';
import { startMarks } from './marks.service.ts';

const BACKLOG_EVERY_MS = 2_000;

export interface ScorerService {
  /** Resolves when batches are planned with these pipelines. */
  replace(pipelines: readonly CompiledPipeline[]): Promise<void>;
  /** Stops pulling, finishes what is in hand. */
  stop(): Promise<void>;
  /** Rejects when the input ends in an error. */
  readonly failed: Promise<never>;
}

export interface ScorerServiceOptions {
  readonly bus: Bus;
  readonly settings: LaneSettings;
  readonly pipelines: readonly CompiledPipeline[];
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** None unless given. */
  readonly secondLane?: SecondLaneSetting | undefined;
}

export function startScorer(options: ScorerServiceOptions): ScorerService {
  const { bus, settings, telemetry, clock, pipelines } = options;
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = (error) => reject(error instanceof Error ? error : new Error(String(error)));
  });
  failed.catch(() => undefined);
  const useOf = (used: readonly CompiledPipeline[]): LaneUse => ({
    pipelines: used,
    keysRoom: roomForKeys({ keysMax: settings.dedupeKeysMax, random: Math.random }),
  });
  const layerOf = (pipeline: string) => marks.layerOf(pipeline);
  const plansOf = (used: LaneUse) => lanePlans(used, { bus, settings, clock, layerOf });
  const used = useOf(pipelines);
  const need = options.secondLane?.when === 'needed' ? new LaneNeed(latenessOf(pipelines)) : undefined;
  const noted = (event: TelemetryEvent): void => {
    need?.note(event, clock.nowMs());
    telemetry(event);
  };
  const lane: Lane = new Lane({
    ...{ bus, settings, clock, plans: plansOf(used), onFailure: fail },
    telemetry: need ? noted : telemetry,
    onBatch: (batch) => second?.consider(batch),
  });
  const bury: LanePlans['scorer']['bury'] = (letter, place) => lane.plans.scorer.bury(letter, place);
  const marks = startMarks({ bus, pipelines, telemetry, bury, onFailure: fail });
  const second =
    options.secondLane && new SecondLane({ ...options, open: options.secondLane.open, need, used, layerOf });
  // A filter judges nothing before it knows what it was told: what a restart finds, the life before had found.
  let isStopped = false;
  void marks.ready.then(() => {
    if (isStopped) return;
    lane.take();
    second?.consider([]);
  });
  const backlog = tellBacklog(options);
  return {
    failed,
    replace: async (replaced) => {
      const next = useOf(replaced);
      lane.plans = plansOf(next);
      if (need) need.latenessMs = latenessOf(replaced);
      await second?.replace(next);
      if (isStopped) return;
      marks.replace(replaced);
      second?.consider([]);
    },
    async stop() {
      isStopped = true;
      backlog.unsubscribe();
      await Promise.all([lane.stop(), second?.stop()]);
      await marks.stop();
    },
  };
}

/** The shortest of all pipelines. */
function latenessOf(pipelines: readonly CompiledPipeline[]): number {
  return Math.min(...pipelines.map(({ config }) => config.window.allowedLateness));
}

function tellBacklog({ bus, settings, telemetry }: ScorerServiceOptions): Subscription {
  return interval(BACKLOG_EVERY_MS).subscribe(() => {
    bus.backlog(STREAMS.in, settings.group).then(
      (backlog) => telemetry({ type: 'backlog', consumer: settings.group, ...backlog }),
      () => undefined, // While disconnected there is nothing to say; the bus status says that.
    );
  });
}
