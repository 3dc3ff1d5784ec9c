/** What a watcher is given and asked, and what it says. */
import type { Parts } from '../partition/parts.ts';
import type { PipelineConfig } from '../pipeline/pipeline.config.ts';
import type { AlertCommand } from '../notify/command.ts';
import type { AlertStatus, PolicyOutput } from '../notify/policy.ts';
import type { Silence } from '../notify/silences.ts';
import type { Explain } from '../scorer/explain.ts';
import type { Slices } from '../snapshot/slices.ts';
import type { TrendEvent } from '../trend/board.ts';
import type { TrendView } from '../trend/trend-view.ts';
import type { VersionOutcome } from '../window/ledger.ts';
import type { Session } from '../window/sessions.ts';
import type { Arrival } from '../window/watermark.ts';
import type { Alert } from './alert.ts';
import type { ChannelView } from './channel-view.ts';
import type { CellOutput } from './life.ts';
import type { TrendFeedState } from './trend-feed.ts';
import type { WatcherState } from './watcher-state.ts';

export type WatcherPipeline = Pick<PipelineConfig, 'name' | 'window' | 'alerts' | 'trends' | 'notify'> &
  Partial<Pick<PipelineConfig, 'duplicates'>>;

export type WatcherOutput =
  | CellOutput
  | PolicyOutput
  /** A command that cannot be carried out. */
  | {
      readonly kind: 'command_refused';
      readonly command: AlertCommand;
      readonly reason: string;
      readonly detail: string;
    }
  | { readonly kind: 'watermark'; readonly timeMs: number }
  | { readonly kind: 'late'; readonly outcome: 'applied' | 'dropped'; readonly messages: number }
  /** A trend began, or changed its state. */
  | { readonly kind: 'trend'; readonly event: TrendEvent }
  /** A version that is no new post: what became of it. */
  | {
      readonly kind: 'version';
      readonly outcome: VersionOutcome;
      readonly messages: number;
    }
  /** A conversation has ended. */
  | { readonly kind: 'session'; readonly session: Session }
  /** A pane of a channel has closed. */
  | {
      readonly kind: 'window';
      readonly channel: string;
      readonly endMs: number;
      readonly volume: number;
      readonly netSentiment: number;
      readonly negativeShare: number;
      readonly authors: number;
    };

/** Where what shards tell comes in, and how far they are. */
export type PartsIntake = Pick<
  Parts,
  'take' | 'sequence' | 'sequenceOf' | 'tickMs' | 'waitingOf' | 'partsSequenceOf'
>;

export interface Watcher {
  /** Counts one arrival. Synchronous and deterministic. A message whose sequence was counted already is ignored. */
  step(arrival: Arrival): readonly WatcherOutput[];
  /** Shares nothing that a later step changes. */
  snapshot(): WatcherState;
  /** The trends, which are large: to be saved less often, after `snapshot` of the same moment. Undefined without trends, and
   *  while they catch up. */
  trendsSnapshot(): TrendFeedState | undefined;
  /** The same in slices; nothing may be counted until it is done. */
  trendsSnapshotInSlices(): Slices<TrendFeedState> | undefined;
  /** Before the first step: trends go on from there. Throws a `TrendsStateError` for a state of another version, pipeline or
   *  settings; they then begin anew where the watcher stands. */
  resumeTrends(state: TrendFeedState): void;
  /** Before the first step: an earlier life published what the snapshot does not hold, the last of it at `saidUntilMs` of the
   *  broker's clock. Up to then nothing is stale that was not for that life, so that the end of what it told is told. */
  follow(saidUntilMs: number): void;
  readonly lastSequence: number;
  /** What somebody wants done about alerts; `sequence` is its place in AUDIT, and one that was carried out already is ignored.
   *  What people are told of it comes with the next step: a snapshot of now holds it. */
  command(command: AlertCommand, sequence: number): readonly WatcherOutput[];
  /** The last sequence of AUDIT that was carried out. */
  readonly lastCommand: number;
  readonly hasTrends: boolean;
  /** The last sequence that needs not be read again: trends may have to catch up. */
  readonly readFrom: number;
  /** What the shards of a split pipeline tell; undefined for one that is not split. */
  readonly parts: PartsIntake | undefined;
  /** Pending, firing and recently resolved alerts, newest first. */
  alerts(): readonly Alert[];
  /** The last five minutes of event time of each channel, busiest first. */
  views(): readonly ChannelView[];
  /** The strongest trends now, at most `topK`. */
  trends(): readonly TrendView[];
  /** What people believe to fire, and what they were told in the last five minutes has resolved. */
  told(): readonly Alert[];
  /** Whether people are told of an alert, and why not. */
  statusOf(alertId: string): AlertStatus;
  silences(): readonly Silence[];
}

/** What reads texts for the watcher. */
export interface WatcherReading {
  /** Pure; absent, evidence is shown without its words. */
  readonly explain?: Explain | undefined;
  /** When this life began to read, by the broker's clock: what is older than `notify.staleAfter` then is not news. Undefined,
   *  people are told of all of it. */
  readonly beganMs?: number | undefined;
  /** More than one: it is the owner of a split pipeline, which counts nothing itself but sums what as many shards tell. Each step
   *  has to wait for them: `parts.sequence` and `parts.tickMs` say how far they are. */
  readonly shards?: number | undefined;
}
