/** Where alerts are delivered. The caller keeps the order per pipeline, retries and gives up; a sink makes one attempt. */
import type { Alert } from './alert.ts';

export type SinkOutcome =
  | { readonly outcome: 'delivered' }
  /** Another attempt may succeed, not before `afterMs` when the receiver said so. */
  | { readonly outcome: 'retry'; readonly detail: string; readonly afterMs?: number }
  /** No attempt can succeed: the receiver refused this alert. */
  | { readonly outcome: 'rejected'; readonly detail: string };

export interface AlertSink {
  /** `webhook`, `log`, `nats`: the kind, as metrics carry it. */
  readonly kind: string;
  /** For people: kind and target, without secrets. */
  readonly description: string;
  /** One attempt; never rejects. The same alert in the same state always carries the same id. */
  deliver(alert: Alert): Promise<SinkOutcome>;
  close(): Promise<void>;
}
