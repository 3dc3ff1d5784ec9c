/** What a receiver's answer means for the alert. */
import type { SinkOutcome } from '../../core/alert/sink.port.ts';

/** Request timeout, too early, too many requests: the receiver asks for another attempt. */
const RETRY_STATUSES = new Set([408, 425, 429]);
/** A receiver cannot silence us for longer than this. */
const RETRY_AFTER_MS_MAX = 3_600_000;
/** How much of a refusal's body is read, for the detail. */
const BODY_BYTES_MAX = 256;

/** 2xx delivered; 408, 425, 429 and 5xx retry; everything else rejected. Leaves no body unread and open. */
export async function judge(response: Response, nowMs: number): Promise<SinkOutcome> {
  const { status, headers } = response;
  if (response.ok) {
    await response.body?.cancel();
    return { outcome: 'delivered' };
  }
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    return { outcome: 'rejected', detail: `HTTP ${status}: redirects are not followed; set the final url` };
  }
  const body = await opening(response);
  const detail = `HTTP ${status}${body === '' ? '' : `: ${body}`}`;
  if (status < 500 && !RETRY_STATUSES.has(status)) return { outcome: 'rejected', detail };
  const afterMs = retryAfterMs(headers.get('retry-after'), nowMs);
  return afterMs === undefined ? { outcome: 'retry', detail } : { outcome: 'retry', detail, afterMs };
}

/** Retry-After (RFC 9110, 10.2.3): seconds or an HTTP date. */
function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const afterMs = /^\d{1,10}$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - nowMs;
  return Number.isNaN(afterMs) ? undefined : Math.min(Math.max(afterMs, 0), RETRY_AFTER_MS_MAX);
}

/** The first characters of the body on one line; the rest is never read. */
async function opening(response: Response): Promise<string> {
  if (response.body === null) return '';
  const reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < BODY_BYTES_MAX) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.length;
  }
  await reader.cancel();
  const text = Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString('utf8');
  return text.replace(/\s+/g, ' ').trim();
}
