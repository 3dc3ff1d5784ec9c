/** Messages of a file in, clusters of copies out: the very core that a pipeline runs, in event time, in one pass. */
import { Duplicates, type DuplicatesLimits } from '../../core/duplicates/duplicates.ts';
import type { ClusterView } from '../../core/duplicates/cluster-view.ts';
import type { DuplicatesConfig } from '../../core/duplicates/duplicates.config.ts';
import { decode } from '../../core/message/codec.ts';
import type { ColumnMapping } from '../replay/columns.ts';
import { readRows } from '../replay/rows.ts';

export interface ClusterFindings {
  readonly messages: number;
  /** The largest first. */
  readonly clusters: readonly ClusterView[];
  readonly limits: DuplicatesLimits;
}

export interface FindClustersOptions {
  readonly config: DuplicatesConfig;
  readonly columns?: readonly ColumnMapping[];
  /** Called for each row that is no message; rows count from 1, without a header. */
  readonly onProblem: (row: number, problem: string) => void;
}

/** Throws a `ColumnsError` when the mapping does not fit the file, and what the file system says. */
export async function findClusters(
  file: string,
  { config, columns, onProblem }: FindClustersOptions,
): Promise<ClusterFindings> {
  const duplicates = new Duplicates(config);
  const encoder = new TextEncoder();
  const context = {
    subject: 'earshot.in.file.file',
    arrivalMs: 0,
    futureSkewMaxMs: Number.POSITIVE_INFINITY,
  };
  let row = 0;
  let messages = 0;
  for await (const { data, timeMs } of readRows(file, { columns, startMs: 0 }).rows) {
    row += 1;
    for (const decoded of decode(typeof data === 'string' ? encoder.encode(data) : data, context)) {
      if (decoded.kind === 'dead') onProblem(row, decoded.detail);
      else if (timeMs === undefined) onProblem(row, 'time is missing; a row is {id, time, text, …}');
      else {
        messages += 1;
        duplicates.observe(decoded.message);
      }
    }
  }
  return { messages, clusters: duplicates.clusters(Number.POSITIVE_INFINITY), limits: duplicates.limits };
}
