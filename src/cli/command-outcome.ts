/** Asks for something to be done about alerts, and waits for what the watcher of its pipeline makes of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { systemClock } from '../app/clock.ts';
import { formatDuration, parseDurationMs } from '../core/config/fields.ts';
import type { ShownCommand } from './alert-tables.ts';
import type { ApiClient } from './api-client.ts';
import { printable, UsageError, type ExitCode } from './io.ts';

/** Unless `--wait` says otherwise: a process that takes over a pipeline needs some seconds. */
const WAIT_MS = 10_000;
const POLL_EVERY_MS = 200;

export interface WaitFlags {
  /** False with `--no-wait`. */
  readonly wait?: string | boolean;
}

/** What a command of people is answered with, and later what came of it. */
export type Asked = ShownCommand & { readonly duplicate: boolean; readonly outcomeAt: string };

export function addWaitFlags(command: Command): Command {
  return command
    .option('--wait <duration>', `how long to wait for what comes of it (${formatDuration(WAIT_MS)})`)
    .option('--no-wait', 'only ask: it is carried out later');
}

/** Throws a `UsageError` for a `--wait` that is no duration. */
export async function askFor(
  api: ApiClient,
  { method, path, body }: { method: 'POST' | 'DELETE'; path: string; body: unknown },
  { wait = true }: WaitFlags,
): Promise<Asked> {
  const waitMs = wait === true ? WAIT_MS : wait === false ? 0 : parseDurationMs(wait);
  if (waitMs === undefined) throw new UsageError(`--wait: '${String(wait)}' is no duration such as 10s`);
  const asked = await api.send<Asked>(method, path, body);
  const { duplicate, outcomeAt } = asked;
  if (wait === false) return asked;
  const untilMs = systemClock.monotonicMs() + waitMs;
  for (;;) {
    const found = { ...(await api.get<ShownCommand>(outcomeAt)), duplicate, outcomeAt };
    const leftMs = untilMs - systemClock.monotonicMs();
    if (found.outcome !== null || leftMs <= 0) return found;
    await delay(Math.min(POLL_EVERY_MS, leftMs));
  }
}

export function formatAsked(asked: Asked): string {
  const { action, id, by, alert, silence, pipeline, duplicate, outcome, reason, detail } = asked;
  const about = alert ?? silence ?? `${id} in ${pipeline}`;
  const before = duplicate ? ' (asked before: nothing new)' : '';
  const came = {
    applied: ': applied',
    refused: `: refused, ${reason ?? ''}: ${detail ?? ''}`,
    later: `: nobody has carried it out yet; it will be, and 'earshot alerts audit' says what comes of it (${id})`,
    unknown: '',
  }[outcome === null ? 'later' : (outcome ?? 'unknown')];
  return `${printable(`${action} ${about}, by ${by}${came}`)}${before}\n`;
}

/** 1: it was refused; 2: nobody has come to it. */
export function exitCodeOf({ outcome }: Asked): ExitCode {
  if (outcome === null) return 2;
  return outcome === 'refused' ? 1 : 0;
}
