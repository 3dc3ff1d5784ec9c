import { Option, type Command } from 'commander';
import { openBus } from '../../app/open-bus.ts';
import { streamOf } from '../../core/bus/streams.ts';
import { notice, put, untilSignal, UsageError, type ExitCode, type Io } from '../io.ts';
import { eachMessage, formatJson, formatLine } from '../tail-line.ts';
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
  marks: 'earshot.mark.>',
};

/** Tokens apart by dots; `*` stands for one, a last `>` for all that follow. */
const SUBJECT = /^[^\s.*>]+(\.([^\s.*>]+|\*))*(\.>)?$/;

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
      .option(
        '--json',
        'one JSON object a line: {subject, sequence, line?, lines?, storedAt, headers?, data}',
      ),
  ).action(async (what: string, flags: Flags) => {
    const settings = await settingsFrom(flags, io);
    if (settings.bus.url === 'memory') {
      throw new UsageError(
        'tail: the embedded bus cannot be followed from outside; give --bus nats://host:4222, or use the /ws feed',
      );
    }
    const subject = Object.hasOwn(KINDS, what) ? (KINDS[what] ?? what) : what;
    const stream = streamOf(subject);
    if (stream === undefined || !SUBJECT.test(subject)) {
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
      (batch) =>
        put(
          io,
          batch
            .flatMap(eachMessage)
            .map((message) => `${format(message)}\n`)
            .join(''),
        ),
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
