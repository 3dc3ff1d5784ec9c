/** A series in, a reading for each observation out: the very core the watcher runs, in one pass. */
import { Baseline } from '../../core/baseline/baseline.ts';
import type { Reading } from '../../core/baseline/reading.ts';
import type { SeriesKind } from '../../core/baseline/baseline.config.ts';
import { openBytes } from '../file-bytes.ts';
import { splitLines } from '../split-lines.ts';
import { createRowReader, type Row, type RowProblem } from './series-rows.ts';

export interface Detection {
  readonly row: Row;
  readonly reading: Reading;
}

/** A longer line is cut here. */
const LINE_BYTES_MAX = 65_536;
/** The length of a pane is taken from the first rows: their most usual distance. */
const ROWS_FOR_PANE = 32;
const PANE_MS = { min: 1_000, max: 31 * 86_400_000, unknown: 60_000 };

/** The bytes of a file, unpacked where it is packed by gzip; what the file system says is told with the file's name. */
export async function* readBytes(file: string): AsyncGenerator<Buffer> {
  const { bytes } = openBytes(file);
  try {
    for await (const chunk of bytes) yield chunk as Buffer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}: cannot be read: ${reason}`, { cause: error });
  } finally {
    bytes.destroy();
  }
}

/** One detection for each readable line, one problem for each other; a line that is not later than the one before gives
 *  both. Waits for the first rows only, to see how long a pane is. */
export async function* detect(
  bytes: AsyncIterable<Buffer | string>,
  kind: SeriesKind,
): AsyncGenerator<Detection | RowProblem> {
  const read = createRowReader(kind);
  let first: (Row | RowProblem)[] | undefined = [];
  let baseline: Baseline | undefined;
  for await (const line of splitLines(bytes, { bytesMax: LINE_BYTES_MAX })) {
    const row = read(line.toString('utf8'));
    if (row === undefined) continue;
    if (baseline) {
      yield* observe(baseline, row);
      continue;
    }
    first?.push(row);
    if ((first?.length ?? 0) < ROWS_FOR_PANE) continue;
    baseline = new Baseline({ kind, pane: paneOf(first ?? []) });
    for (const held of first ?? []) yield* observe(baseline, held);
    first = undefined;
  }
  baseline ??= new Baseline({ kind, pane: paneOf(first ?? []) });
  for (const held of first ?? []) yield* observe(baseline, held);
}

function* observe(baseline: Baseline, row: Row | RowProblem): Generator<Detection | RowProblem> {
  if ('problem' in row) {
    yield row;
    return;
  }
  const reading = baseline.observe(row.timeMs, row.value);
  if (reading.reason === 'out_of_order')
    yield { line: row.line, problem: `timestamp '${row.timestamp}' is not later than one before it` };
  yield { row, reading };
}

/** The median distance of two rows. */
function paneOf(rows: readonly (Row | RowProblem)[]): number {
  const times = rows.flatMap((row) => ('problem' in row ? [] : [row.timeMs]));
  const distances = times
    .slice(1)
    .map((timeMs, i) => timeMs - (times[i] ?? timeMs))
    .filter((ms) => ms > 0)
    .sort((a, b) => a - b);
  const paneMs = distances[Math.floor(distances.length / 2)] ?? PANE_MS.unknown;
  return Math.min(PANE_MS.max, Math.max(PANE_MS.min, paneMs));
}
