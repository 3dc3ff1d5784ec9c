/** What the rules of a backtest did, kept in bounded memory. What they did in the warm-up is not told, but an alert that still
 *  fires when it ends is there from the start. */
import type { Alert } from '../../core/alert/alert.ts';
import type { RuleConfig } from '../../core/alert/rule.config.ts';
import type { WatcherOutput } from '../../core/alert/watcher.ts';
import {
  isNotifyReason,
  type MuteReason,
  type Notification,
  type NotifyReason,
} from '../../core/notify/notification.ts';
import type { Span } from './spans.ts';
import { VolumeColumns } from './volume-columns.ts';

/** Alerts, pages, and reasons of alerts that one run remembers; further ones are counted as left out. */
const RECORDS_MAX = 200_000;

/** From when it fired until it resolved, within what is reported. */
export interface FiringSpan extends Span {
  readonly id: string;
  readonly summary: string;
  readonly group: Alert['group'];
  readonly wasFiringAtStart: boolean;
  readonly isFiringAtEnd: boolean;
}

export interface RuleLog {
  readonly rule: RuleConfig;
  readonly firings: FiringSpan[];
  /** Pending alerts that ended without firing. */
  pendingOnly: number;
  readonly pagesAtMs: number[];
  readonly sent: Map<NotifyReason, number>;
  /** Ids of alerts that nobody was told of, or not yet, by the reason. */
  readonly held: Map<MuteReason, Set<string>>;
  /** The condition could not be evaluated. */
  failures: number;
  failure: string | undefined;
}

interface OpenFiring {
  readonly alert: Alert;
  readonly firedMs: number;
}

export class RunLog {
  readonly columns: VolumeColumns;
  readonly #paneMs: number;
  readonly #rules: ReadonlyMap<string, RuleLog>;
  readonly #open = new Map<string, OpenFiring>();
  readonly #limits = new Map<string, number>();
  #startMs: number | undefined;
  #endMs = 0;
  #late = 0;

  constructor(rules: readonly RuleConfig[], paneMs: number) {
    this.columns = new VolumeColumns(paneMs);
    this.#paneMs = paneMs;
    this.#rules = new Map(rules.map((rule) => [rule.name, emptyLog(rule)]));
  }

  get rules(): readonly RuleLog[] {
    return [...this.#rules.values()];
  }

  /** Of event time; empty before the first message that is reported. */
  get span(): Span {
    const startMs = this.#startMs ?? 0;
    return { startMs, endMs: Math.max(startMs, this.#endMs) };
  }

  /** Messages too late for their pane, applied to it or not. */
  get late(): number {
    return this.#late;
  }

  /** Of the pipeline's limits and of our own: what was left out, by name. */
  get limits(): ReadonlyMap<string, number> {
    return this.#limits;
  }

  /** The warm-up is over. */
  begin(startMs: number): void {
    this.#startMs ??= startMs;
  }

  take(outputs: readonly WatcherOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'transition') this.#transition(output.alert);
      else if (this.#startMs !== undefined) this.#report(output);
    }
  }

  /** Event time ends here. */
  end(endMs: number): void {
    this.#endMs = endMs;
    for (const firing of this.#open.values()) this.#close(firing, this.span.endMs, true);
    this.#open.clear();
  }

  #transition(alert: Alert): void {
    const log = this.#rules.get(alert.rule);
    const atMs = Date.parse(alert.at);
    if (alert.state === 'firing') this.#open.set(alert.id, { alert, firedMs: atMs });
    if (alert.state === 'inactive' && log && this.#startMs !== undefined) log.pendingOnly += 1;
    const firing = alert.state === 'resolved' ? this.#open.get(alert.id) : undefined;
    if (!firing) return;
    this.#open.delete(alert.id);
    if (this.#startMs !== undefined) this.#close(firing, atMs, false);
  }

  #close({ alert, firedMs }: OpenFiring, endMs: number, isFiringAtEnd: boolean): void {
    const startMs = this.#startMs ?? 0;
    const log = this.#rules.get(alert.rule);
    if (!log || !this.#hasRoom(log.firings.length)) return;
    log.firings.push({
      ...{ id: alert.id, summary: alert.summary, group: alert.group },
      startMs: Math.max(startMs, firedMs),
      endMs: Math.max(startMs, endMs),
      wasFiringAtStart: firedMs < startMs,
      isFiringAtEnd,
    });
  }

  #report(output: Exclude<WatcherOutput, { kind: 'transition' }>): void {
    switch (output.kind) {
      case 'window': {
        const { endMs, volume, negativeShare } = output;
        this.columns.add(endMs - this.#paneMs, volume, volume * negativeShare);
        break;
      }
      case 'notification':
        this.#notified(output.notification);
        break;
      case 'decision':
        if (!isNotifyReason(output.reason)) this.#held(output.rule, output.reason, output.alert);
        break;
      case 'rule_failed': {
        const log = this.#rules.get(output.rule);
        if (log) Object.assign(log, { failures: log.failures + 1, failure: log.failure ?? output.error });
        break;
      }
      case 'late':
        this.#late += output.messages;
        break;
      case 'limit':
        this.#reach(output.limit, output.count);
        break;
      case 'command_refused':
      case 'session':
      case 'stays':
      case 'trend':
      case 'version':
      case 'watermark':
        break; // Of no rule.
    }
  }

  /** A notification counts for each rule that it tells of, and as a page for each that has a page firing in it. */
  #notified({ alerts, severity, status, reason, at }: Notification): void {
    for (const name of new Set(alerts.map(({ rule }) => rule))) {
      const log = this.#rules.get(name);
      if (!log) continue;
      log.sent.set(reason, (log.sent.get(reason) ?? 0) + 1);
      const isPage = alerts.some(
        (one) => one.rule === name && one.severity === 'page' && one.state === 'firing',
      );
      if (!isPage || severity !== 'page' || status !== 'firing') continue;
      if (this.#hasRoom(log.pagesAtMs.length)) log.pagesAtMs.push(Date.parse(at));
    }
  }

  #held(rule: string, reason: MuteReason, alert: string): void {
    const held = this.#rules.get(rule)?.held;
    const ids = held?.get(reason) ?? new Set();
    if (this.#hasRoom(ids.size)) held?.set(reason, ids.add(alert));
  }

  #hasRoom(records: number): boolean {
    if (records < RECORDS_MAX) return true;
    this.#reach('backtest_records', 1);
    return false;
  }

  #reach(limit: string, count: number): void {
    this.#limits.set(limit, (this.#limits.get(limit) ?? 0) + count);
  }
}

function emptyLog(rule: RuleConfig): RuleLog {
  return {
    ...{ rule, firings: [], pendingOnly: 0, pagesAtMs: [], sent: new Map(), held: new Map() },
    ...{ failures: 0, failure: undefined },
  };
}
