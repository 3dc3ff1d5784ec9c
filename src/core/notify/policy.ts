/** Who is told what, when and why not: transitions of alerts and commands of people in, notifications and decisions out. A
 *  pure state machine in event time: what it says at a moment does not depend on how often it is asked. */
import type { Alert } from '../alert/alert.ts';
import type { AlertCommand } from './command.ts';
import { Commands } from './commands.ts';
import { keyOf } from './compose.ts';
import { Digest } from './digest.ts';
import { isForgotten, levelAfterReturn, levelAfterUntoldReturn } from './flapping.ts';
import { Groups } from './groups.ts';
import { Ledger } from './ledger.ts';
import type { MuteReason } from './notification.ts';
import type { NotifyConfig } from './notify.config.ts';
import { PageBudgets } from './page-budgets.ts';
import type {
  AlertStatus,
  CommandOutcome,
  PolicyOutput,
  PolicyReason,
  PolicyRule,
  PolicyState,
  Series,
  Told,
} from './policy-state.ts';
import type { Silence } from './silences.ts';
import { isSame, Staleness } from './staleness.ts';
import { Standing } from './standing.ts';
import { Suppression } from './suppression.ts';
import { Teller } from './teller.ts';
import { isFiring, newSeries, timingOf, type Timing } from './series.ts';

export type * from './policy-state.ts';

/** Alerts of one rule and group each, firing or lately told of; further ones are counted and not told. */
const SERIES_MAX = 10_000;
/** Forgotten series whose last decision can still be asked for. */
const ENDED_KNOWN_MAX = 100;
const UNSUPPRESSED: AlertStatus = { suppressed: false, reasons: [], silencedBy: [], inhibitedBy: [] };

export class NotificationPolicy {
  readonly #definition: string;
  readonly #timing: Timing;
  readonly #suppression: Suppression;
  readonly #staleness: Staleness;
  readonly #digest: Digest;
  readonly #budgets: PageBudgets;
  readonly #standing: Standing;
  readonly #teller: Teller;
  /** Those that fired last come last, as in `#firing` and in their groups. */
  readonly #series = new Map<string, Series>();
  /** By id, those that fire. */
  readonly #firing = new Map<string, Series>();
  /** By id: what was decided last of alerts whose series are forgotten. */
  readonly #ended: Map<string, PolicyReason>;
  readonly #groups: Groups;
  readonly #ledger: Ledger;
  readonly #commands: Commands;
  #nowMs: number;
  #checkedMs = 0;
  #nextCheckMs = 0;
  /** The silences and mute times in force when last looked at. */
  #calendar = '';
  #sweptMs = 0;

  /** Rules that are not named are live, with the general page budget. `beganMs`: when this life began to read, by the broker's
   *  clock; without it nothing is stale. */
  constructor(
    pipeline: string,
    config: NotifyConfig,
    rules: readonly PolicyRule[],
    restored?: PolicyState,
    beganMs?: number,
  ) {
    this.#definition = JSON.stringify([config, rules]);
    this.#timing = timingOf(config);
    this.#suppression = new Suppression(config, rules, restored);
    this.#staleness = new Staleness(config, beganMs, restored?.staleness);
    this.#digest = new Digest(config.digest, restored?.digest);
    this.#groups = new Groups(config.groupBy, this.#timing);
    this.#ledger = new Ledger(() => this.#nowMs, restored);
    this.#budgets = new PageBudgets(rules, config.pageBudget, restored?.pages);
    const parts = { timing: this.#timing, groups: this.#groups, digest: this.#digest, ledger: this.#ledger };
    this.#standing = new Standing({ ...parts, suppression: this.#suppression });
    this.#teller = new Teller({ ...parts, pipeline, budgets: this.#budgets, standing: this.#standing });
    const index = { firing: this.#firing, series: this.#series };
    this.#commands = new Commands(pipeline, this.#suppression.silences, index, restored?.commands);
    this.#ended = new Map(restored?.ended);
    this.#nowMs = restored?.nowMs ?? 0;
    this.#readCalendar(restored?.checkedMs ?? 0);
    if (restored) this.#restore(restored);
  }

  /** When `advance` can have something to say, in event time; may be past. */
  get dueMs(): number {
    return this.#ledger.isEmpty ? Math.max(this.#nextMs(), this.#nowMs) : this.#nowMs;
  }

  /** A transition; those of one moment come before `advance` to that moment. */
  onAlert(alert: Alert, nowMs: number): void {
    this.#arriveAt(nowMs);
    if (alert.state === 'firing') this.#fires(alert);
    else if (alert.state === 'resolved') this.#resolves(alert);
  }

  /** The same command again (by its id) changes nothing and has the same outcome. */
  onCommand(command: AlertCommand, nowMs: number): CommandOutcome {
    this.#arriveAt(nowMs);
    const outcome = this.#commands.apply(command, this.#nowMs);
    if (outcome.outcome === 'applied') this.#check();
    return outcome;
  }

  /** Event time has come to `nowMs`: all that was decided since the last call. */
  advance(nowMs: number): readonly PolicyOutput[] {
    for (let next = this.#nextMs(); next <= nowMs; next = this.#nextMs()) this.#runAt(next);
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    if (this.#nowMs - this.#sweptMs >= this.#timing.groupIntervalMs) this.#sweep();
    return this.#ledger.take();
  }

  /** Before the first step: an earlier life published what the restored state does not hold, until then by the broker's clock. */
  follow(saidUntilMs: number): void {
    this.#staleness.follow(saidUntilMs);
  }

  /** Event time is about to go on from `nowMs` to `frontierMs`, by a message stored at `storageMs` or a tick of then. */
  approach(nowMs: number, frontierMs: number, storageMs: number): void {
    const stale = this.#staleness.spans(storageMs, frontierMs);
    if (isSame(stale, this.#suppression.stale)) return;
    this.#arriveAt(nowMs);
    this.#suppression.stale = stale;
    this.#nextCheckMs = this.#nowMs;
  }

  /** A message was counted: when the broker stored what was published, and what became of it. */
  hear(arrivalMs: number, storedAtMs: number): void {
    this.#staleness.hear(arrivalMs, storedAtMs);
  }

  /** As people were told: what they believe to fire, and what they were told in the last five minutes has resolved. */
  told(nowMs: number): readonly Alert[] {
    const believed = [...this.#series.values()].flatMap(({ told }) => told?.alert ?? []);
    return [...believed, ...this.#ledger.resolvedLately(nowMs)];
  }

  /** Of an alert that does not fire: not suppressed, with the last decision while that is known. */
  statusOf(alertId: string): AlertStatus {
    const series = this.#firing.get(alertId);
    if (series) return this.#suppression.statusOf(series, this.#nowMs);
    let decision = this.#ended.get(alertId);
    for (const { alert, reason } of this.#series.values()) if (alert.id === alertId) decision = reason;
    return decision === undefined ? UNSUPPRESSED : { ...UNSUPPRESSED, decision };
  }

  /** Active, still to come, and ended in the last day. */
  silences(nowMs: number): readonly Silence[] {
    return this.#suppression.silences.list(nowMs);
  }

  snapshot(): PolicyState {
    return {
      staleness: this.#staleness.toState(),
      ended: [...this.#ended],
      definition: this.#definition,
      nowMs: this.#nowMs,
      checkedMs: this.#checkedMs,
      series: [...this.#series.values()].map((series) => ({ ...series })),
      groups: this.#groups.toState(),
      silences: this.#suppression.silences.toState(),
      commands: this.#commands.toState(),
      pages: this.#budgets.toState(),
      digest: this.#digest.toState(),
      ...this.#ledger.toState(),
    };
  }

  #restore({ series: all, groups, definition }: PolicyState): void {
    for (const stored of all) {
      const series = { ...stored };
      this.#series.set(series.key, series);
      this.#groups.join(series);
      if (!isFiring(series)) continue;
      this.#firing.set(series.alert.id, series);
      this.#suppression.changesSource(series.alert, true);
    }
    this.#groups.restore(groups);
    if (definition !== this.#definition) this.#check();
  }

  // The course of event time.

  #nextMs(): number {
    const next = Math.min(this.#groups.nextMs(), this.#digest.dueMs);
    return this.#firing.size > 0 ? Math.min(next, this.#nextCheckMs) : next;
  }

  /** What was due before comes first. */
  #arriveAt(nowMs: number): void {
    for (let next = this.#nextMs(); Math.max(next, this.#nowMs) < nowMs; next = this.#nextMs())
      this.#runAt(next);
    this.#nowMs = Math.max(this.#nowMs, nowMs);
  }

  #runAt(timeMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, timeMs);
    if (this.#nextCheckMs <= this.#nowMs) this.#checkCalendar();
    for (const group of this.#groups.due(this.#nowMs)) this.#teller.tell(group, this.#nowMs);
    if (this.#digest.dueMs <= this.#nowMs) this.#teller.tellDigest([...this.#series.values()], this.#nowMs);
  }

  /** A silence or mute time may have begun or ended. */
  #checkCalendar(): void {
    const before = this.#calendar;
    this.#readCalendar(this.#nowMs);
    if (this.#calendar !== before) this.#lookAtAll();
  }

  #readCalendar(nowMs: number): void {
    this.#checkedMs = nowMs;
    this.#nextCheckMs = this.#suppression.nextCheckMs(nowMs);
    this.#calendar = this.#suppression.calendarAt(nowMs);
  }

  /** A source of inhibition has come or gone, or somebody has done something. */
  #check(): void {
    this.#readCalendar(this.#nowMs);
    this.#lookAtAll();
  }

  #lookAtAll(): void {
    const groups = new Set(
      [...this.#firing.values()].map((series) => this.#standing.look(series, this.#nowMs)),
    );
    for (const group of groups) this.#groups.schedule(group);
  }

  // What comes in.

  #fires(alert: Alert): void {
    const key = `${alert.rule}/${keyOf(alert.group)}`;
    const known = this.#series.get(key);
    if (known && isFiring(known)) {
      if (known.alert.id === alert.id) {
        known.alert = alert;
        return;
      }
      this.#resolves(endOf(known.alert, alert.startsAt)); // Its end was lost on the way.
    }
    if (!known && this.#series.size >= SERIES_MAX) this.#sweep();
    if (!known && this.#series.size >= SERIES_MAX) {
      this.#ledger.reachLimit('policySeriesMax');
      return;
    }
    const via = this.#digest.takes(alert) ? 'digest' : 'group';
    const series = known ?? newSeries(key, alert);
    this.#series.delete(key);
    this.#series.set(key, series);
    this.#returns(series, via);
    series.alert = alert;
    series.sinceMs = this.#nowMs;
    series.via = via;
    series.held = [];
    series.reason = undefined;
    this.#groups.join(series);
    this.#firing.set(alert.id, series);
    if (this.#suppression.changesSource(alert, true)) this.#check();
    else this.#groups.schedule(this.#standing.look(series, this.#nowMs));
  }

  /** What the last alert of the series leaves behind for the new one. */
  #returns(series: Series, via: Told['via']): void {
    const { told, level, isEndTold } = series;
    this.#groups.leave(series);
    if (told?.via === 'group') series.level = levelAfterUntoldReturn(level);
    else series.level = levelAfterReturn(level, isEndTold, this.#nowMs - series.sinceMs, this.#timing);
    series.isEndTold = false;
    if (told?.via === 'digest' && told.ended && via === 'group') {
      this.#digest.finish({ series: series.key, alert: told.ended, isDemoted: false }, this.#nowMs);
      series.told = undefined;
    }
    series.isDemoted = false;
  }

  #resolves(alert: Alert): void {
    const series = this.#firing.get(alert.id);
    if (!series) {
      if (alert.mode !== 'shadow') this.#ledger.decide(alert, 'never_told');
      return;
    }
    const { told, held } = series;
    this.#firing.delete(alert.id);
    const wasSource = this.#suppression.changesSource(series.alert, false);
    series.alert = alert;
    series.sinceMs = this.#nowMs;
    series.held = [];
    series.acknowledged = undefined;
    series.isToRemind = false;
    if (told?.alert.id === alert.id) {
      series.told = { ...told, ended: alert };
      if (told.via === 'digest') this.#digest.schedule(this.#nowMs);
    } else if (series.via === 'digest' && held.length === 0)
      this.#digest.finish({ series: series.key, alert, isDemoted: series.isDemoted }, this.#nowMs);
    else if (!told && !held.some(isFinal)) this.#ledger.say(series, 'never_told');
    this.#groups.schedule(this.#groups.of(series));
    this.#standing.explain(series, this.#nowMs);
    if (wasSource) this.#check();
  }

  /** Forgets what means nothing any more. */
  #sweep(): void {
    this.#sweptMs = this.#nowMs;
    for (const series of this.#series.values()) {
      const { told, isEndTold, level, sinceMs, key } = series;
      if (isFiring(series) || told) continue;
      if ((isEndTold || level > 0) && !isForgotten(level, this.#nowMs - sinceMs, this.#timing)) continue;
      this.#series.delete(key);
      this.#groups.leave(series);
      if (series.reason !== undefined) this.#ended.set(series.alert.id, series.reason);
    }
    for (const id of this.#ended.keys()) {
      if (this.#ended.size <= ENDED_KNOWN_MAX) break;
      this.#ended.delete(id);
    }
    this.#groups.sweep(this.#nowMs);
  }
}

function endOf(alert: Alert, endsAt: string): Alert {
  return { ...alert, state: 'resolved', reason: 'condition_ended', endsAt, at: endsAt };
}

/** Says all there is to say of an alert that ends. */
function isFinal(reason: MuteReason): boolean {
  return reason === 'shadow' || reason === 'stale';
}
