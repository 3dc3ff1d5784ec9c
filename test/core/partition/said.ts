/** What one watcher and a split one have to say alike. Which posts stand for the others depends on what was displaced before posts were
 *  taken back, and who wrote how much is not summed: the rest of what an alert says is compared. */
import type { Alert } from '../../../src/core/alert/alert.ts';
import type { GroupState } from '../../../src/core/alert/group.ts';
import type { WatcherOutput } from '../../../src/core/alert/watcher.ts';
import type { Notification } from '../../../src/core/notify/notification.ts';

export function alertLine({ evidence, ...alert }: Alert): string {
  const { over, sequences, expectation } = evidence;
  return JSON.stringify({ ...alert, over, sequences, expectation });
}

export function notificationLine({ alerts, ...rest }: Notification): string {
  return JSON.stringify({ ...rest, alerts: alerts.map(alertLine).toSorted() });
}

/** One line of each, sorted. */
export function saidOf(outputs: readonly WatcherOutput[]): string[] {
  const said = outputs.flatMap((output): string[] => {
    if (output.kind === 'transition') return [alertLine(output.alert)];
    if (output.kind === 'rule_failed') return [JSON.stringify(output)];
    return output.kind === 'notification' ? [notificationLine(output.notification)] : [];
  });
  return said.toSorted();
}

/** The panes of a group by their numbers, one line each, shortest first. */
export function paneLines({ series }: Pick<GroupState, 'series'>): string[] {
  return series.flatMap(({ paneMs, panes }) =>
    panes.map(({ startMs, aggregate }) => {
      const { counts, scoreUnits, authors, sequences } = aggregate;
      const known = typeof authors === 'string' ? authors : authors.toSorted();
      return JSON.stringify({ paneMs, startMs, counts, scoreUnits, authors: known, sequences });
    }),
  );
}
