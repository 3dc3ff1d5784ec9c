/** What a receiver's answer means for the notification. */
import type { IncomingMessage } from 'node:http';
import type { SinkOutcome } from '../../core/alert/sink.port.ts';

/** Request timeout, too early, too many requests: the receiver asks for another attempt. */
const RETRY_STATUSES = new Set([408, 425, 429]);
/** Gone (RFC 9110, 15.5.11), by which Standard Webhooks lets a receiver end its subscription. */
const GONE = 410;
/** A receiver cannot silence us for longer than this. */
const RETRY_AFTER_MS_MAX = 3_600_000;
/** How much of a refusal's body is read, for the detail. */
const BODY_BYTES_MAX = 256;

/** 2xx delivered; 408, 425, 429 and 5xx retry; 410 rejected; everything else refused, redirects too, which are not followed.
 *  Leaves no body unread and open. */
export async function judge(response: IncomingMessage, nowMs: number): Promise<SinkOutcome> {
  const { statusCode: status = 0, headers } = response;
  if (status >= 200 && status < 300) {
    response.destroy();
    return { outcome: 'delivered' };
  }
  if (status >= 300 && status < 400) {
    response.destroy();
    return { outcome: 'refused', detail: `HTTP ${status}: redirects are not followed; set the final url` };
  }
  const body = await opening(response);
  const detail = `HTTP ${status}${body === '' ? '' : `: ${body}`}`;
  if (status === GONE) return { outcome: 'rejected', detail };
  if (status < 500 && !RETRY_STATUSES.has(status)) return { outcome: 'refused', detail };
  const afterMs = retryAfterMs(headers['retry-after'], nowMs);
  return afterMs === undefined ? { outcome: 'retry', detail } : { outcome: 'retry', detail, afterMs };
}

/** Retry-After (RFC 9110, 10.2.3): seconds, which some write with fractions, or an HTTP date. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,10}(?:\.\d{1,9})?$/.test(header) ? Number(header) : undefined;
  const afterMs = seconds === undefined ? Date.parse(header) - nowMs : Math.ceil(seconds * 1_000);
  return Number.isNaN(afterMs) ? undefined : Math.min(Math.max(afterMs, 0), RETRY_AFTER_MS_MAX);
}

/** The first characters of the body on one line; the rest is never read. A body that breaks off ends there. */
async function opening(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= BODY_BYTES_MAX) break; // Which destroys the response.
    }
  } catch {
    // The status says what matters.
  }
  const text = Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString('utf8');
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
