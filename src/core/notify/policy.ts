/** Who is told what, when and why not: transitions of alerts and commands of people in, notifications and decisions out. A
 *  pure state machine in event time: what it says at a moment does not depend on how often it is asked. */
import type { Alert } from '../alert/alert.ts';
import type { AlertCommand } from './command.ts';
import { Commands } from './commands.ts';
import { digestOf, keyOf, list, notificationOf } from './compose.ts';
import { Digest } from './digest.ts';
import { isForgotten, levelAfterReturn, levelAfterUntoldReturn } from './flapping.ts';
import { Groups, type Group } from './groups.ts';
import { Ledger } from './ledger.ts';
import type { MuteReason } from './notification.ts';
import type { NotifyConfig } from './notify.config.ts';
import { PageBudgets } from './page-budgets.ts';
import type {
  AlertStatus,
  CommandOutcome,
  PolicyOutput,
  PolicyRule,
  PolicyState,
  Series,
  Told,
} from './policy-state.ts';
import type { Silence } from './silences.ts';
import { Suppression } from './suppression.ts';
import {
  dueMs,
  isBelieved,
  isFiring,
  isNews,
  isOpen,
  isOver,
  isTold,
  muteReason,
  newSeries,
  timingOf,
  forgetNews,
  touchNews,
  type Timing,
} from './series.ts';

export type * from './policy-state.ts';

/** Alerts of one rule and group each, firing or lately told of; further ones are counted and not told. */
const SERIES_MAX = 10_000;
const UNSUPPRESSED: AlertStatus = { suppressed: false, reasons: [], silencedBy: [], inhibitedBy: [] };

export class NotificationPolicy {
  readonly #pipeline: string;
  readonly #definition: string;
  readonly #timing: Timing;
  readonly #suppression: Suppression;
  readonly #digest: Digest;
  readonly #budgets: PageBudgets;
  readonly #series = new Map<string, Series>();
  /** By id, those that fire. */
  readonly #firing = new Map<string, Series>();
  readonly #groups: Groups;
  readonly #ledger: Ledger;
  readonly #commands: Commands;
  #nowMs: number;
  #checkedMs = 0;
  #nextCheckMs = 0;
  /** The silences and mute times in force when last looked at. */
  #calendar = '';
  #sweptMs = 0;

  /** Rules that are not named are live, with the general page budget. */
  constructor(pipeline: string, config: NotifyConfig, rules: readonly PolicyRule[], restored?: PolicyState) {
    this.#pipeline = pipeline;
    this.#definition = JSON.stringify([config, rules]);
    this.#timing = timingOf(config);
    this.#suppression = new Suppression(config, rules, restored);
    this.#digest = new Digest(config.digest, restored?.digest);
    this.#groups = new Groups(config.groupBy, this.#timing);
    this.#ledger = new Ledger(restored);
    this.#budgets = new PageBudgets(rules, config.pageBudget, restored?.pages);
    const index = { firing: this.#firing, series: this.#series };
    this.#commands = new Commands(pipeline, this.#suppression.silences, index, restored?.commands);
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

  /** As people were told: what they believe to fire, and what they were told in the last five minutes has resolved. */
  told(nowMs: number): readonly Alert[] {
    const believed = [...this.#series.values()].flatMap(({ told }) => told?.alert ?? []);
    return [...believed, ...this.#ledger.resolvedLately(nowMs)];
  }

  /** Of an alert that does not fire, or of which nothing is known: not suppressed. */
  statusOf(alertId: string): AlertStatus {
    const series = this.#firing.get(alertId);
    return series ? this.#suppression.statusOf(series, this.#nowMs) : UNSUPPRESSED;
  }

  /** Active, still to come, and ended in the last day. */
  silences(nowMs: number): readonly Silence[] {
    return this.#suppression.silences.list(nowMs);
  }

  snapshot(): PolicyState {
    return {
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
    for (const group of this.#groups.due(this.#nowMs)) this.#tell(group);
    if (this.#digest.dueMs <= this.#nowMs) this.#tellDigest();
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
    const groups = new Set([...this.#firing.values()].map((series) => this.#look(series)));
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
    else this.#groups.schedule(this.#look(series));
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
    else if (!told && !held.includes('shadow')) this.#ledger.say(series, 'never_told');
    this.#groups.schedule(this.#groups.of(series));
    this.#explain(series);
    if (wasSource) this.#check();
  }

  // What it means for one series.

  /** What holds a firing series back, now. */
  #look(series: Series): Group {
    const was = series.held;
    series.held = this.#suppression.reasons(series, this.#nowMs);
    if (isBelieved(series) && was.some(isCalendar) && !series.held.some(isCalendar)) series.isToRemind = true;
    const group = this.#groups.of(series);
    if (isNews(series)) touchNews(group, this.#nowMs, this.#timing);
    else if (!series.told && was.length === 0 && series.held.length > 0) forgetNews(group);
    if (series.via === 'digest' && series.held.length === 0 && !isTold(series))
      this.#digest.schedule(this.#nowMs);
    this.#explain(series);
    return group;
  }

  /** Says why nobody is told, when that has changed. */
  #explain(series: Series): void {
    const reason = muteReason(series, this.#groups.of(series), this.#nowMs, this.#timing);
    if (reason === undefined) {
      if (isTold(series)) series.reason = undefined;
    } else if (reason !== series.reason) this.#ledger.say(series, reason);
  }

  // What goes out.

  #tell(group: Group): void {
    const members = [...group.members];
    const open = members.filter(isOpen);
    const known = open.filter(({ told }) => told);
    const over = members.filter((series) => isOver(series, this.#nowMs, this.#timing));
    const fresh = this.#withinBudget(members.filter(isNews));
    const witnesses = members.filter(
      (series) => isBelieved(series) && !isOpen(series) && !over.includes(series),
    );
    const isReminder = known.some((series) => dueMs(series, group, this.#timing) <= this.#nowMs);
    if (fresh.length + over.length > 0 || isReminder) {
      const isKnownGroup = members.some(isBelieved);
      const { ended, ...listing } = list({ fresh, over, known, witnesses, isKnownGroup });
      const { reason, isFiring: fires } = listing;
      const about = { pipeline: this.#pipeline, key: group.key, group: group.labels, nowMs: this.#nowMs };
      this.#ledger.notify(notificationOf({ ...about, ...listing }));
      for (const series of known) {
        this.#ledger.remind(series, ended.has(series), this.#nowMs);
        if (reason === 'repeat') this.#ledger.say(series, reason);
        else this.#explain(series);
      }
      for (const series of fresh) this.#ledger.begin(series, 'group', reason, this.#nowMs);
      for (const series of over)
        if (ended.has(series)) this.#ledger.end(series, fires ? 'some_resolved' : 'resolved', this.#nowMs);
      group.lastMs = this.#nowMs;
      group.newsMs = undefined;
    }
    this.#groups.schedule(group);
  }

  /** The pages that their rules may still send; the others wait for the digest. */
  #withinBudget(fresh: readonly Series[]): Series[] {
    const isPage = ({ alert }: Series) => alert.severity === 'page';
    const kept = fresh.filter((one) => !isPage(one) || this.#budgets.hasRoom(one.alert.rule, this.#nowMs));
    for (const rule of new Set(kept.filter(isPage).map(({ alert }) => alert.rule)))
      this.#budgets.spend(rule, this.#nowMs);
    for (const series of fresh) {
      if (kept.includes(series)) continue;
      series.via = 'digest';
      series.isDemoted = true;
      this.#look(series);
    }
    return kept;
  }

  #tellDigest(): void {
    const { finished, leftOut, demotedLeftOut } = this.#digest.take();
    const all = [...this.#series.values()];
    const open = all.filter((one) => isFiring(one) && one.via === 'digest' && one.held.length === 0);
    const fresh = open.filter((series) => !isTold(series));
    const over = all.filter(({ told }) => told?.via === 'digest' && told.ended);
    if (fresh.length + over.length + finished.length === 0) return;
    const ended = [...over.flatMap(({ told }) => told?.ended ?? []), ...finished.map(({ alert }) => alert)];
    const demoted = [...fresh, ...finished].filter(({ isDemoted }) => isDemoted).length + demotedLeftOut;
    const news = { fresh, known: open.filter(isTold), ended, leftOut, demoted };
    this.#ledger.notify(digestOf(this.#pipeline, news, this.#nowMs));
    for (const series of over) this.#ledger.end(series, 'digest', this.#nowMs);
    for (const { alert } of finished) this.#ledger.decide(alert, 'digest');
    for (const series of fresh) this.#ledger.begin(series, 'digest', 'digest', this.#nowMs);
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
    }
    this.#groups.sweep(this.#nowMs);
  }
}

function endOf(alert: Alert, endsAt: string): Alert {
  return { ...alert, state: 'resolved', reason: 'condition_ended', endsAt, at: endsAt };
}

/** What ends by itself, at a time that somebody set. */
function isCalendar(reason: MuteReason): boolean {
  return reason === 'silenced' || reason === 'muted_by_time';
}
