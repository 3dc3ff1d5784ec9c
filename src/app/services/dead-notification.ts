/** What becomes of a notification that a sink did not get: kept whole, with why, for people to read and to send again. */
import type { OutboundMessage } from '../../core/bus/bus.port.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Origin } from './set-aside.ts';

/** The subject token of these dead letters. */
const DEAD_NOTIFICATION = 'notification';
const DETAIL_CHARS_MAX = 1_024;
/** Room kept for the headers. */
const HEADER_BYTES_MAX = 8_192;

interface Letter {
  readonly durable: string;
  readonly sink: string;
  readonly detail: string;
  /** The setting that ended it. */
  readonly limit?: string;
}

/** The bytes as they were, cut only where the bus takes no more; who should have got them and why not in headers. One a
 *  sink and notification, however often it is written. */
export function deadNotification(
  origin: Origin,
  { durable, sink, detail, limit }: Letter,
  payloadBytesMax: number,
): OutboundMessage {
  const roomBytes = Math.max(0, payloadBytesMax - HEADER_BYTES_MAX);
  const { data, subject, sequence, attempt, storedAtMs } = origin;
  return {
    subject: subjects.dead(DEAD_NOTIFICATION),
    data: data.subarray(0, roomBytes),
    id: `dead:${DEAD_NOTIFICATION}:${durable}:${sequence}.${storedAtMs}`,
    headers: {
      'Earshot-Reason': DEAD_NOTIFICATION,
      'Earshot-Detail': headerText(detail),
      'Earshot-Sink': headerText(sink),
      ...(limit !== undefined && { 'Earshot-Limit': limit }),
      'Earshot-Attempts': String(attempt),
      'Earshot-Subject': headerText(subject),
      'Earshot-Sequence': String(sequence),
      ...(data.byteLength > roomBytes ? { 'Earshot-Truncated-From-Bytes': String(data.byteLength) } : {}),
    },
  };
}

function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, DETAIL_CHARS_MAX);
}
