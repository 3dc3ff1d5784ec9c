/** One rule for one group: its lifecycle, its alert, and when it has to be looked at again. */
import { EVALUATION_STEP_MS } from '../window/watermark.ts';
import { formatDuration } from '../config/fields.ts';
import type { Series, View } from '../window/series.ts';
import type { Alert, AlertReason, AlertState } from './alert.ts';
import { decide, dueMs, INACTIVE, type Finding, type Lifecycle } from './lifecycle.ts';
import type { CompiledRule } from './rules.ts';

export interface CellState {
  readonly rule: string;
  readonly definition: string;
  readonly lifecycle: Lifecycle;
  readonly alert?: Alert;
  readonly error?: string;
}

/** What an evaluation found worth telling. */
export type CellOutput =
  | { readonly kind: 'transition'; readonly alert: Alert }
  | { readonly kind: 'rule_failed'; readonly rule: string; readonly error: string };

/** Whose numbers a cell judges. */
export interface CellGroup {
  readonly pipeline: string;
  /** Absent when all channels are one group. */
  readonly channel?: string;
}

export class Cell {
  /** The next moment of event time at which the outcome can differ, if no post comes. */
  dueMs = Number.POSITIVE_INFINITY;
  readonly #group: CellGroup;
  readonly #rule: CompiledRule;
  readonly #series: Series;
  #lifecycle: Lifecycle;
  #alert: Alert | undefined;
  #error: string | undefined;

  constructor(group: CellGroup, rule: CompiledRule, series: Series, restored?: CellState) {
    this.#group = group;
    this.#rule = rule;
    this.#series = series;
    this.#lifecycle = restored?.lifecycle ?? INACTIVE;
    this.#alert = restored?.alert;
    this.#error = restored?.error;
  }

  /** The pending or firing alert. */
  get alert(): Alert | undefined {
    return this.#alert;
  }

  get isIdle(): boolean {
    return this.#lifecycle.phase === 'inactive';
  }

  /** A condition that cannot be evaluated leaves the alert as it is, and is told once until it can be or fails otherwise. */
  evaluate(nowMs: number): CellOutput | undefined {
    const view = this.#series.view(this.#rule.config.over, nowMs);
    const found = this.#find(view, nowMs);
    const before = this.#lifecycle;
    const decision = 'error' in found ? undefined : decide(before, found, this.#rule);
    if (decision) this.#lifecycle = decision.lifecycle;
    const changesAtMs = Math.min(view.changesAtMs, dueMs(this.#lifecycle, this.#rule));
    this.dueMs = Math.max(ceilToStep(changesAtMs), nowMs + EVALUATION_STEP_MS);
    const error = 'error' in found ? found.error : undefined;
    const isNewError = error !== undefined && error !== this.#error;
    this.#error = error;
    if (isNewError) return { kind: 'rule_failed', rule: this.#rule.config.name, error };
    if (!decision?.enters) return undefined;
    const alert = this.#enter(decision.enters, decision.reason, before, view, nowMs);
    this.#alert = this.isIdle ? undefined : alert;
    return { kind: 'transition', alert };
  }

  /** Undefined when nothing has to be remembered. */
  toState(): CellState | undefined {
    if (this.isIdle && this.#error === undefined) return undefined;
    return {
      rule: this.#rule.config.name,
      definition: this.#rule.definition,
      lifecycle: this.#lifecycle,
      ...(this.#alert && { alert: this.#alert }),
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  #find(view: View, nowMs: number): Finding | { readonly error: string } {
    const { when, resolveWhen } = this.#rule;
    const { channel } = this.#group;
    const values = channel === undefined ? view.observe() : view.observeChannel(channel);
    const condition = when(values);
    if (!condition.ok) return condition;
    const asksToResolve = this.#lifecycle.phase === 'firing' && !condition.holds;
    const resolve = asksToResolve ? resolveWhen?.(values) : undefined;
    if (resolve && !resolve.ok) return resolve;
    return { conditionHolds: condition.holds, resolveHolds: resolve?.holds, nowMs };
  }

  #enter(state: AlertState, reason: AlertReason, before: Lifecycle, view: View, nowMs: number): Alert {
    const { config, summary } = this.#rule;
    const { pipeline, channel } = this.#group;
    const lifecycle = this.isIdle ? before : this.#lifecycle;
    const startMs = lifecycle.phase === 'inactive' ? nowMs : lifecycle.startMs;
    const observed = view.observe();
    const group = channel === undefined ? {} : { channel };
    return {
      id: alertId(pipeline, config.name, group, startMs),
      pipeline,
      rule: config.name,
      severity: config.severity,
      state,
      reason,
      group,
      summary: summary({ observed, rule: config.name, pipeline, ...group }),
      when: config.when,
      observed,
      startsAt: iso(startMs),
      ...(lifecycle.phase === 'firing' && { firedAt: iso(lifecycle.firedMs) }),
      ...(state === 'resolved' && { endsAt: iso(nowMs) }),
      at: iso(nowMs),
      evidence: this.#evidence(view),
    };
  }

  /** What the view shows; of a view that has become empty, what the alert showed before. */
  #evidence({ aggregate }: View): Alert['evidence'] {
    if (aggregate.volume === 0 && this.#alert) return this.#alert.evidence;
    const over = formatDuration(this.#rule.config.over);
    return { over, posts: aggregate.evidence(), sequences: aggregate.sequences };
  }
}

/** The alert of a rule that is no longer there as it was written, or undefined when it had none. */
export function removedAlert({ alert, lifecycle }: CellState, nowMs: number): Alert | undefined {
  if (!alert) return undefined;
  const gone = { ...alert, reason: 'rule_removed', at: iso(nowMs) } as const;
  return lifecycle.phase === 'firing'
    ? { ...gone, state: 'resolved', endsAt: iso(nowMs) }
    : { ...gone, state: 'inactive' };
}

/** `<pipeline>/<rule>/<key>=<value>/<start>`, with `-` for a rule without groups. */
function alertId(
  pipeline: string,
  rule: string,
  group: Readonly<Record<string, string>>,
  startMs: number,
): string {
  const pairs = Object.entries(group).map(
    ([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`,
  );
  return `${pipeline}/${rule}/${pairs.join(',') || '-'}/${iso(startMs)}`;
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

function ceilToStep(timeMs: number): number {
  return Math.ceil(timeMs / EVALUATION_STEP_MS) * EVALUATION_STEP_MS;
}
