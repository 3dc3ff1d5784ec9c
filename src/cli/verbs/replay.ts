import { randomUUID } from 'node:crypto';
import cliProgress from 'cli-progress';
import type { Command } from 'commander';
import { systemClock } from '../../app/clock.ts';
import { openBus } from '../../app/open-bus.ts';
import { parseColumns } from '../../app/replay/columns.ts';
import { checkRows } from '../../app/replay/rows.ts';
import { replay, type ReplayProgress, type ReplayResult } from '../../app/replay/replay.ts';
import { formatDuration } from '../../core/config/fields.ts';
import {
  notice,
  parsePositive,
  put,
  putJson,
  untilSignal,
  UsageError,
  type ExitCode,
  type Io,
} from '../io.ts';
import { addBusFlags, settingsFrom, type SettingsFlags } from '../settings-options.ts';

interface Flags extends SettingsFlags {
  readonly columns?: string;
  readonly speed: string;
  readonly rate?: string;
  readonly source: string;
  readonly channel: string;
  readonly json?: boolean;
}

/** `earshot replay FILE`: exit 1 when it was stopped before the end. */
export function addReplay(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  addBusFlags(
    program
      .command('replay')
      .description('Publish a file of messages into NATS: NDJSON, or CSV/TSV with --columns; .gz too.')
      .argument('<file>', 'file to replay')
      .option(
        '--columns <map>',
        'which column is what: time=ts_ms,id=tweet_id,author=user_hash,text=text,tag=brand',
      )
      .option(
        '--speed <factor>',
        'event time over clock time: 1 as it was, 60 a minute a second, max without waiting',
        'max',
      )
      .option('--rate <n>', 'at most so many messages a second')
      .option('--source <name>', 'source in the subject earshot.in.<source>.<channel>', 'replay')
      .option('--channel <name>', 'channel of messages that name none', 'replay')
      .option('--json', 'the result as JSON'),
  ).action(async (file: string, flags: Flags) => {
    const settings = await settingsFrom(flags, io);
    if (settings.bus.url === 'memory') {
      throw new UsageError(
        'replay: the embedded bus lives inside another process; give --bus nats://host:4222 or set NATS_URL',
      );
    }
    const columns = flags.columns === undefined ? {} : { columns: parseColumns(flags.columns) };
    const speed = flags.speed === 'max' ? Number.POSITIVE_INFINITY : parsePositive('--speed', flags.speed);
    const rate = flags.rate === undefined ? {} : { ratePerSecondMax: parsePositive('--rate', flags.rate) };
    checkRows(file, columns.columns);
    const { bus } = await openBus(settings, { streams: 'if-missing' });
    const signals = untilSignal(() => notice(io, 'stopping…'));
    const bar = progressBar(io, file);
    try {
      const result = await replay({
        bus,
        file,
        ...columns,
        speed,
        ...rate,
        source: flags.source,
        channel: flags.channel,
        runId: `replay:${randomUUID()}`,
        clock: systemClock,
        signal: signals.signal,
        onProgress: bar.update,
      });
      bar.stop();
      if (flags.json === true) await putJson(io, result);
      else await put(io, `${describe(result)}\n`);
      finish(result.aborted ? 1 : 0);
    } finally {
      bar.stop();
      signals.dispose();
      await bus.close();
    }
  });
}

function describe(result: ReplayResult): string {
  const rate = Math.round(result.published / Math.max(result.seconds, 0.001));
  const span =
    result.firstTimeMs === undefined || result.lastTimeMs === undefined
      ? ''
      : `, ${inSeconds((result.lastTimeMs - result.firstTimeMs) / 1_000)} of event time`;
  const took = result.seconds < 10 ? `${result.seconds.toFixed(1)}s` : inSeconds(result.seconds);
  return `${result.published} of ${result.rows} rows published in ${took} (${rate}/s)${span}${result.aborted ? '; stopped early' : ''}`;
}

function inSeconds(seconds: number): string {
  return formatDuration(Math.round(seconds) * 1_000);
}

/** A bar on a terminal, nothing elsewhere. */
function progressBar(io: Io, file: string): { update: (progress: ReplayProgress) => void; stop: () => void } {
  if (io.stderr.isTTY !== true) return { update: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({
    format: `${file} [{bar}] {percentage}% {published} published, {when}`,
    stream: io.stderr,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    stopOnComplete: false,
  });
  bar.start(100, 0, { published: 0, when: '' });
  return {
    update: ({ share, published, timeMs }) =>
      bar.update(Math.round(share * 100), {
        published,
        when: timeMs === undefined ? '' : new Date(timeMs).toISOString().slice(0, 16),
      }),
    stop: () => bar.stop(),
  };
}
