import type { Command } from 'commander';
import { AuditFileError, eachOfFile, marksOfFile } from '../../app/audit/files.ts';
import { Draw } from '../../app/audit/draw.ts';
import { eachPublished, marksIn, type Published } from '../../app/audit/streams.ts';
import { systemClock } from '../../app/clock.ts';
import { openBus } from '../../app/open-bus.ts';
import type { Bus } from '../../core/bus/bus.port.ts';
import { estimateAudit } from '../../core/relevance/audit/audit.ts';
import { AuditCount } from '../../core/relevance/audit/count.ts';
import { formatAudit, type Audit } from '../audit-report.ts';
import { notice, parsePositive, put, putJson, UsageError, type ExitCode, type Io } from '../io.ts';
import { addBusFlags, settingsFrom, type SettingsFlags } from '../settings-options.ts';

interface Flags extends SettingsFlags {
  readonly marks?: string;
  readonly dropped?: string;
  readonly kept?: string;
  readonly width: string;
  readonly draw?: string;
  readonly json?: boolean;
}

const DRAW_MAX = 10_000;

/** `earshot audit`: exit 1 when there is no mark to estimate from. */
export function addAudit(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  addBusFlags(
    program
      .command('audit')
      .description("Estimate how much of what is relevant a pipeline's filter keeps, from moderators' marks.")
      .argument('<pipeline>', 'name of the pipeline')
      .option('--draw <n>', 'write n messages at random, half dropped and half kept, to be marked')
      .option(
        '--width <w>',
        'how narrow the interval of the recall is to be, for the marks still needed',
        '0.1',
      )
      .option('--marks <file>', 'marks from a file (NDJSON) instead of the stream')
      .option('--dropped <file>', 'dropped messages from a file: `earshot tail dropped --from start --json`')
      .option('--kept <file>', 'scored messages from a file: `earshot tail scored --from start --json`')
      .option('--json', 'the estimate as JSON'),
  ).action(async (pipeline: string, flags: Flags) => {
    const width = parsePositive('--width', flags.width);
    if (width >= 1) throw new UsageError(`--width: '${flags.width}' is not between 0 and 1`);
    const messages = flags.draw === undefined ? undefined : parseMessages(flags.draw);
    const sources = await openSources(pipeline, flags, io);
    try {
      if (messages !== undefined) {
        finish(await drawMessages(pipeline, messages, sources, io));
        return;
      }
      const count = new AuditCount(await sources.marks());
      await sources.eachPublished((message) => count.see(message));
      const { strata, leftOut } = count.result();
      const audit: Audit = {
        pipeline,
        width,
        drawn: count.isDrawn,
        ...estimateAudit(strata, width),
        leftOut,
      };
      if (flags.json === true) await putJson(io, audit);
      else await put(io, formatAudit(audit));
      if (strata.length === 0) tellNothing(pipeline, io);
      finish(strata.some(({ marked }) => marked > 0) ? 0 : 1);
    } catch (error) {
      throw error instanceof AuditFileError ? new UsageError(`audit: ${error.message}`) : error;
    } finally {
      await sources.close();
    }
  });
}

interface Sources {
  marks(): Promise<Awaited<ReturnType<typeof marksIn>>>;
  eachPublished(see: (message: Published) => void): Promise<void>;
  close(): Promise<void>;
}

/** Files where they are given, else the streams: what was dropped and what was kept come from the same place. */
async function openSources(pipeline: string, flags: Flags, io: Io): Promise<Sources> {
  const { marks, dropped, kept } = flags;
  if ((dropped === undefined) !== (kept === undefined)) {
    throw new UsageError(
      'audit: --dropped and --kept go together: the recall compares what was dropped with what was kept',
    );
  }
  const fromStreams = dropped === undefined || (marks === undefined && flags.draw === undefined);
  const settings = await settingsFrom(flags, io);
  if (fromStreams && settings.bus.url === 'memory') {
    throw new UsageError(
      'audit: the embedded bus cannot be read from outside; give --bus nats://host:4222, or --marks, --dropped and --kept',
    );
  }
  const bus: Bus | undefined = fromStreams ? (await openBus(settings, { streams: 'none' })).bus : undefined;
  const needBus = () => {
    if (bus === undefined) throw new Error('no bus is open');
    return bus;
  };
  return {
    marks: () =>
      marks === undefined ? marksIn(needBus(), pipeline) : marksOfFile(marks, pipeline, systemClock.nowMs()),
    async eachPublished(see) {
      if (dropped === undefined || kept === undefined) return eachPublished(needBus(), pipeline, see);
      await eachOfFile(dropped, { pipeline, side: 'dropped' }, see);
      await eachOfFile(kept, { pipeline, side: 'kept' }, see);
    },
    close: async () => bus?.close(),
  };
}

function parseMessages(text: string): number {
  const messages = parsePositive('--draw', text);
  if (messages > DRAW_MAX) throw new UsageError(`--draw: '${text}' is more than ${DRAW_MAX}`);
  return messages;
}

/** Exit 1 when there is nothing to draw from. */
async function drawMessages(pipeline: string, messages: number, sources: Sources, io: Io): Promise<ExitCode> {
  const draw = new Draw(messages, Math.random);
  await sources.eachPublished((message) => draw.see(message));
  const drawn = draw.drawn(pipeline);
  await put(io, drawn.map((mark) => `${JSON.stringify(mark)}\n`).join(''));
  if (drawn.length > 0) return 0;
  tellNothing(pipeline, io);
  return 1;
}

function tellNothing(pipeline: string, io: Io): void {
  notice(io, `audit: nothing was published for a pipeline '${pipeline}'`);
}
