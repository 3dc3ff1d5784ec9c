/** A sink that writes one line for each alert that people are told of. */
import type { Logger } from 'pino';
import type { Alert } from '../../core/alert/alert.ts';
import type { AlertSink } from '../../core/alert/sink.port.ts';
import type { Notification } from '../../core/notify/notification.ts';

export function createLogSink(logger: Logger): AlertSink {
  return {
    kind: 'log',
    description: 'log',
    deliver(notification) {
      for (const alert of notification.alerts) {
        const level = alert.state === 'firing' ? 'warn' : 'info';
        const { state, pipeline, rule, summary } = alert;
        logger[level](fields(notification, alert), `alert ${state}: ${pipeline}/${rule}: ${summary}`);
      }
      return Promise.resolve({ outcome: 'delivered' });
    },
    close: () => Promise.resolve(),
  };
}

function fields(notification: Notification, { id, state, reason, severity, group, at, observed }: Alert) {
  return {
    notification: { id: notification.id, reason: notification.reason },
    alert: { id, state, reason, severity, group, at, observed },
  };
}
