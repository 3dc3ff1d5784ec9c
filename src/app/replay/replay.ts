/** Publishes a file of messages into the bus: as fast as the broker takes them, at a rate, or in the pace of event time. */
import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '../../core/bus/bus.port.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import type { ColumnMapping } from './columns.ts';
import type { Line } from './lines.ts';
import { readRows, sampleSpanMs } from './rows.ts';
import { errorText } from '../../core/errors/error-text.ts';

const IN_FLIGHT_MAX = 2_000;
/** Shorter waits than this are not worth a timer. */
const WAIT_MS_MIN = 2;
/** A timer for longer than 24.8 days ends at once. */
const TIMER_MS_MAX = 86_400_000;

export interface ReplayOptions {
  readonly bus: Bus;
  readonly file: string;
  readonly columns?: readonly ColumnMapping[];
  /** Event time over clock time: 1 is as it was, 60 a minute a second; infinite does not wait. */
  readonly speed: number;
  /** Messages a second at most; infinite when absent. */
  readonly ratePerSecondMax?: number;
  readonly source: string;
  /** For messages that name none. */
  readonly channel: string;
  /** Where a sample's `offsetMs` counts from; when absent, such that no message is published before its time: the last
   *  one is written as it goes out. */
  readonly startMs?: number;
  /** Tells one run from the next: the broker takes a row once per run. */
  readonly runId: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  readonly rows: number;
  /** Confirmed by the broker. */
  readonly published: number;
  /** 0 to 1, of the file's bytes. */
  readonly share: number;
  readonly timeMs: number | undefined;
}

export interface ReplayResult {
  readonly file: string;
  readonly rows: number;
  readonly published: number;
  /** Event times of the first and the last row, epoch milliseconds. */
  readonly firstTimeMs: number | undefined;
  readonly lastTimeMs: number | undefined;
  readonly seconds: number;
  readonly aborted: boolean;
}

/** Rejects with what the file or the bus says; rows confirmed until then stay published. */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const { bus, file, clock, signal, runId } = options;
  const fileBytes = (await stat(file).catch((error: unknown) => cannotRead(file, error))).size;
  const startMs = options.startMs ?? (await sampleStartMs(options));
  const startedMs = clock.monotonicMs();
  const source = readRows(file, { columns: options.columns, startMs });
  const pace = pacer(options);
  const inFlight = new Set<Promise<void>>();
  let failure: Error | undefined;
  let rows = 0;
  let published = 0;
  let firstTimeMs: number | undefined;
  let lastTimeMs: number | undefined;
  for await (const row of source.rows) {
    await waitFor(pace(row), signal);
    if (signal?.aborted === true || failure !== undefined) break;
    rows += 1;
    firstTimeMs ??= row.timeMs;
    lastTimeMs = row.timeMs ?? lastTimeMs;
    const subject = subjects.in(options.source, row.channel ?? options.channel);
    const sent: Promise<void> = bus.publish({ subject, data: row.data, id: `${runId}:${rows}` }).then(
      () => {
        published += 1;
        inFlight.delete(sent);
      },
      (error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error));
        inFlight.delete(sent);
      },
    );
    inFlight.add(sent);
    if (inFlight.size >= IN_FLIGHT_MAX) await inFlight.values().next().value; // The oldest.
    if (options.onProgress && rows % 100 === 1) {
      options.onProgress({
        rows,
        published,
        share: share(source.bytesRead(), fileBytes),
        timeMs: row.timeMs,
      });
    }
  }
  await Promise.all(inFlight);
  if (failure !== undefined) throw failure;
  options.onProgress?.({ rows, published, share: 1, timeMs: lastTimeMs });
  const seconds = (clock.monotonicMs() - startedMs) / 1_000;
  return { file, rows, published, firstTimeMs, lastTimeMs, seconds, aborted: signal?.aborted === true };
}

function cannotRead(file: string, cause: unknown): never {
  throw new Error(`${file}: cannot be read: ${errorText(cause)}`, {
    cause,
  });
}

async function waitFor(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
  for (let leftMs = waitMs; leftMs >= WAIT_MS_MIN && signal?.aborted !== true; leftMs -= TIMER_MS_MAX) {
    await sleep(Math.min(leftMs, TIMER_MS_MAX), undefined, { signal }).catch(() => undefined);
  }
}

function share(bytes: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, bytes / total);
}

/** A message `offsetMs` into a sample goes out `offsetMs / speed` after the start: set back by the rest of the span, none
 *  lies in the future. */
async function sampleStartMs({ file, columns, speed, clock }: ReplayOptions): Promise<number> {
  const spanMs = columns ? undefined : await sampleSpanMs(file);
  return clock.nowMs() - Math.max(0, (spanMs ?? 0) * (1 - 1 / speed));
}

/** How long to wait before a row goes out, milliseconds. */
function pacer({ speed, ratePerSecondMax, clock }: ReplayOptions): (row: Line) => number {
  const startedMs = clock.monotonicMs();
  let firstTimeMs: number | undefined;
  let sent = 0;
  return (row) => {
    let dueMs = 0;
    if (Number.isFinite(speed) && row.timeMs !== undefined) {
      firstTimeMs ??= row.timeMs;
      dueMs = (row.timeMs - firstTimeMs) / speed;
    }
    if (ratePerSecondMax !== undefined) dueMs = Math.max(dueMs, (sent * 1_000) / ratePerSecondMax);
    sent += 1;
    return dueMs - (clock.monotonicMs() - startedMs);
  };
}
