/** An alert sink that writes one line for each alert. */
import type { Logger } from 'pino';
import type { Alert } from '../../core/alert/alert.ts';
import type { AlertSink } from '../../core/alert/sink.port.ts';

export function createLogSink(logger: Logger): AlertSink {
  return {
    kind: 'log',
    description: 'log',
    deliver: (alert) => {
      const level = alert.state === 'firing' ? 'warn' : 'info';
      logger[level](fields(alert), `alert ${alert.state}: ${alert.pipeline}/${alert.rule}: ${alert.summary}`);
      return Promise.resolve({ outcome: 'delivered' });
    },
    close: () => Promise.resolve(),
  };
}

function fields({ id, state, reason, severity, group, at, observed }: Alert) {
  return { alert: { id, state, reason, severity, group, at, observed } };
}
