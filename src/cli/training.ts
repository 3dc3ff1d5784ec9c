/** What the verbs that train have in common. */
import type { TrainSummary } from '../app/train/train-sentiment.port.ts';
import { put, putJson, UsageError, type Io } from './io.ts';
import { formatTable } from './table.ts';

export const SEED_MAX = 2 ** 32 - 1;

export function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= SEED_MAX) return seed;
  throw new UsageError(`--seed: '${text}' is not a whole number from 0 to ${SEED_MAX}`);
}

export async function showSummary(io: Io, summary: TrainSummary, asJson: boolean): Promise<void> {
  if (asJson) return putJson(io, summary);
  const rows = summary.figures.map(({ name, value }) => [name, String(value)]);
  return put(io, formatTable([{ title: 'model', align: 'left' }, { title: summary.outDir }], rows));
}
