/** What holds an alert back: silences, inhibition, acknowledgement, the calendar; that it is of the past; or that its rule is
 *  only watched. */
import type { Alert } from '../alert/alert.ts';
import { Inhibitions } from './inhibitions.ts';
import { compileMatchers, labelsOf, type Labels, type MatchesAll } from './matcher.ts';
import { MuteTime } from './mute-time.ts';
import type { MuteReason } from './notification.ts';
import type { NotifyConfig } from './notify.config.ts';
import type { AlertStatus, PolicyRule, PolicyState, Series } from './policy-state.ts';
import { digestReason } from './series.ts';
import { Silences } from './silences.ts';
import { ALWAYS, type Span } from './staleness.ts';

/** Of those that match, in a decision. */
const SILENCES_NAMED_MAX = 5;

export class Suppression {
  readonly silences: Silences;
  /** What is raised at these times is not news. */
  stale: readonly Span[];
  readonly #inhibitions: Inhibitions;
  readonly #mutes: readonly { readonly time: MuteTime; readonly matches: MatchesAll }[];
  readonly #shadows: ReadonlySet<string>;
  constructor(config: NotifyConfig, rules: readonly PolicyRule[], restored?: PolicyState) {
    this.silences = new Silences(restored?.silences);
    this.#inhibitions = new Inhibitions(config.inhibit);
    this.#mutes = config.mute.map((mute) => ({
      time: new MuteTime(mute),
      matches: compileMatchers(mute.matchers),
    }));
    // Until it is known, what was held as stale is.
    const wasStale = restored?.series.some(({ held }) => held.includes('stale')) ?? false;
    this.stale = wasStale ? ALWAYS : [];
    this.#shadows = new Set(rules.filter(({ mode }) => mode === 'shadow').map(({ name }) => name));
  }

  #isShadow({ alert }: Pick<Series, 'alert'>): boolean {
    return alert.mode === 'shadow' || this.#shadows.has(alert.rule);
  }

  /** Strongest first. The calendar does not hold back what waits for a digest, which wakes nobody. */
  reasons(series: Series, nowMs: number): MuteReason[] {
    if (this.#isShadow(series)) return ['shadow'];
    const labels = labelsOf(series.alert);
    const reasons: MuteReason[] = this.#isStale(nowMs) ? ['stale'] : [];
    if (this.silences.silencing(labels, nowMs).length > 0) reasons.push('silenced');
    if (this.#inhibitions.inhibiting(labels).length > 0) reasons.push('inhibited');
    if (series.acknowledged) reasons.push('acknowledged');
    if (series.via === 'group' && this.#isMuted(labels, nowMs)) reasons.push('muted_by_time');
    return reasons;
  }

  /** What holds it back for this reason, as people know it: silences, alerts, somebody. */
  holding({ alert, acknowledged }: Series, reason: MuteReason, nowMs: number): readonly string[] {
    if (reason === 'acknowledged') return acknowledged ? [acknowledged.by] : [];
    if (reason === 'silenced')
      return this.silences.silencing(labelsOf(alert), nowMs).slice(0, SILENCES_NAMED_MAX);
    return reason === 'inhibited' ? this.#inhibitions.inhibiting(labelsOf(alert)) : [];
  }

  statusOf(series: Series, nowMs: number): AlertStatus {
    const { alert, held, reason, told, acknowledged } = series;
    const labels = labelsOf(alert);
    const decision = reason ?? told?.reason;
    const digest = digestReason(series);
    const reasons = digest === undefined ? held : [...held, digest];
    return {
      suppressed: reasons.length > 0,
      reasons,
      silencedBy: this.silences.silencing(labels, nowMs),
      inhibitedBy: this.#inhibitions.inhibiting(labels),
      ...(acknowledged && { acknowledgedBy: acknowledged }),
      ...(decision && { decision }),
    };
  }

  /** Fires or fires no more; true when others may be held back, or told of, that were not. */
  changesSource(alert: Alert, fires: boolean): boolean {
    if (this.#isShadow({ alert })) return false;
    const labels = labelsOf(alert);
    return fires ? this.#inhibitions.fires(alert.id, labels) : this.#inhibitions.resolves(alert.id, labels);
  }

  /** A moment after this one, no later than the next at which a silence, a mute time or the past begins or ends. */
  nextCheckMs(nowMs: number): number {
    const checksMs = this.#mutes.map(({ time }) => time.nextCheckMs(nowMs));
    const staleMs = this.stale.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]);
    return Math.min(this.silences.boundaryMs(nowMs), ...staleMs.filter((ms) => ms > nowMs), ...checksMs);
  }

  /** Equal for two moments at which the same silences and mute times are in force, and both are past, or neither. */
  calendarAt(nowMs: number): string {
    const active = this.silences.list(nowMs).filter(({ state }) => state === 'active');
    const mutes = this.#mutes.map(({ time }) => time.isActive(nowMs));
    return JSON.stringify([active.map(({ id }) => id), mutes, this.#isStale(nowMs)]);
  }

  #isStale(nowMs: number): boolean {
    return this.stale.some(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
  }

  #isMuted(labels: Labels, nowMs: number): boolean {
    return this.#mutes.some(({ time, matches }) => time.isActive(nowMs) && matches(labels));
  }
}
