/** What the API asks of the app. */
import type { Alert, AlertState, Severity } from '../../core/alert/alert.ts';
import type { AlertCommand, CommandAction, CommandReport } from '../../core/notify/command.ts';
import type { DecisionRecord } from '../../core/notify/decision-codec.ts';
import type { AlertStatus } from '../../core/notify/policy.ts';
import type { Silence } from '../../core/notify/silences.ts';
import type { RelevanceMark } from '../../core/relevance/marks/mark.ts';
import type { Sentiment } from '../../core/sentiment/engine.port.ts';

/** An alert, and what people have done about it; no status where another process watches its pipeline. */
export interface KnownAlert {
  readonly alert: Alert;
  readonly status: AlertStatus | undefined;
}

export interface PipelineSilence extends Silence {
  readonly pipeline: string;
}

export interface AlertFilter {
  readonly pipeline?: string;
  readonly rule?: string;
  readonly state?: AlertState;
  readonly severity?: Severity;
  readonly suppressed?: boolean;
}

/** Names that exist. */
export interface KnownNames {
  readonly pipelines: readonly string[];
  readonly rules: readonly string[];
}

/** Part of a stream, newest first. */
export interface PageQuery {
  /** Event times or times of commands, epoch milliseconds, both included. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Only what stands before this sequence of the stream. */
  readonly before?: number;
  readonly limit: number;
}

export interface HistoryQuery extends PageQuery {
  readonly pipeline?: string;
  readonly rule?: string;
  /** Its id. */
  readonly alert?: string;
}

export interface AuditQuery extends PageQuery {
  readonly pipeline?: string;
  readonly action?: CommandAction;
}

/** A command with what became of it; no report while nobody has carried it out. */
export interface AuditedCommand {
  readonly command: AlertCommand;
  readonly report: CommandReport | undefined;
}

export interface Stored<T> {
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly value: T;
}

export interface Page<T> {
  readonly entries: readonly Stored<T>[];
  /** Where to go on, as `before`; undefined when nothing is left. */
  readonly next: number | undefined;
}

export interface ExplainRequest {
  readonly text: string;
  readonly pipeline: string;
  readonly lang?: string | undefined;
}

export interface Explanation {
  /** As it was read. */
  readonly text: string;
  readonly language: string;
  readonly sentiment: Sentiment;
}

/** What a broker has of a request that changes something. */
export interface Receipt {
  /** The same id was there before: nothing new was stored. */
  readonly duplicate: boolean;
}

/** Answers may reject with a `RequestError`. */
export interface Api {
  known(): KnownNames;
  /** Pipelines that run here and are watched by another process. */
  watchedElsewhere(): readonly string[];
  /** Pending, firing and lately resolved ones, newest first. */
  alerts(): readonly KnownAlert[];
  /** Also one that only the stream of events remembers. */
  alert(id: string): Promise<KnownAlert | undefined>;
  silences(): readonly PipelineSilence[];
  /** Of a silence that is known here or to the audit. */
  pipelineOfSilence(id: string): Promise<string | undefined>;
  history(query: HistoryQuery): Promise<Page<Alert>>;
  /** Why people were told of alerts, or were not. */
  decisions(query: HistoryQuery): Promise<Page<DecisionRecord>>;
  audit(query: AuditQuery): Promise<Page<AuditedCommand>>;
  /** One of them, by its id. */
  audited(id: string): Promise<Stored<AuditedCommand> | undefined>;
  /** Strongest first, as they are published; undefined where nothing watches. */
  trends(): readonly { readonly pipeline: string }[] | undefined;
  explain(request: ExplainRequest): Promise<Explanation>;
  command(command: AlertCommand): Promise<Receipt>;
  mark(mark: RelevanceMark): Promise<Receipt>;
}
