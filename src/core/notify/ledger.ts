/** What people were told, and what is to be handed over. */
import type { Alert } from '../alert/alert.ts';
import type { Notification, NotifyReason } from './notification.ts';
import type { PolicyOutput, PolicyReason, PolicyState, Series, Told } from './policy-state.ts';

/** How long what has resolved is still shown, and how many. */
const RESOLVED_SHOWN_MS = 300_000;
const RESOLVED_SHOWN_MAX = 1_000;

export class Ledger {
  readonly #nowMs: () => number;
  #outputs: PolicyOutput[];
  #resolved: PolicyState['resolved'];

  /** `nowMs`: event time. */
  constructor(nowMs: () => number, restored?: Pick<PolicyState, 'outputs' | 'resolved'>) {
    this.#nowMs = nowMs;
    this.#outputs = [...(restored?.outputs ?? [])].filter(isTimed);
    this.#resolved = restored?.resolved ?? [];
  }

  get isEmpty(): boolean {
    return this.#outputs.length === 0;
  }

  /** All that was put down since the last time. */
  take(): readonly PolicyOutput[] {
    return this.#outputs.splice(0);
  }

  notify(notification: Notification): void {
    this.#outputs.push({ kind: 'notification', notification });
  }

  reachLimit(limit: string): void {
    this.#outputs.push({ kind: 'limit', limit, count: 1 });
  }

  /** `by`: what holds it back. */
  decide({ id, rule }: Alert, reason: PolicyReason, by: readonly string[] = []): void {
    const decision = { kind: 'decision', alert: id, rule, reason, atMs: this.#nowMs() } as const;
    this.#outputs.push(by.length === 0 ? decision : { ...decision, by });
  }

  say(series: Series, reason: PolicyReason, by?: readonly string[]): void {
    series.reason = reason;
    this.decide(series.alert, reason, by);
  }

  /** People are told that it fires. */
  begin(series: Series, via: Told['via'], reason: NotifyReason, nowMs: number): void {
    series.told = { alert: series.alert, via, reason, atMs: nowMs };
    this.say(series, reason);
  }

  /** They are told once more. Its id may be a new one by now, when the end of the last one is told with it. */
  remind(series: Series, isEndTold: boolean, nowMs: number): void {
    const { told, alert } = series;
    if (!told) return;
    const { ended, ...rest } = told;
    series.told = { ...rest, ...(ended && !isEndTold ? { ended } : { alert }), atMs: nowMs };
    series.isToRemind = false;
    if (ended && isEndTold) this.#show(ended, nowMs);
  }

  /** They are told that it has resolved. */
  end(series: Series, reason: NotifyReason, nowMs: number): void {
    const ended = series.told?.ended ?? series.alert;
    series.told = undefined;
    series.isEndTold = true;
    series.reason = reason;
    this.decide(ended, reason);
    this.#show(ended, nowMs);
  }

  resolvedLately(nowMs: number): readonly Alert[] {
    return this.#lately(nowMs).map(({ alert }) => alert);
  }

  toState(): Pick<PolicyState, 'outputs' | 'resolved'> {
    return { outputs: [...this.#outputs], resolved: this.#resolved };
  }

  #show(alert: Alert, nowMs: number): void {
    this.#resolved = [...this.#lately(nowMs), { alert, atMs: nowMs }].slice(-RESOLVED_SHOWN_MAX);
  }

  #lately(nowMs: number): PolicyState['resolved'] {
    return this.#resolved.filter(({ atMs }) => atMs > nowMs - RESOLVED_SHOWN_MS);
  }
}

/** Earlier versions kept decisions without their time. */
function isTimed(output: PolicyOutput): boolean {
  return output.kind !== 'decision' || Number.isFinite(output.atMs);
}
