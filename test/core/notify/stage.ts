/** A policy on a stage: alerts written short, event time in seconds. */
import type { Alert, Severity } from '../../../src/core/alert/alert.ts';
import type { AlertCommand } from '../../../src/core/notify/command.ts';
import type { Notification } from '../../../src/core/notify/notification.ts';
import { notifyConfig } from '../../../src/core/notify/notify.config.ts';
import {
  NotificationPolicy,
  type PolicyOutput,
  type PolicyRule,
  type PolicyState,
} from '../../../src/core/notify/policy.ts';

/** A Monday, midnight UTC. */
export const START_MS = Date.UTC(2026, 0, 5);
export const MINUTE = 60;
export const HOUR = 3_600;
export const DAY = 86_400;

const SEVERITY_OF: Readonly<Record<string, Severity>> = { low: 'notify', wide: 'ticket' };

/** `surge` or `surge:web`: a rule and its channel. Rules are pages, but for those of SEVERITY_OF. */
export function alertOf(series: string, startS: number, state: 'firing' | 'resolved', atS = startS): Alert {
  const [rule = '', channel] = series.split(':');
  const iso = (second: number) => new Date(START_MS + second * 1_000).toISOString();
  const group = channel === undefined ? {} : { channel };
  return {
    id: `p/${series}/${iso(startS)}`,
    pipeline: 'p',
    rule,
    severity: SEVERITY_OF[rule] ?? 'page',
    state,
    reason: state === 'firing' ? 'condition_met' : 'condition_ended',
    group,
    summary: series,
    when: 'volume > 3',
    observed: {} as Alert['observed'],
    startsAt: iso(startS),
    firedAt: iso(startS),
    ...(state === 'resolved' && { endsAt: iso(atS) }),
    at: iso(atS),
    evidence: { over: '5m', posts: [], sequences: [1, 2] },
  };
}

export type Step =
  { readonly atS: number; readonly alert: Alert } | { readonly atS: number; readonly command: AlertCommand };

export function policyOf(config: object = {}, rules: readonly PolicyRule[] = [], restored?: PolicyState) {
  return new NotificationPolicy('p', notifyConfig.parse(config), rules, restored);
}

export function ms(second: number): number {
  return START_MS + second * 1_000;
}

/** Steps in order of time; afterwards event time goes on until `untilS`. */
export function play(policy: NotificationPolicy, steps: readonly Step[], untilS: number): PolicyOutput[] {
  const said: PolicyOutput[] = [];
  for (const [index, step] of steps.entries()) {
    if ('alert' in step) policy.onAlert(step.alert, ms(step.atS));
    else policy.onCommand(step.command, ms(step.atS));
    // Those of one moment come together, as a watcher hands them over.
    if (steps[index + 1]?.atS !== step.atS) said.push(...policy.advance(ms(step.atS)));
  }
  return [...said, ...policy.advance(ms(untilS))];
}

export function notificationsOf(outputs: readonly PolicyOutput[]): Notification[] {
  return outputs.flatMap((output) => (output.kind === 'notification' ? [output.notification] : []));
}

/** `10 first_notification firing surge:web+ surge:app-`: second, reason, status, and alerts with + (fires) or - (resolved). */
export function line({ at, reason, status, alerts, leftOut, demoted }: Notification): string {
  const second = (Date.parse(at) - START_MS) / 1_000;
  const names = alerts.map(({ summary, state }) => `${summary}${state === 'firing' ? '+' : '-'}`);
  const more = [...(leftOut > 0 ? [`${leftOut} more`] : []), ...(demoted ? [`${demoted} demoted`] : [])];
  return [second, reason, status, ...names, ...more].join(' ');
}

/** Writes `surge:web+ at second`, `surge:web- at second`. */
export function script(...lines: readonly string[]): Step[] {
  const starts = new Map<string, number>();
  return lines.map((text) => {
    const [, second = '', series = '', sign = ''] = /^(\d+) (.+)([+-])$/.exec(text) ?? [];
    const atS = Number(second);
    if (sign === '+') starts.set(series, atS);
    return {
      atS,
      alert: alertOf(series, starts.get(series) ?? 0, sign === '+' ? 'firing' : 'resolved', atS),
    };
  });
}
