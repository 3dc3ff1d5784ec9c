/** What a replay needs to know of a line before anyone decodes it: when it was written and which channel it came by. */

export interface Line {
  /** JSON text of one message, or what stands there instead: that becomes a dead letter, not a silent gap. */
  readonly data: string | Uint8Array;
  readonly timeMs?: number;
  /** The time counts from the sample's start. */
  readonly isRelative?: true;
  readonly channel?: string;
}

/** Numbers below this are epoch seconds. */
const SECONDS_MAX = 1e11;

/** A sample says when a message was written by `offsetMs`, from the sample's start: that becomes `time`. Any other line
 *  keeps its bytes. */
export function readLine(bytes: string | Uint8Array, startMs: number): Line {
  const value = parse(typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes));
  if (typeof value !== 'object' || value === null) return { data: bytes };
  const { offsetMs, ...message } = value as { offsetMs?: unknown; time?: unknown; channel?: unknown };
  const channel = typeof message.channel === 'string' ? { channel: message.channel } : {};
  if (typeof offsetMs === 'number' && Number.isFinite(offsetMs)) {
    const timeMs = startMs + offsetMs;
    return { data: JSON.stringify({ ...message, time: timeMs }), timeMs, isRelative: true, ...channel };
  }
  const timeMs = timeOf(message.time);
  return { data: bytes, ...(Number.isFinite(timeMs) ? { timeMs } : {}), ...channel };
}

function timeOf(time: unknown): number {
  if (typeof time !== 'number') return Date.parse(String(time));
  return time < SECONDS_MAX ? time * 1_000 : time;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
