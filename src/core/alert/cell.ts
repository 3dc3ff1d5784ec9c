/** A threshold or anomaly rule for one group: what it finds, and when it has to be looked at again. */
import { ceilToStep, EVALUATION_STEP_MS } from '../window/watermark.ts';
import type { Reading } from '../baseline/reading.ts';
import type { Series } from '../window/series.ts';
import type { View } from '../window/view.ts';
import type { Alert, AlertExpectation, Observed } from './alert.ts';
import { sightOfView } from './evidence.ts';
import { Life, type CellOutput, type Found, type LifeState, type Sight } from './life.ts';
import type { AnomalyRule, ThresholdRule } from './rules.ts';
import type { SignalBaseline } from './signal-baseline.ts';
import { Usual, type UsualState } from './usual.ts';
import type { Witness } from './witness.ts';

/** Whose numbers a cell judges. */
export interface CellGroup {
  readonly pipeline: string;
  /** Absent when all channels are one group. */
  readonly channel?: string;
  readonly witness: Witness;
}

export interface Cell {
  /** The next moment of event time at which the outcome can differ, if no post comes and no pane closes. */
  readonly dueMs: number;
  /** The pending or firing alert. */
  readonly alert: Alert | undefined;
  readonly isIdle: boolean;
  evaluate(nowMs: number): CellOutput | undefined;
  /** Undefined when nothing has to be remembered. */
  toState(): LifeState | undefined;
  /** What is usual of it, to be remembered as long as the group is. */
  readonly usual: UsualState | undefined;
}

abstract class LivingCell implements Cell {
  dueMs = Number.POSITIVE_INFINITY;
  protected readonly life: Life;
  protected readonly group: CellGroup;

  constructor(group: CellGroup, rule: ThresholdRule | AnomalyRule, restored?: LifeState) {
    const { pipeline, channel } = group;
    this.group = group;
    this.life = new Life({ pipeline, group: channel === undefined ? {} : { channel } }, rule, restored);
  }

  get alert(): Alert | undefined {
    return this.life.alert;
  }

  get isIdle(): boolean {
    return this.life.isIdle;
  }

  toState(): LifeState | undefined {
    return this.life.toState();
  }

  get usual(): UsualState | undefined {
    return undefined;
  }

  abstract evaluate(nowMs: number): CellOutput | undefined;

  protected see(
    series: Series,
    { config: { over } }: ThresholdRule | AnomalyRule,
    nowMs: number,
    told: { readonly before: Alert | undefined; readonly expectation?: AlertExpectation | undefined },
  ): Sight {
    const { channel, witness } = this.group;
    const scene = {
      view: series.view(over, nowMs),
      span: () => series.evidence(over, nowMs),
      channel,
      witness,
    };
    return sightOfView(scene, told.before, told.expectation);
  }

  protected lookAgain(atMs: number, nowMs: number): void {
    const soonestMs = ceilToStep(Math.min(atMs, this.life.dueMs));
    this.dueMs = Math.max(soonestMs, nowMs + EVALUATION_STEP_MS);
  }
}

export class ThresholdCell extends LivingCell {
  readonly #rule: ThresholdRule;
  readonly #series: Series;
  readonly #usual: Usual | undefined;

  constructor(
    group: CellGroup,
    rule: ThresholdRule,
    series: Series,
    restored?: { readonly life: LifeState | undefined; readonly usual: UsualState | undefined },
  ) {
    super(group, rule, restored?.life);
    this.#rule = rule;
    this.#series = series;
    this.#usual = rule.signal && new Usual(rule, rule.signal, restored?.usual);
  }

  override get usual(): UsualState | undefined {
    return this.#usual?.toState();
  }

  evaluate(nowMs: number): CellOutput | undefined {
    const view = this.#series.view(this.#rule.config.over, nowMs);
    const { channel } = this.group;
    const values = channel === undefined ? view.observe() : view.observeChannel(channel);
    this.#usual?.see(values, nowMs);
    const found = this.#find(view, values, nowMs);
    const output = this.life.step(found, nowMs, (before) => {
      const expectation = this.#usual?.expectationOf(values);
      return this.see(this.#series, this.#rule, nowMs, { before, expectation });
    });
    this.#usual?.alerts(this.life.phase !== 'inactive');
    this.lookAgain(view.changesAtMs, nowMs);
    return output;
  }

  #find(view: View, values: Observed, nowMs: number): Found {
    const { when, resolveWhen } = this.#rule;
    const condition = when(values);
    if (!condition.ok) return condition;
    const asksToResolve = this.life.phase === 'firing' && !condition.holds;
    const resolve = asksToResolve ? resolveWhen?.(values) : undefined;
    if (resolve && !resolve.ok) return resolve;
    const hasData = view.aggregate.messages > 0;
    const retracted = !condition.holds && this.#heldWithoutRetractions(view);
    return { conditionHolds: condition.holds, resolveHolds: resolve?.holds, hasData, retracted, nowMs };
  }

  /** Whether it is the edits and deletions since the last evaluation that end the condition. */
  #heldWithoutRetractions(view: View): boolean {
    const untaken = view.observeUntaken();
    if (!untaken) return false;
    const { channel } = this.group;
    const condition = this.#rule.when(channel === undefined ? untaken : { ...untaken, channel });
    return condition.ok && condition.holds;
  }
}

/** Looked at whenever a pane of its signal has closed, or a post came: the open pane may be unusual already. */
export class AnomalyCell extends LivingCell {
  readonly #rule: AnomalyRule;
  readonly #series: Series;
  readonly #signal: SignalBaseline;

  constructor(
    group: CellGroup,
    rule: AnomalyRule,
    { series, signal }: { series: Series; signal: SignalBaseline },
    restored?: LifeState,
  ) {
    super(group, rule, restored);
    this.#rule = rule;
    this.#series = series;
    this.#signal = signal;
  }

  evaluate(nowMs: number): CellOutput | undefined {
    const reading = this.#read();
    const output = this.life.step(this.#find(reading, nowMs), nowMs, (before) => {
      const expectation = this.#signal.expectationOf(reading) ?? before?.evidence.expectation;
      return this.see(this.#series, this.#rule, nowMs, { before, expectation });
    });
    this.lookAgain(Number.POSITIVE_INFINITY, nowMs);
    return output;
  }

  /** Of the open pane, if that is enough; else of the last one that closed. */
  #read(): Reading | undefined {
    const early = this.#rule.anomaly.direction === 'down' ? undefined : this.#signal.earlyReading;
    return early?.direction === 'up' && this.#isUnusual(early) ? early : this.#signal.reading;
  }

  #isUnusual({ unusualness, direction }: Reading): boolean {
    const { unusualnessMin, anomaly } = this.#rule;
    return unusualness >= unusualnessMin && (anomaly.direction === 'both' || anomaly.direction === direction);
  }

  /** It holds as long as the event lasts. A reading older than `over` says nothing any more. */
  #find(reading: Reading | undefined, nowMs: number): Found {
    const isKnown = reading?.reason !== 'no_data' && this.#signal.readingAgeMs <= this.#rule.config.over;
    const conditionHolds = isKnown && reading !== undefined && this.#isUnusual(reading);
    return { conditionHolds, resolveHolds: undefined, hasData: isKnown, nowMs };
  }
}
