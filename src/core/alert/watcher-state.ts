/** What a watcher keeps between lives. Plain JSON: `JSON.parse(JSON.stringify(state))` is the same state. */
import type { LedgerState } from '../window/ledger.ts';
import type { OpenSession } from '../window/sessions.ts';
import type { WatermarkState } from '../window/watermark.ts';
import type { Alert } from './alert.ts';
import type { GroupState } from './group.ts';
import type { PartsState } from '../partition/parts.ts';
import type { PolicyState } from '../notify/policy-state.ts';
import type { PresenceState } from './presence.ts';
import type { TrendCellState } from './trend-cells.ts';
import type { WitnessState } from './witness.ts';

/** Raised whenever an older state can no longer be read. */
export const WATCHER_STATE_VERSION = 3;

/** What is counted. */
export interface TallyState {
  /** By message. */
  readonly ledger: LedgerState;
  /** What alerts show besides numbers. */
  readonly witness: WitnessState;
  /** Conversations that are open. */
  readonly sessions: readonly OpenSession[];
  /** In the order in which they came to be: evaluation keeps it. */
  readonly groups: readonly GroupState[];
  /** Of pipelines with anomaly rules. */
  readonly presence?: PresenceState;
}

export interface WatcherState extends TallyState {
  readonly version: number;
  readonly pipeline: string;
  /** The last SCORED sequence that is counted in this state; 0 for none. */
  readonly lastSequence: number;
  /** The last AUDIT sequence that is carried out in this state; 0 for none. */
  readonly lastCommand: number;
  /** Who was told what, and what people said about it. */
  readonly policy: PolicyState;
  readonly watermark?: WatermarkState;
  /** Of the owner of a split pipeline. */
  readonly parts?: PartsState;
  /** Of trend rules. The trends themselves are saved apart: `TrendFeedState`. */
  readonly trendCells?: readonly TrendCellState[];
  /** Resolved lately, oldest first. */
  readonly resolved: readonly Alert[];
  /** Alerts of rules that are gone, not told yet. */
  readonly removed: readonly Alert[];
}

type WatcherStateErrorCode = 'WATCHER_STATE_VERSION' | 'WATCHER_STATE_PIPELINE';

/** The state cannot be used; without it the watcher starts anew. */
export class WatcherStateError extends Error {
  override readonly name = 'WatcherStateError';
  readonly canRetry = false;
  readonly code: WatcherStateErrorCode;

  constructor(code: WatcherStateErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function assertReadable(state: WatcherState, pipeline: string): void {
  if (state.version !== WATCHER_STATE_VERSION) {
    throw new WatcherStateError(
      'WATCHER_STATE_VERSION',
      `the watcher state of pipeline '${pipeline}' has version ${state.version}; this program reads version ${WATCHER_STATE_VERSION}`,
    );
  }
  if (state.pipeline !== pipeline) {
    throw new WatcherStateError(
      'WATCHER_STATE_PIPELINE',
      `the watcher state is of pipeline '${state.pipeline}', not '${pipeline}'`,
    );
  }
}
