import type { Command } from 'commander';
import { ROLES, startEarshot, type Earshot, type EarshotOptions, type Role } from '../../app/earshot.ts';
import { keepHeapLean } from '../../app/heap.ts';
import { createAppLogger } from '../../app/logger.ts';
import { notice, untilSignal, UsageError, type ExitCode, type Io } from '../io.ts';
import { addServiceFlags, settingsFrom, type SettingsFlags } from '../settings-options.ts';
import { errorText } from '../../core/errors/error-text.ts';

interface Flags extends SettingsFlags {
  readonly role?: string;
}

/** `earshot run [PIPELINE…]`: until SIGTERM or SIGINT, which drains; SIGHUP reads the pipeline files again. */
export function addRun(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  addServiceFlags(
    program
      .command('run')
      .description(
        'Run pipelines: score messages, watch for alerts, serve metrics. SIGHUP reloads, SIGTERM drains.',
      )
      .argument('[pipeline...]', 'pipeline files, or folders of them', ['pipelines/skyline.yaml'])
      .option('--role <roles>', 'score, watch, or both separated by a comma', ROLES.join(',')),
  ).action(async (files: string[], flags: Flags) => {
    const settings = await settingsFrom(flags, io);
    const logger = createAppLogger(settings.log, io.stderr);
    const roles = parseRoles(flags.role ?? '');
    if (settings.bus.url === 'memory') {
      notice(
        io,
        'earshot: the embedded bus keeps nothing when the process ends; --bus nats://host:4222 does',
      );
    }
    finish(await runUntilSignal({ files, roles, settings, logger }, io));
  });
}

/** Starts, lets `during` do its part, and drains at the first signal. */
export async function runUntilSignal(
  options: EarshotOptions,
  io: Io,
  during: (earshot: Earshot, signal: AbortSignal) => Promise<void> = () => Promise.resolve(),
): Promise<ExitCode> {
  let earshot: Earshot | undefined;
  let signalled: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    signalled = resolve;
  });
  const signals = untilSignal(signalled);
  const heap = keepHeapLean();
  const onReload = () => void earshot?.reload();
  process.on('SIGHUP', onReload);
  try {
    earshot = await startEarshot(options);
    await Promise.race([earshot.failed, during(earshot, signals.signal).then(() => first), first]);
    return 0;
  } catch (error) {
    if (!earshot) throw error;
    notice(io, `earshot: ${errorText(error)}`);
    return 1;
  } finally {
    await earshot?.drain();
    process.off('SIGHUP', onReload);
    signals.dispose();
    heap.unsubscribe();
  }
}

function parseRoles(text: string): Role[] {
  const roles = text.split(',').map((role) => role.trim());
  for (const role of roles) {
    if ((ROLES as readonly string[]).includes(role)) continue;
    throw new UsageError(`--role: unknown role '${role}'; allowed: ${ROLES.join(', ')}`);
  }
  return roles as Role[];
}
