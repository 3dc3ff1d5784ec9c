/** What a watcher says on the stream of events: alerts, notifications, trends. */
import type { Alert } from '../../core/alert/alert.ts';
import type { WatcherOutput } from '../../core/alert/watcher.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Notification } from '../../core/notify/notification.ts';
import type { TrendEvent } from '../../core/trend/board.ts';
import { trendObject } from '../trends/trend-format.ts';
import type { Outbox } from './outbox.ts';

/** Whether there was something to publish. */
export async function publishOutput(outbox: Outbox, output: WatcherOutput): Promise<boolean> {
  if (output.kind === 'transition') await publishAlert(outbox, output.alert);
  else if (output.kind === 'notification') await publishNotification(outbox, output.notification);
  else if (output.kind === 'trend') await publishTrend(outbox, output.event);
  else return false;
  return true;
}

async function publishNotification(outbox: Outbox, notification: Notification): Promise<void> {
  const { pipeline, id } = notification;
  await outbox.publish({ subject: subjects.notify(pipeline), data: JSON.stringify(notification), id });
}

/** The id is derived, so a transition that a replay raises again is the one the broker holds already. */
async function publishAlert(outbox: Outbox, alert: Alert): Promise<void> {
  await outbox.publish({
    subject: subjects.alert(alert.pipeline, alert.rule, alert.state),
    data: JSON.stringify(alert),
    id: `${alert.id}#${alert.state}`,
  });
}

/** The id tells the trend and its state: a replayed event is the one the broker holds already. */
async function publishTrend(outbox: Outbox, { trend, atMs }: TrendEvent): Promise<void> {
  const at = new Date(atMs).toISOString();
  await outbox.publish({
    subject: subjects.trend(trend.pipeline, trend.kind),
    data: JSON.stringify({ ...trendObject(trend), pipeline: trend.pipeline, at }),
    id: `${trend.id}#${trend.state}#${at}`,
  });
}
