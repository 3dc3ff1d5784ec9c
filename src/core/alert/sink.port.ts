/** Where notifications are delivered. The caller keeps the order per pipeline, retries and gives up; a sink makes one attempt. */
import type { Notification } from '../notify/notification.ts';
import type { Alert } from './alert.ts';

export type SinkOutcome =
  | { readonly outcome: 'delivered' }
  /** Another attempt may succeed: after `afterMs` when the receiver said so, at once (0) when this one was cut off because the
   *  sink was closed. */
  | { readonly outcome: 'retry'; readonly detail: string; readonly afterMs?: number }
  /** The receiver answered, and did not take this notification. Another attempt may succeed: one that is being redeployed or
   *  has no secret yet answers so for a while. */
  | { readonly outcome: 'refused'; readonly detail: string }
  /** No attempt can succeed. */
  | { readonly outcome: 'rejected'; readonly detail: string };

/** For receivers that forget (Alertmanager): told again and again what is firing. */
export interface SinkRefresh {
  readonly everyMs: number;
  /** `told`: alerts that people were told of and that fire, or that resolved within the last five minutes. Never rejects. */
  send(told: readonly Alert[]): Promise<SinkOutcome>;
}

export interface AlertSink {
  /** `webhook`, `slack`, `discord`, `alertmanager`, `log`, `nats`: the kind, as metrics carry it. */
  readonly kind: string;
  /** For people: kind and target, without secrets. */
  readonly description: string;
  /** One attempt; never rejects. The same notification always carries the same id. */
  deliver(notification: Notification): Promise<SinkOutcome>;
  readonly refresh?: SinkRefresh;
  close(): Promise<void>;
}
