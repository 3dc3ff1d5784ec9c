/** One rule for one group, through its life: takes what was found, and makes the alerts it enters. */
import type { Alert, AlertExpectation, AlertReason, AlertState, Observed } from './alert.ts';
import { decide, dueMs, INACTIVE, type Finding, type Lifecycle } from './lifecycle.ts';
import type { CompiledRule } from './rules.ts';

export interface LifeState {
  readonly rule: string;
  readonly definition: string;
  readonly lifecycle: Lifecycle;
  readonly alert?: Alert;
  /** Of the last decision, when it was not to change the state. */
  readonly stays?: AlertReason;
  readonly error?: string;
}

/** What an evaluation found worth telling. */
export type CellOutput =
  | { readonly kind: 'transition'; readonly alert: Alert }
  /** Its state stays as it is, for another reason than before. */
  | { readonly kind: 'stays'; readonly alert: string; readonly rule: string; readonly reason: AlertReason }
  | { readonly kind: 'rule_failed'; readonly rule: string; readonly error: string };

/** A condition that cannot be evaluated says why. */
export type Found = Finding | { readonly error: string };

/** What an alert shows; asked for only when there is one. */
export interface Sight {
  readonly observed: Observed;
  readonly evidence: Alert['evidence'];
}

export type Group = Readonly<Record<string, string>>;

export class Life {
  readonly #pipeline: string;
  readonly #group: Group;
  readonly #rule: CompiledRule;
  #lifecycle: Lifecycle;
  #alert: Alert | undefined;
  #stays: AlertReason | undefined;
  #error: string | undefined;

  constructor(id: { pipeline: string; group: Group }, rule: CompiledRule, restored?: LifeState) {
    this.#pipeline = id.pipeline;
    this.#group = id.group;
    this.#rule = rule;
    this.#lifecycle = restored?.lifecycle ?? INACTIVE;
    this.#alert = restored?.alert;
    this.#stays = restored?.stays;
    this.#error = restored?.error;
  }

  /** The pending or firing alert, and why it still is. */
  get alert(): Alert | undefined {
    return this.#alert && this.#stays ? { ...this.#alert, stays: this.#stays } : this.#alert;
  }

  get phase(): Lifecycle['phase'] {
    return this.#lifecycle.phase;
  }

  /** Nothing to remember. */
  get isIdle(): boolean {
    return this.#lifecycle.phase === 'inactive' && this.#lifecycle.coolingUntilMs === undefined;
  }

  /** When the outcome can differ though what is found does not. */
  get dueMs(): number {
    return dueMs(this.#lifecycle, this.#rule);
  }

  /** An error leaves the alert as it is, and is told once until the condition can be evaluated or fails otherwise. */
  step(found: Found, nowMs: number, see: (before: Alert | undefined) => Sight): CellOutput | undefined {
    const error = 'error' in found ? found.error : undefined;
    const isNewError = error !== undefined && error !== this.#error;
    this.#error = error;
    if (isNewError) return { kind: 'rule_failed', rule: this.#rule.config.name, error };
    if ('error' in found) return undefined;
    const before = this.#lifecycle;
    const decision = decide(before, found, this.#rule);
    this.#lifecycle = decision.lifecycle;
    if (!decision.enters) return this.#stay(decision.reason);
    // What is found a moment later, if nothing changes: no news then.
    const next = decide(this.#lifecycle, found, this.#rule);
    this.#stays = next.enters ? undefined : next.reason;
    const alert = this.#enter(decision.enters, decision.reason, before, see(this.#alert), nowMs);
    this.#alert = this.phase === 'inactive' ? undefined : alert;
    return { kind: 'transition', alert };
  }

  /** Undefined when nothing has to be remembered. */
  toState(): LifeState | undefined {
    if (this.isIdle && this.#error === undefined) return undefined;
    return {
      rule: this.#rule.config.name,
      definition: this.#rule.definition,
      lifecycle: this.#lifecycle,
      ...(this.#alert && { alert: this.#alert }),
      ...(this.#stays && { stays: this.#stays }),
      ...(this.#error !== undefined && { error: this.#error }),
    };
  }

  #stay(reason: AlertReason): CellOutput | undefined {
    if (!this.#alert || reason === this.#stays) return undefined;
    this.#stays = reason;
    return { kind: 'stays', alert: this.#alert.id, rule: this.#rule.config.name, reason };
  }

  #enter(state: AlertState, reason: AlertReason, before: Lifecycle, sight: Sight, nowMs: number): Alert {
    const { config, summary, condition } = this.#rule;
    const [pipeline, group] = [this.#pipeline, this.#group];
    const lifecycle = this.phase === 'inactive' ? before : this.#lifecycle;
    const startMs = lifecycle.phase === 'inactive' ? nowMs : lifecycle.startMs;
    const { observed, evidence } = sight;
    const numbers = { ...observed, ...numbersOf(evidence.expectation) };
    return {
      id: alertId(pipeline, config.name, group, startMs),
      pipeline,
      rule: config.name,
      severity: config.severity,
      state,
      reason,
      group,
      summary: summary({
        ...numbers,
        rule: config.name,
        pipeline,
        over: evidence.expectation?.over,
        ...group,
      }),
      when: condition,
      observed,
      startsAt: iso(startMs),
      ...(lifecycle.phase === 'firing' && { firedAt: iso(lifecycle.firedMs) }),
      ...(state === 'resolved' && { endsAt: iso(nowMs) }),
      at: iso(nowMs),
      evidence,
      ...(config.mode === 'shadow' && { mode: config.mode }),
    };
  }
}

/** The alert of a rule that is no longer there as it was written, or undefined when it had none. */
export function removedAlert({ alert, lifecycle }: LifeState, nowMs: number): Alert | undefined {
  if (!alert) return undefined;
  const gone = { ...alert, reason: 'rule_removed', at: iso(nowMs) } as const;
  return lifecycle.phase === 'firing'
    ? { ...gone, state: 'resolved', endsAt: iso(nowMs) }
    : { ...gone, state: 'inactive' };
}

/** Whether the state was made by the rule as it is written now. */
export function isStateOf(
  state: Pick<LifeState, 'rule' | 'definition'>,
  { config, definition }: CompiledRule,
): boolean {
  return state.rule === config.name && state.definition === definition;
}

function numbersOf(expectation: AlertExpectation | undefined): Readonly<Record<string, number>> {
  if (!expectation) return {};
  const { observed, expected, low, high, score } = expectation;
  return { observed, expected, low, high, score };
}

/** `<pipeline>/<rule>/<key>=<value>/<start>`, with `-` for a rule without groups. */
function alertId(pipeline: string, rule: string, group: Group, startMs: number): string {
  const pairs = Object.entries(group).map(
    ([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`,
  );
  return `${pipeline}/${rule}/${pairs.join(',') || '-'}/${iso(startMs)}`;
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
