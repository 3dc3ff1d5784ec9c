import { Option, type Command } from 'commander';
import { CLUSTER_COLUMNS, clusterRow, formatCluster } from '../../app/clusters/cluster-format.ts';
import { findClusters } from '../../app/clusters/find-clusters.ts';
import { parseColumns } from '../../app/replay/columns.ts';
import { duplicatesConfig, type DuplicatesConfig } from '../../core/duplicates/duplicates.config.ts';
import { notice, parsePositive, printable, put, UsageError, type ExitCode, type Io } from '../io.ts';
import { formatTable } from '../table.ts';

const FORMATS = ['ndjson', 'table'] as const;
const VERDICTS = ['coordinated', 'organic'] as const;
/** Rows that cannot be read are named up to this number, then only counted. */
const PROBLEMS_NAMED_MAX = 20;
const TOP = '50';

interface Flags {
  readonly columns?: string;
  readonly pipeline?: string;
  readonly copiesMin?: string;
  readonly only?: (typeof VERDICTS)[number];
  readonly top: string;
  readonly format?: (typeof FORMATS)[number];
}

/** `earshot clusters`: exit 1 when a row could not be read. */
export function addClusters(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const defaults = duplicatesConfig.parse({});
  program
    .command('clusters')
    .description(
      'Find what was copied in a file of messages in time order, exactly or nearly, and whether people or a campaign did ' +
        'it: NDJSON {id, time, author, text, …}, or CSV/TSV with --columns; .gz too. One line for each cluster, the ' +
        'largest first; docs/duplicates.md explains the reasons.',
    )
    .argument('<file>', 'file to read')
    .option(
      '--columns <map>',
      'which column is what: time=ts_ms,id=tweet_id,author=user_hash,text=text,tag=brand',
    )
    .option('--pipeline <file>', 'compare and judge as the `duplicates` block of this pipeline says')
    .option('--copies-min <n>', `judge clusters from so many copies on (default: ${defaults.copiesMin})`)
    .addOption(new Option('--only <verdict>', 'show only these').choices(VERDICTS))
    .option('--top <n>', 'show at most so many', TOP)
    .addOption(
      new Option('--format <format>', 'of the output (default: a table on a terminal, else ndjson)').choices(
        FORMATS,
      ),
    )
    .action(async (file: string, flags: Flags) => {
      finish(await run(file, flags, io));
    });
}

async function run(file: string, flags: Flags, io: Io): Promise<ExitCode> {
  let failed = 0;
  const top = parsePositive('--top', flags.top);
  const found = await findClusters(file, {
    config: await configOf(flags, io),
    ...(flags.columns === undefined ? {} : { columns: parseColumns(flags.columns) }),
    onProblem: (row, problem) => {
      failed += 1;
      if (failed <= PROBLEMS_NAMED_MAX) notice(io, printable(`${file}: row ${row}: ${problem}`));
    },
  });
  const { only } = flags;
  const shown = found.clusters.filter(({ verdict }) => only === undefined || verdict === only).slice(0, top);
  const format = flags.format ?? (io.stdout.isTTY === true ? 'table' : 'ndjson');
  if (format === 'table') await put(io, formatTable(CLUSTER_COLUMNS, shown.map(clusterRow)));
  else for (const cluster of shown) await put(io, formatCluster(cluster));
  const reached = Object.entries(found.limits).filter(([, count]) => count > 0);
  if (reached.length > 0)
    notice(io, `${file}: limits left out: ${reached.map(([name, count]) => `${name} ${count}`).join(', ')}`);
  if (failed > PROBLEMS_NAMED_MAX)
    notice(io, `${file}: ${failed - PROBLEMS_NAMED_MAX} more rows cannot be read`);
  return failed > 0 ? 1 : 0;
}

async function configOf({ pipeline, copiesMin }: Flags, io: Io): Promise<DuplicatesConfig> {
  const base = pipeline === undefined ? duplicatesConfig.parse({}) : await pipelineConfigOf(pipeline, io);
  if (copiesMin === undefined) return base;
  const count = Number(copiesMin);
  if (Number.isInteger(count) && count >= 2) return { ...base, copiesMin: count };
  throw new UsageError(`--copies-min: '${copiesMin}' is not a whole number of at least 2`);
}

/** Loaded when it is asked for. */
async function pipelineConfigOf(file: string, io: Io): Promise<DuplicatesConfig> {
  const { loadPipelineFiles } = await import('../../app/pipelines/pipeline-files.ts');
  const [loaded] = await loadPipelineFiles([file], io.env, { sendsNothing: true });
  if (!loaded) throw new UsageError(`--pipeline: ${file} holds no pipeline`);
  return loaded.pipeline.config.duplicates ?? duplicatesConfig.parse({});
}
