import type { Command } from 'commander';
import { backtest, type Backtest } from '../../app/backtest/backtest.ts';
import { drawBacktest } from '../../app/backtest/picture.ts';
import { readIncidents, type Incident } from '../../app/backtest/incident-file.ts';
import { inputFile } from '../../app/backtest/input-file.ts';
import { scoredStream } from '../../app/backtest/scored-stream.ts';
import type { BacktestSource } from '../../app/backtest/source.port.ts';
import { systemClock } from '../../app/clock.ts';
import { engines } from '../../app/engines.ts';
import { openBus } from '../../app/open-bus.ts';
import { loadPipelineFiles, type LoadedPipeline } from '../../app/pipelines/pipeline-files.ts';
import { parseColumns } from '../../app/replay/columns.ts';
import { parseDurationMs } from '../../core/config/fields.ts';
import { Refusal } from '../../core/message/dead.ts';
import { readTime } from '../../core/message/time.ts';
import { wallClock } from '../../core/notify/calendar.ts';
import { formatBacktest } from '../backtest-tables.ts';
import { notice, put, putJson, UsageError, type ExitCode, type Io } from '../io.ts';
import { checkApart, checkOutputFile, openOutput, writeOutput } from '../outputs.ts';
import { startProgress } from '../progress.ts';
import { addBusFlags, settingsFrom, type SettingsFlags } from '../settings-options.ts';

interface Flags extends SettingsFlags {
  readonly from?: string;
  readonly to?: string;
  readonly warmUp?: string;
  readonly input?: string;
  readonly columns?: string;
  readonly incidents?: string;
  readonly margin: string;
  readonly timeZone: string;
  readonly against?: string;
  readonly asLive?: boolean;
  readonly transitions?: string;
  readonly svg?: string;
  readonly json?: boolean;
}

/** `earshot backtest`: exit 1 when there was no message to report on. */
export function addBacktest(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  addBusFlags(
    program
      .command('backtest')
      .description(
        "Replay what was scored, or a file, through a pipeline file's rules, and report what they would do.",
      )
      .argument('<pipeline>', 'pipeline file whose rules are tried')
      .option('--from <when>', 'report from here: 24h (before now), or a time; all there is when absent')
      .option('--to <when>', 'and until here')
      .option('--warm-up <span>', 'how much before --from is read to learn from (default: all there is)')
      .option('--input <file>', 'messages from a file instead, raw or scored: NDJSON, CSV, TSV; .gz too')
      .option('--columns <map>', 'of a CSV or TSV file: time=ts,id=tweet_id,text=text')
      .option('--incidents <file>', 'known incidents, CSV or NDJSON: start,end,name')
      .option('--margin <span>', 'an alert this long before an incident still belongs to it', '30m')
      .option('--time-zone <name>', 'whose wall clock begins the shifts, such as Europe/Vienna', 'UTC')
      .option('--against <file>', 'another rule file over the same messages, to compare')
      .option('--as-live', 'shadow rules tell people, as if they were live')
      .option('--transitions <file>', 'write every change of an alert, as it is published live (NDJSON)')
      .option('--svg <file>', 'draw the series with alerts and incidents')
      .option('--json', 'the report as JSON'),
  ).action(async (file: string, flags: Flags) => {
    const inputs = [file, flags.against, flags.input, flags.incidents];
    await checkOutputFile('--transitions', flags.transitions, inputs);
    await checkOutputFile('--svg', flags.svg, inputs);
    checkApart(['--transitions', flags.transitions], ['--svg', flags.svg]);
    const incidents = flags.incidents === undefined ? undefined : await readIncidents(flags.incidents);
    const times = timesOf(flags, systemClock.nowMs());
    const results = await run(file, incidents, { flags, times, io });
    const reports = results.map(({ report }) => report);
    if (flags.svg !== undefined) await writeOutput('--svg', flags.svg, drawBacktest(results, incidents));
    if (flags.json === true) await putJson(io, flags.against === undefined ? reports[0] : reports);
    else await put(io, formatBacktest(reports));
    if (flags.input !== undefined)
      for (const report of reports.filter(isMostlyLate)) notice(io, mostlyLate(report));
    const isEmpty = reports.every(({ messages }) => messages.reported === 0);
    if (isEmpty) notice(io, nothingToReport(reports[0], times));
    finish(isEmpty ? 1 : 0);
  });
}

interface Asked {
  readonly flags: Flags;
  readonly times: Times;
  readonly io: Io;
}

async function run(
  file: string,
  incidents: readonly Incident[] | undefined,
  { flags, times, io }: Asked,
): Promise<readonly Backtest[]> {
  const files = await Promise.all(
    [file, ...(flags.against === undefined ? [] : [flags.against])].map(async (one) => loadRules(one, io)),
  );
  const [first] = files;
  if (!first) throw new Error('no pipeline file');
  const { source, close } = await openSource(first.pipeline.config.name, { flags, times, io });
  const transitions =
    flags.transitions === undefined ? undefined : openOutput('--transitions', flags.transitions);
  const progress = startProgress(io);
  try {
    return await backtest({
      ruleFiles: files,
      source,
      ...(times.fromMs !== undefined && { reportFromMs: times.fromMs }),
      timeZone: flags.timeZone,
      ...(incidents && { incidents }),
      marginMs: times.marginMs,
      ...(flags.asLive === true && { asLive: true }),
      clock: systemClock,
      // Written as it comes: a rule that flaps for weeks does not pile up in memory.
      ...(transitions !== undefined && {
        onTransition: (alert) => transitions.write(JSON.stringify(alert)),
      }),
      onProgress: (share, timeMs) => progress.update(share, new Date(timeMs).toISOString().slice(0, 16)),
    });
  } finally {
    progress.stop();
    transitions?.close();
    await close();
    await engines.close();
  }
}

async function loadRules(file: string, io: Io): Promise<LoadedPipeline> {
  const [loaded] = await loadPipelineFiles([file], io.env, { sendsNothing: true });
  if (!loaded) throw new Error(`${file}: not loaded`);
  if (loaded.pipeline.config.alerts.length > 0) return loaded;
  throw new UsageError(`backtest: ${file}: has no rules; a backtest needs at least one under alerts:`);
}

interface Times {
  /** Storage time, epoch milliseconds. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly readFromMs?: number;
  readonly marginMs: number;
  readonly nowMs: number;
}

function timesOf({ from, to, warmUp, input, margin, timeZone }: Flags, nowMs: number): Times {
  const agoFromMs = input === undefined ? nowMs : undefined;
  const fromMs = from === undefined ? undefined : parseWhen('--from', from, agoFromMs);
  const toMs = to === undefined ? undefined : parseWhen('--to', to, agoFromMs);
  const warmUpMs = warmUp === undefined ? undefined : parseSpan('--warm-up', warmUp);
  if (warmUpMs !== undefined && (fromMs === undefined || input !== undefined))
    throw new UsageError(
      '--warm-up: goes with --from, and not with --input, which is read from its beginning',
    );
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs)
    throw new UsageError(`--from: '${from ?? ''}' is not before --to '${to ?? ''}'`);
  try {
    wallClock(timeZone);
  } catch {
    throw new UsageError(
      `--time-zone: '${timeZone}' is not a time zone; write one such as UTC or Europe/Vienna`,
    );
  }
  return {
    ...(fromMs !== undefined && { fromMs }),
    ...(toMs !== undefined && { toMs }),
    ...(fromMs !== undefined && warmUpMs !== undefined && { readFromMs: fromMs - warmUpMs }),
    ...{ marginMs: parseSpan('--margin', margin), nowMs },
  };
}

/** A span is counted back from now; a file has no now. */
function parseWhen(flag: string, text: string, nowMs: number | undefined): number {
  const spanMs = parseDurationMs(text);
  if (spanMs !== undefined && nowMs !== undefined) return nowMs - spanMs;
  const timeMs = readTime(text);
  if (!(timeMs instanceof Refusal)) return timeMs;
  const span = nowMs === undefined ? '' : 'a span before now such as 24h or 7d, or ';
  throw new UsageError(`${flag}: '${text}' is not a time; write ${span}a time such as 2026-11-20T10:00:00Z`);
}

function parseSpan(flag: string, text: string): number {
  const spanMs = parseDurationMs(text);
  if (spanMs !== undefined) return spanMs;
  throw new UsageError(`${flag}: '${text}' is not a span; write 10m, 1h30m or 7d`);
}

interface OpenSource {
  readonly source: BacktestSource;
  readonly close: () => Promise<void>;
}

async function openSource(pipeline: string, { flags, times, io }: Asked): Promise<OpenSource> {
  const { fromMs, toMs, readFromMs, nowMs } = times;
  if (flags.input !== undefined) {
    const columns = flags.columns === undefined ? {} : { columns: parseColumns(flags.columns) };
    const options = { pipeline, ...columns, ...(toMs !== undefined && { toMs }) };
    return { source: inputFile(flags.input, options), close: () => Promise.resolve() };
  }
  if (flags.columns !== undefined) throw new UsageError('--columns: goes with --input');
  const settings = await settingsFrom(flags, io);
  if (settings.bus.url === 'memory') {
    throw new UsageError(
      'backtest: the embedded bus cannot be read from outside; give --bus nats://host:4222, or --input FILE',
    );
  }
  if (fromMs !== undefined && fromMs > nowMs)
    throw new UsageError(`--from: '${flags.from ?? ''}' lies in the future`);
  const { bus } = await openBus(settings, { streams: 'none' });
  const span = {
    toMs: Math.min(toMs ?? nowMs, nowMs),
    ...(readFromMs !== undefined && { fromMs: readFromMs }),
  };
  return { source: scoredStream(bus, pipeline, span), close: () => bus.close() };
}

/** As a file that begins with the newest. */
function isMostlyLate({ messages }: Backtest['report']): boolean {
  return messages.late * 2 > messages.reported;
}

function mostlyLate({ messages, source }: Backtest['report']): string {
  return `backtest: ${messages.late} of ${messages.reported} messages of ${source} come late, and hardly count; a file must be in order of time, oldest first`;
}

function nothingToReport(report: Backtest['report'] | undefined, { fromMs, toMs }: Times): string {
  const { pipeline = '', source = '', messages } = report ?? {};
  const { warmUp = 0, dropped = 0, dead = 0, otherPipeline = 0, notScored = 0 } = messages ?? {};
  const found = [
    [warmUp, 'before --from'],
    [dropped, 'that it does not want'],
    [dead, 'that cannot be read'],
    [notScored, 'that are no scored messages'],
    [otherPipeline, 'of other pipelines'],
  ] as const;
  const seen = found.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const iso = (timeMs: number) => new Date(timeMs).toISOString();
  const from = fromMs === undefined ? '' : ` from ${iso(fromMs)} on`;
  const to = toMs === undefined ? '' : ` until ${iso(toMs)}`;
  return `backtest: no message of pipeline '${pipeline}' in ${source}${from}${to}${seen.length > 0 ? `; there are ${seen.join(', ')}` : ''}`;
}
