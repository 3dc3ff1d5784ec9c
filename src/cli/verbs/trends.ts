import { Option, type Command } from 'commander';
import { readBytes } from '../../app/detect/detect.ts';
import { parseColumns } from '../../app/replay/columns.ts';
import {
  findTrends,
  isTable,
  ndjsonLines,
  tableLines,
  type TrendFinding,
} from '../../app/trends/find-trends.ts';
import { formatTrend, TREND_COLUMNS, trendRow } from '../../app/trends/trend-format.ts';
import { ALL } from '../../app/trends/trend-lines.ts';
import { trendConfig, type TrendConfig } from '../../core/trend/trend.config.ts';
import type { TrendView } from '../../core/trend/trend-view.ts';
import { configFromFlags } from '../config-flags.ts';
import { inputBytes, notice, printable, put, UsageError, type ExitCode, type Io } from '../io.ts';
import { formatTable } from '../table.ts';

const FORMATS = ['ndjson', 'table'] as const;

interface Flags {
  readonly by: string;
  readonly columns?: string;
  readonly format?: (typeof FORMATS)[number];
  readonly events?: boolean;
  readonly scoreMin?: string;
  readonly authorsMin?: string;
  readonly copies?: string;
}

/** Lines that cannot be read are named up to this number, then only counted. */
const PROBLEMS_NAMED_MAX = 20;
/** Rows of a table: the strongest trends. */
const ROWS_MAX = 200;
/** A file may hold this many channels: they cost little. */
const CHANNELS_MAX = 10_000;

/** `earshot trends`: exit 1 when a line could not be read. */
export function addTrends(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const defaults = trendConfig.parse({});
  program
    .command('trends')
    .description(
      'Find what rises in messages in time order: NDJSON {id, time, channel, author, text, …}, or CSV/TSV with ' +
        '--columns, in; one line for each trend out, when it is over or the messages end; docs/trends.md explains it.',
    )
    .argument('[file]', 'NDJSON, CSV or TSV, also .gz; - or none: NDJSON from standard input', '-')
    .option(
      '--columns <map>',
      'which column is what: time=ts_ms,id=tweet_id,author=user_hash,text=text,channel=brand',
    )
    .option(
      '--by <field>',
      `field that tells channels apart, each with trends of its own; ${ALL}: none`,
      'channel',
    )
    .addOption(
      new Option('--format <format>', 'of the output (default: a table on a terminal, else ndjson)').choices(
        FORMATS,
      ),
    )
    .option('--events', 'also a line, with `at`, whenever a trend begins or changes its state')
    .option('--score-min <score>', `standard deviations above the expected (default: ${defaults.scoreMin})`)
    .option('--authors-min <count>', `authors that a trend needs (default: ${defaults.authorsMin})`)
    .option('--copies <weight>', `what copies count: once, each, weighted (default: ${defaults.copies})`)
    .action(async (file: string, flags: Flags) => {
      const format = flags.format ?? (io.stdout.isTTY === true && flags.events !== true ? 'table' : 'ndjson');
      if (format === 'table' && flags.events === true)
        throw new UsageError('--events: needs --format ndjson; a table has one row for each trend');
      finish(await run(file, { io, flags, format, config: configOf(flags) }));
    });
}

function configOf({ scoreMin, authorsMin, copies }: Flags): TrendConfig {
  const config = configFromFlags(trendConfig, { scoreMin, authorsMin, copies }, (text, key) =>
    key === 'copies' || text.trim() === '' ? text : Number(text),
  );
  return { ...config, limits: { ...config.limits, channelsMax: CHANNELS_MAX } };
}

interface Run {
  readonly io: Io;
  readonly flags: Flags;
  readonly format: (typeof FORMATS)[number];
  readonly config: TrendConfig;
}

async function run(file: string, { io, flags, format, config }: Run): Promise<ExitCode> {
  const where = file === '-' ? 'standard input' : file;
  const unit = flags.columns === undefined ? 'line' : 'row';
  const lines = linesOf(file, { io, columns: flags.columns });
  const rows: TrendView[] = [];
  let failed = 0;
  for await (const finding of findTrends(lines, { config, by: flags.by })) {
    if ('problem' in finding) {
      failed += 1;
      if (failed <= PROBLEMS_NAMED_MAX)
        notice(io, printable(`${where}: ${unit} ${finding.line}: ${finding.problem}`));
      continue;
    }
    if ('limits' in finding) {
      const reached = Object.entries(finding.limits).map(([name, count]) => `${name} ${count}`);
      notice(io, `${where}: limits left out: ${reached.join(', ')}`);
      continue;
    }
    const trend = trendOf(finding, flags.events === true);
    if (!trend) continue;
    const atMs = flags.events === true && 'event' in finding ? finding.event.atMs : undefined;
    if (format === 'ndjson') await put(io, formatTrend(trend, atMs));
    else keepStrongest(rows, trend);
  }
  if (format === 'table') {
    rows.sort((a, b) => a.startMs - b.startMs);
    await put(io, formatTable(TREND_COLUMNS, rows.map(trendRow)));
  }
  if (failed > PROBLEMS_NAMED_MAX)
    notice(io, `${where}: ${failed - PROBLEMS_NAMED_MAX} more ${unit}s cannot be read`);
  return failed > 0 ? 1 : 0;
}

function linesOf(
  file: string,
  { io, columns }: { io: Io; columns: string | undefined },
): AsyncIterable<Uint8Array> {
  if (columns === undefined && !isTable(file))
    return ndjsonLines(file === '-' ? inputBytes(io) : readBytes(file));
  if (file === '-') throw new UsageError('--columns: needs a file, .csv or .tsv, also .gz');
  return tableLines(file, columns === undefined ? undefined : parseColumns(columns));
}

/** Each trend once, as it was when it ended; with events also before. */
function trendOf(
  finding: Exclude<TrendFinding, { problem: string } | { limits: object }>,
  withEvents: boolean,
): TrendView | undefined {
  if ('last' in finding) return finding.last;
  const { trend } = finding.event;
  return withEvents || trend.state === 'over' ? trend : undefined;
}

function keepStrongest(rows: TrendView[], trend: TrendView): void {
  rows.push(trend);
  if (rows.length <= ROWS_MAX) return;
  const weakest = rows.reduce(
    (least, row, at) => (row.peakScore < (rows[least]?.peakScore ?? 0) ? at : least),
    0,
  );
  rows.splice(weakest, 1);
}
