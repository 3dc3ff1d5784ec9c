/** A notification of one firing alert, for tests that need one; what matters to a test it overrides. */
import type { Notification } from '../../src/core/notify/notification.ts';
import { anAlert } from './alert.ts';

export function aNotification(overrides: Partial<Notification>): Notification {
  return {
    id: 'skyline/rule=negative-surge/2026-03-01T10:01:00Z',
    pipeline: 'skyline',
    status: 'firing',
    reason: 'first_notification',
    group: { rule: 'negative-surge' },
    severity: 'page',
    at: '2026-03-01T10:01:00.000Z',
    alerts: [anAlert({})],
    leftOut: 0,
    ...overrides,
  };
}
