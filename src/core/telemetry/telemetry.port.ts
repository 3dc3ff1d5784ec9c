/** The closed union of everything that Earshot counts or logs. A stage says what happened; the adapters make metrics and
 *  log lines of it. Nothing here is sent per message where it can be sent per batch. */
import type { SentimentLabel } from '../sentiment/engine.port.ts';
import type { AlertState } from '../alert/alert.ts';
import type { PiiKind } from '../privacy/kinds.ts';
import type { Verdict } from '../relevance/verdict.ts';
import type { VersionOutcome } from '../window/ledger.ts';
import type { SessionTone } from '../window/sessions.ts';

export type Stage = 'decode' | 'relevance' | 'sentiment' | 'route' | 'publish' | 'window' | 'rules';

export type TelemetryEvent =
  | {
      readonly type: 'received';
      readonly deliveries: number;
      readonly bytes: number;
      readonly redelivered: number;
    }
  | { readonly type: 'decoded'; readonly messages: number }
  | { readonly type: 'clamped'; readonly messages: number }
  | { readonly type: 'dead'; readonly reason: string; readonly messages: number; readonly example?: string }
  | {
      readonly type: 'dropped';
      readonly pipeline: string;
      readonly reason: string;
      readonly messages: number;
    }
  | {
      readonly type: 'scored';
      readonly pipeline: string;
      readonly channel: string;
      readonly label: SentimentLabel;
      /** Which way and how strong each message is, -1 to 1. */
      readonly scores: readonly number[];
      /** Event time to the broker's confirmation, seconds, of each message. */
      readonly lagSeconds: readonly number[];
    }
  | {
      readonly type: 'redacted';
      readonly pipeline: string;
      readonly kind: PiiKind;
      /** Tokens put in place of data. */
      readonly items: number;
    }
  | {
      readonly type: 'judged';
      readonly pipeline: string;
      readonly verdict: Verdict;
      /** Moderators' marks turned what the filter alone would have said. */
      readonly overruled: boolean;
      readonly messages: number;
    }
  | {
      /** Moderators' marks that this worker learned from. */
      readonly type: 'marks_applied';
      readonly pipeline: string;
      readonly keep: number;
      readonly drop: number;
      /** Marks that its correction now stands on. */
      readonly held: number;
    }
  | { readonly type: 'routed'; readonly pipeline: string; readonly queue: string; readonly messages: number }
  | {
      readonly type: 'stage_time';
      readonly stage: Stage;
      readonly seconds: number;
      readonly messages: number;
    }
  | { readonly type: 'publish_retried'; readonly reason: string }
  | { readonly type: 'delivery_retried'; readonly deliveries: number; readonly error: string }
  | {
      readonly type: 'backlog';
      readonly consumer: string;
      readonly pending: number;
      readonly unacknowledged: number;
    }
  /** Lanes of this scorer that take messages. */
  | { readonly type: 'lanes'; readonly lanes: 1 | 2 }
  /** The thread of the second lane ended unasked: what it had in hand is delivered again. */
  | { readonly type: 'second_lane_lost'; readonly error: string }
  | { readonly type: 'bus_status'; readonly connected: boolean; readonly detail: string }
  | { readonly type: 'watermark'; readonly pipeline: string; readonly timeMs: number }
  | {
      readonly type: 'late';
      readonly pipeline: string;
      readonly outcome: 'applied' | 'dropped';
      readonly messages: number;
    }
  | {
      /** Versions of messages that were no new posts, and what became of them. */
      readonly type: 'versions';
      readonly pipeline: string;
      readonly outcome: VersionOutcome;
      readonly messages: number;
    }
  | {
      readonly type: 'conversations_closed';
      readonly pipeline: string;
      readonly tone: SessionTone;
      readonly conversations: number;
    }
  | {
      readonly type: 'window';
      readonly pipeline: string;
      readonly channel: string;
      readonly volume: number;
      readonly netSentiment: number;
      readonly negativeShare: number;
      readonly authors: number;
    }
  /** The strongest trends of a pipeline now; those that are not among them have no score any more. */
  | {
      readonly type: 'trend_scores';
      readonly pipeline: string;
      readonly trends: readonly { readonly term: string; readonly kind: string; readonly score: number }[];
    }
  | {
      readonly type: 'limit_reached';
      readonly limit: string;
      readonly pipeline: string;
      readonly count: number;
    }
  | {
      readonly type: 'alert_transition';
      readonly pipeline: string;
      readonly rule: string;
      readonly state: AlertState;
      readonly reason: string;
      readonly id: string;
      readonly summary: string;
    }
  /** A pending or firing alert stays what it is, for another reason than before. */
  | {
      readonly type: 'alert_stays';
      readonly pipeline: string;
      readonly rule: string;
      readonly reason: string;
      /** Its id. */
      readonly alert: string;
    }
  | {
      readonly type: 'alerts_active';
      readonly pipeline: string;
      readonly rule: string;
      readonly pending: number;
      readonly firing: number;
    }
  /** People are told, or not: why. */
  | {
      readonly type: 'notify_decision';
      readonly pipeline: string;
      readonly rule: string;
      readonly reason: string;
      readonly alert: string;
    }
  /** What somebody wanted done about alerts. */
  | {
      readonly type: 'command';
      readonly pipeline: string;
      readonly action: string;
      readonly outcome: 'applied' | 'refused' | 'unreadable';
      readonly detail: string;
    }
  | { readonly type: 'rule_failed'; readonly pipeline: string; readonly rule: string; readonly error: string }
  | {
      readonly type: 'notification';
      readonly sink: string;
      readonly outcome: 'delivered' | 'retried' | 'rejected' | 'given_up';
      readonly detail?: string;
    }
  | {
      readonly type: 'snapshot';
      readonly pipeline: string;
      readonly outcome: 'saved' | 'loaded' | 'absent' | 'refused' | 'failed';
      readonly bytes?: number;
      readonly detail?: string;
    }
  /** Sequences of SCORED, of all pipelines, that the stream had dropped before this watcher counted them. */
  | {
      readonly type: 'scored_gap';
      readonly pipeline: string;
      readonly fromSequence: number;
      readonly toSequence: number;
    }
  /** A watcher has read everything that waited when it began. */
  | {
      readonly type: 'recovered';
      readonly pipeline: string;
      readonly seconds: number;
      readonly fromSequence: number;
      readonly toSequence: number;
    }
  | {
      readonly type: 'lease';
      readonly pipeline: string;
      readonly outcome: 'acquired' | 'renewed_late' | 'lost' | 'released' | 'failed';
      readonly epoch?: number;
      readonly detail?: string;
    }
  | { readonly type: 'ownership'; readonly owned: number; readonly standby: number }
  | {
      readonly type: 'config_reload';
      readonly outcome: 'applied' | 'refused' | 'unchanged';
      readonly detail?: string;
    }
  | {
      readonly type: 'api_request';
      /** As the API lists it, `/api/v1/alerts/:id`; `unknown` for what it does not have. */
      readonly route: string;
      readonly method: string;
      readonly status: number;
      readonly seconds: number;
    }
  | { readonly type: 'feed_clients'; readonly clients: number }
  | { readonly type: 'feed_client_dropped'; readonly reason: 'slow' | 'limit' }
  | {
      readonly type: 'lifecycle';
      readonly phase: 'started' | 'draining' | 'stopped';
      readonly detail: string;
    };

export type Telemetry = (event: TelemetryEvent) => void;
