/** What people may rely on, whatever happened to the programs: nothing is told twice, nothing without news, and of every alert
 *  that they were told of they are told the end, once. */
import type { Notification } from '../../src/core/notify/notification.ts';

export function judgeNotifications(all: readonly Notification[]): string[] {
  const wrong: string[] = [];
  const ids = new Set<string>();
  /** By alert: the last state that was told. */
  const states = new Map<string, string>();
  for (const { id, reason, alerts } of all) {
    if (ids.has(id)) wrong.push(`notification ${id}: again`);
    ids.add(id);
    let isNews = reason === 'repeat';
    for (const { id: alert, state } of alerts) {
      const before = states.get(alert);
      isNews ||= before !== state;
      if (before === 'resolved')
        wrong.push(`notification ${id}: alert ${alert} is told ${state} after its end`);
      if (before === undefined && state !== 'firing')
        wrong.push(`notification ${id}: end of ${alert}, untold`);
      states.set(alert, state);
    }
    if (!isNews) wrong.push(`notification ${id}: ${reason} without news`);
  }
  for (const [alert, state] of states)
    if (state !== 'resolved') wrong.push(`alert ${alert}: its end is not told`);
  return wrong;
}
