import type { Notification } from '../../core/notify/notification.ts';

const decoder = new TextDecoder();

/** Undefined for what is none of ours: anyone may publish on our subject, and gets nobody out of bed. */
export function readNotification(data: Uint8Array): Notification | undefined {
  try {
    const value = JSON.parse(decoder.decode(data)) as Partial<Notification> | null;
    const isOurs =
      typeof value?.id === 'string' &&
      (value.status === 'firing' || value.status === 'resolved') &&
      Array.isArray(value.alerts) &&
      value.alerts.every((alert: unknown) => typeof alert === 'object' && alert !== null);
    return isOurs ? (value as Notification) : undefined;
  } catch {
    return undefined;
  }
}
