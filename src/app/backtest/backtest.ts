/** Replays messages through one or more rule files, and reports what each would have done. */
import type { Alert } from '../../core/alert/alert.ts';
import type { WatcherOutput } from '../../core/alert/watcher.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import type { Incident } from './incident-file.ts';
import { daysOf, incidentsWithin, ruleReports, type BacktestReport } from './report.ts';
import { RuleRun } from './rule-run.ts';
import type { RunLog } from './run-log.ts';
import type { BacktestSource } from './source.port.ts';

export interface RuleFile {
  readonly file: string;
  readonly pipeline: CompiledPipeline;
}

export interface BacktestOptions {
  /** Each gets every message. */
  readonly ruleFiles: readonly RuleFile[];
  readonly source: BacktestSource;
  /** What arrived before only warms the rules up. */
  readonly reportFromMs?: number;
  readonly timeZone: string;
  readonly incidents?: readonly Incident[];
  /** An alert that fires this long before an incident still belongs to it. */
  readonly marginMs: number;
  /** Shadow rules tell people, as if they were live. */
  readonly asLive?: boolean;
  readonly clock: Clock;
  /** Every transition of the first rule file, the warm-up included. */
  readonly onTransition?: (alert: Alert) => void;
  /** `share` of what there is to read; event time. */
  readonly onProgress?: (share: number, timeMs: number) => void;
}

export interface Backtest {
  readonly report: BacktestReport;
  readonly log: RunLog;
}

/** One for each rule file. Rejects with what the source says. */
export async function backtest(options: BacktestOptions): Promise<readonly Backtest[]> {
  const { source, clock, onProgress } = options;
  const runs = options.ruleFiles.map((ruleFile, at) => {
    const onOutput = at === 0 ? transitionsTo(options.onTransition) : undefined;
    const { reportFromMs } = options;
    const run = new RuleRun({
      pipeline: options.asLive === true ? withoutShadow(ruleFile.pipeline) : ruleFile.pipeline,
      ...(reportFromMs !== undefined && { reportFromMs }),
      ...(onOutput && { onOutput }),
    });
    return { run, ruleFile };
  });
  const skipped = { notScored: 0, otherPipeline: 0 };
  const startedMs = clock.monotonicMs();
  await source.read(async ({ items, skipped: batch, share }) => {
    skipped.notScored += batch.not_scored ?? 0;
    skipped.otherPipeline += batch.other_pipeline ?? 0;
    for (const { run } of runs) await run.take(items);
    onProgress?.(share, runs[0]?.run.newestMs ?? 0);
  });
  for (const { run } of runs) run.finish(source.endMs);
  const seconds = (clock.monotonicMs() - startedMs) / 1_000;
  return runs.map(({ run, ruleFile }) => ({
    log: run.log,
    report: reportOf(run, ruleFile, { ...options, skipped, seconds }),
  }));
}

function transitionsTo(see: ((alert: Alert) => void) | undefined) {
  if (!see) return undefined;
  return (output: WatcherOutput) => {
    if (output.kind === 'transition') see(output.alert);
  };
}

function withoutShadow(pipeline: CompiledPipeline): CompiledPipeline {
  const alerts = pipeline.config.alerts.map((rule) => ({ ...rule, mode: 'live' as const }));
  return { ...pipeline, config: { ...pipeline.config, alerts } };
}

interface Totals extends BacktestOptions {
  readonly skipped: { readonly notScored: number; readonly otherPipeline: number };
  readonly seconds: number;
}

function reportOf({ log, counts }: RuleRun, { file, pipeline }: RuleFile, totals: Totals): BacktestReport {
  const { source, timeZone, incidents, skipped, seconds } = totals;
  const { span } = log;
  const iso = (timeMs: number) => (counts.reported === 0 ? null : new Date(timeMs).toISOString());
  const messages = counts.warmUp + counts.reported + counts.dropped + counts.dead;
  return {
    pipeline: pipeline.config.name,
    file,
    source: source.description,
    from: iso(span.startMs),
    to: iso(span.endMs),
    days: daysOf(span),
    timeZone,
    messages: { ...counts, late: log.late, ...skipped },
    seconds,
    messagesPerSecond: seconds === 0 ? 0 : messages / seconds,
    limits: Object.fromEntries(log.limits),
    ...(incidents && { incidentsOutside: incidents.length - incidentsWithin(incidents, span).length }),
    rules: ruleReports(log, totals),
  };
}
