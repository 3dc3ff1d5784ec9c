/** What people ask for: applied once, or refused with a reason. */
import type { AlertCommand } from './command.ts';
import type { CommandOutcome, CommandRefusal, Series } from './policy-state.ts';
import type { Silences } from './silences.ts';

/** A command that comes again among the last so many is known. */
const COMMANDS_REMEMBERED_MAX = 1_000;
const APPLIED: CommandOutcome = { outcome: 'applied' };

/** Where alerts are found. */
interface AlertIndex {
  /** By id, those that fire. */
  readonly firing: ReadonlyMap<string, Series>;
  readonly series: ReadonlyMap<string, Series>;
}

export class Commands {
  readonly #pipeline: string;
  readonly #silences: Silences;
  readonly #index: AlertIndex;
  readonly #outcomes: Map<string, CommandOutcome>;

  constructor(
    pipeline: string,
    silences: Silences,
    index: AlertIndex,
    restored: readonly (readonly [string, CommandOutcome])[] = [],
  ) {
    this.#pipeline = pipeline;
    this.#silences = silences;
    this.#index = index;
    this.#outcomes = new Map(restored);
  }

  /** The same command again has the outcome that it had. */
  apply(command: AlertCommand, nowMs: number): CommandOutcome {
    const known = this.#outcomes.get(command.id);
    if (known) return known;
    const outcome = this.#attempt(command, nowMs);
    this.#outcomes.set(command.id, outcome);
    for (const id of this.#outcomes.keys()) {
      if (this.#outcomes.size <= COMMANDS_REMEMBERED_MAX) break;
      this.#outcomes.delete(id);
    }
    return outcome;
  }

  toState(): (readonly [string, CommandOutcome])[] {
    return [...this.#outcomes];
  }

  #attempt(command: AlertCommand, nowMs: number): CommandOutcome {
    if (command.pipeline !== this.#pipeline)
      return refused('other_pipeline', `this is pipeline '${this.#pipeline}', not '${command.pipeline}'`);
    switch (command.action) {
      case 'silence':
        return refusedOrApplied(this.#silences.add(command, nowMs));
      case 'unsilence':
        return refusedOrApplied(this.#silences.end(command.silence, command.by, nowMs));
      case 'acknowledge':
      case 'unacknowledge':
        return this.#acknowledge(command);
    }
  }

  #acknowledge(command: AlertCommand & { action: 'acknowledge' | 'unacknowledge' }): CommandOutcome {
    const { alert, action, by, atMs, comment } = command;
    const series = this.#index.firing.get(alert);
    if (!series) return this.#notFiring(alert);
    if (action === 'unacknowledge' && !series.acknowledged)
      return refused('not_acknowledged', `nobody acknowledged alert '${alert}'`);
    const acknowledged = { by, atMs, ...(comment !== undefined && { comment }) };
    series.acknowledged = action === 'acknowledge' ? acknowledged : undefined;
    return APPLIED;
  }

  #notFiring(id: string): CommandOutcome {
    for (const { alert, told } of this.#index.series.values())
      if (alert.id === id || told?.alert.id === id)
        return refused('already_resolved', `alert '${id}' has resolved`);
    return refused('unknown_alert', `no alert '${id}' fires`);
  }
}

function refusedOrApplied(problem: { reason: CommandRefusal; detail: string } | undefined): CommandOutcome {
  return problem ? refused(problem.reason, problem.detail) : APPLIED;
}

function refused(reason: CommandRefusal, detail: string): CommandOutcome {
  return { outcome: 'refused', reason, detail };
}
