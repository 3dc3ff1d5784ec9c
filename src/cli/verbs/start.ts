import { randomUUID } from 'node:crypto';
import { relative } from 'node:path';
import { concatMap, interval, lastValueFrom, pairwise, takeWhile } from 'rxjs';
import type { Command } from 'commander';
import pc from 'picocolors';
import { systemClock } from '../../app/clock.ts';
import { DEMO_PIPELINE, DEMO_SAMPLE } from '../../app/demo.ts';
import { ROLES, type Earshot } from '../../app/earshot.ts';
import { createAppLogger } from '../../app/logger.ts';
import { replay } from '../../app/replay/replay.ts';
import { notice, parsePositive, type ExitCode, type Io } from '../io.ts';
import { createLiveView } from '../live-view.ts';
import { addServiceFlags, settingsFrom, type SettingsFlags } from '../settings-options.ts';
import { runUntilSignal } from './run.ts';

interface Flags extends SettingsFlags {
  readonly speed: string;
  readonly once?: boolean;
}

/** `earshot start [PIPELINE…]`: `run` with a live view; without a pipeline the demo, with its sample of messages. */
export function addStart(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  addServiceFlags(
    program
      .command('start')
      .description('Run pipelines and show live what happens; without a pipeline, the demo (no NATS needed).')
      .argument('[pipeline...]', 'pipeline files; the demo without any')
      .option('--speed <factor>', 'how fast the demo plays its 30 minutes', '60')
      .option('--once', 'end when the demo has played'),
  ).action(async (files: string[], flags: Flags) => {
    const demo = files.length === 0;
    const speed = parsePositive('--speed', flags.speed);
    // The live view says what the log would; the log keeps to what is wrong, unless asked for more.
    const quiet = flags.config === undefined ? { EARSHOT_LOG_LEVEL: 'error', ...io.env } : io.env;
    const view = createLiveView(io);
    const start = async (listen: string | undefined): Promise<ExitCode> => {
      const settings = await settingsFrom(
        { ...flags, ...(listen === undefined ? {} : { listen }) },
        { ...io, env: quiet },
      );
      const logger = createAppLogger(settings.log, io.stderr);
      const watching = { onEvent: view.onEvent, onAlert: view.onAlert };
      const options = { files: demo ? [DEMO_PIPELINE] : files, roles: ROLES, settings, logger, ...watching };
      return runUntilSignal(options, io, async (earshot, signal) => {
        greet(earshot, io, demo);
        const ticks = interval(1_000).subscribe(() => view.tick());
        signal.addEventListener('abort', () => ticks.unsubscribe());
        if (!demo) return;
        await playDemo(earshot, speed, signal);
        view.tick();
        if (signal.aborted) return;
        notice(io, flags.once === true ? 'The demo has played.' : farewell(earshot));
        if (flags.once === true) process.kill(process.pid, 'SIGTERM');
      });
    };
    const chosen = flags.listen ?? flags.config ?? io.env.EARSHOT_LISTEN;
    try {
      finish(await start(undefined));
    } catch (error) {
      if (chosen !== undefined || !isAddressInUse(error)) throw error;
      notice(io, `earshot: ${error.message.split(':', 2).join(':')}; taking a free port instead`);
      finish(await start('127.0.0.1:0'));
    }
  });
}

function isAddressInUse(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'HTTP_ADDRESS_IN_USE';
}

function greet(earshot: Earshot, io: Io, demo: boolean): void {
  const names = earshot.pipelines
    .map(({ pipeline, file }) => `${pipeline.config.name} (${relative(process.cwd(), file)})`)
    .join(', ');
  notice(io, `${pc.bold('earshot')} listens for ${names} on ${earshot.bus.description}`);
  if (earshot.address !== undefined) {
    const feed = `${earshot.address.replace(/^http/, 'ws')}/ws`;
    notice(
      io,
      `  metrics ${earshot.address}/metrics   alerts ${earshot.address}/api/v1/alerts   feed ${feed}`,
    );
  }
  if (demo) notice(io, "  the demo plays 30 minutes of an airline's evening; Ctrl-C ends it\n");
  else notice(io, '  publish to earshot.in.<source>.<channel>; Ctrl-C drains and ends\n');
}

function farewell(earshot: Earshot): string {
  const serving = earshot.address === undefined ? '' : `; still serving ${earshot.address}`;
  return `The demo has played${serving}. Ctrl-C ends it. Next: cp pipelines/skyline.yaml pipelines/mine.yaml`;
}

async function playDemo(earshot: Earshot, speed: number, signal: AbortSignal): Promise<void> {
  await replay({
    bus: earshot.bus,
    file: DEMO_SAMPLE,
    speed,
    source: 'demo',
    channel: 'demo',
    runId: `demo:${randomUUID()}`,
    clock: systemClock,
    signal,
  });
  const looks = interval(200).pipe(
    concatMap(() => earshot.isCaughtUp()),
    pairwise(), // Twice in a row: what the scorer just published may not have reached the watcher at the first look.
    takeWhile(([before, now]) => !(before && now) && !signal.aborted),
  );
  await lastValueFrom(looks, { defaultValue: undefined });
}
