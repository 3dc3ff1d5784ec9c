import { Option, type Command } from 'commander';
import pc from 'picocolors';
import { openBus } from '../../app/open-bus.ts';
import type { StoredMessage } from '../../core/bus/bus.port.ts';
import { streamOf } from '../../core/bus/streams.ts';
import { notice, printable, put, untilSignal, UsageError, type ExitCode, type Io } from '../io.ts';
import { addBusFlags, settingsFrom, type SettingsFlags } from '../settings-options.ts';

interface Flags extends SettingsFlags {
  readonly from: 'new' | 'start';
  readonly json?: boolean;
}

const KINDS: Readonly<Record<string, string>> = {
  in: 'earshot.in.>',
  scored: 'earshot.scored.>',
  routes: 'earshot.route.>',
  dropped: 'earshot.dropped.>',
  dead: 'earshot.dead.>',
  alerts: 'earshot.alert.>',
};

/** `earshot tail [KIND|SUBJECT]`: follows a stream until SIGINT or SIGTERM. */
export function addTail(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  addBusFlags(
    program
      .command('tail')
      .description('Follow what Earshot publishes, as lines for people or NDJSON.')
      .argument(
        '[what]',
        `${Object.keys(KINDS).join(', ')}, or a subject such as 'earshot.scored.acme.*.negative'`,
        'scored',
      )
      .addOption(
        new Option('--from <where>', 'new, or start: all that the stream still holds')
          .choices(['new', 'start'])
          .default('new'),
      )
      .option('--json', 'one JSON object a line: {subject, sequence, storedAt, headers?, data}'),
  ).action(async (what: string, flags: Flags) => {
    const settings = await settingsFrom(flags, io);
    if (settings.bus.url === 'memory') {
      throw new UsageError(
        'tail: the embedded bus cannot be followed from outside; give --bus nats://host:4222, or use the /ws feed',
      );
    }
    const subject = Object.hasOwn(KINDS, what) ? (KINDS[what] ?? what) : what;
    const stream = streamOf(subject);
    if (stream === undefined) {
      throw new UsageError(
        `tail: unknown '${what}'; allowed: ${Object.keys(KINDS).join(', ')}, or a subject under earshot.`,
      );
    }
    const { bus } = await openBus(settings, { streams: 'none' });
    const stopped = new Promise<void>((resolve) => {
      const signals = untilSignal(() => {
        signals.dispose();
        resolve();
      });
    });
    const format = flags.json === true ? formatJson : formatLine;
    const reader = bus.read(
      { stream, filterSubject: subject, from: flags.from === 'new' ? 'new' : { sequence: 1 } },
      (batch) => put(io, batch.map((stored) => `${format(stored)}\n`).join('')),
    );
    notice(io, `following ${subject} on ${bus.description}; Ctrl-C ends it`);
    try {
      await Promise.race([stopped, reader.done]);
      finish(0);
    } finally {
      await reader.stop();
      await bus.close();
    }
  });
}

function parse(stored: StoredMessage): unknown {
  const text = new TextDecoder().decode(stored.data);
  try {
    return JSON.parse(text);
  } catch {
    return text; // A dead letter is what it is.
  }
}

function formatJson(stored: StoredMessage): string {
  const { subject, sequence, storedAtMs, headers } = stored;
  const storedAt = new Date(storedAtMs).toISOString();
  return JSON.stringify({
    subject,
    sequence,
    storedAt,
    ...(headers ? { headers } : {}),
    data: parse(stored),
  });
}

interface Shown {
  readonly text?: string;
  readonly author?: { readonly handle?: string };
  readonly sentiment?: { readonly label: string; readonly score: number };
  readonly dropped?: { readonly reason: string };
  readonly summary?: string;
  readonly state?: string;
  readonly id?: string;
}

function formatLine(stored: StoredMessage): string {
  const value = parse(stored);
  const head = `${pc.dim(new Date(stored.storedAtMs).toISOString().slice(11, 19))} ${stored.subject.replace(/^earshot\./, '')}`;
  if (typeof value !== 'object' || value === null) {
    const reason = stored.headers?.['earshot-detail'] ?? '';
    return `${head} ${pc.yellow(reason)} ${oneLine(String(value))}`;
  }
  const { text = '', author, sentiment, summary, id } = value as Shown;
  if (summary !== undefined) return `${head} ${pc.bold(oneLine(summary))} ${pc.dim(id ?? '')}`;
  const score = sentiment ? ` ${paint(sentiment.score, sentiment.score.toFixed(2).padStart(5))}` : '';
  return `${head}${score} ${pc.dim(author?.handle === undefined ? '' : `@${author.handle}`)} ${oneLine(text)}`;
}

function paint(score: number, text: string): string {
  if (score < -0.2) return pc.red(text);
  return score > 0.2 ? pc.green(text) : text;
}

function oneLine(text: string): string {
  return printable(text).slice(0, 160);
}
