/** What alerts did, and what people were told of it or why they were not: two records of the API, read as one. */
import type { Alert } from '../core/alert/alert.ts';
import { left, second, shorten, SUMMARY_CHARS_MAX } from './alert-tables.ts';
import type { ApiClient } from './api-client.ts';
import { formatTable } from './table.ts';

/** Places of the stream of events, in which both stand. */
interface Placed {
  readonly sequence: number;
}

type ShownTransition = Omit<Alert, 'evidence'> & Placed;

interface ShownDecision extends Placed {
  readonly at: string;
  readonly alert: string;
  readonly reason: string;
  readonly told: boolean;
  readonly by?: readonly string[];
}

export interface ShownPage {
  /** Where to go on, as `before`; null when nothing is left. */
  readonly next: number | null;
}

export interface ShownHistory extends ShownPage {
  readonly transitions: readonly ShownTransition[];
  readonly decisions: readonly ShownDecision[];
}

type HistoryParameters = Parameters<ApiClient['get']>[1];

/** As far back as both were read, and no further than one of them alone would be. */
export async function readHistory(api: ApiClient, query: HistoryParameters): Promise<ShownHistory> {
  const did = await api.get<Pick<ShownHistory, 'transitions' | 'next'>>('/api/v1/history', query);
  const told = await api.get<Pick<ShownHistory, 'decisions' | 'next'>>('/api/v1/decisions', query);
  const readFrom = Math.max(did.next ?? 0, told.next ?? 0);
  const isRead = ({ sequence }: Placed) => sequence >= readFrom;
  return {
    transitions: did.transitions.filter(isRead),
    decisions: told.decisions.filter(isRead),
    next: readFrom === 0 ? null : readFrom,
  };
}

export function formatHistory({ transitions, decisions }: ShownHistory): string {
  if (transitions.length + decisions.length === 0) return 'nothing happened\n';
  const rows = [
    ...transitions.map((one) => ({ ...one, cells: transitionCells(one) })),
    ...decisions.map((one) => ({ ...one, cells: decisionCells(one) })),
  ].sort((one, other) => other.sequence - one.sequence);
  const titles = left('at (UTC)', 'what', 'reason', 'severity', 'summary', 'id');
  return formatTable(
    titles,
    rows.map(({ cells }) => cells),
  );
}

function transitionCells({ at, state, reason, severity, summary, id, mode }: ShownTransition): string[] {
  const why = mode === 'shadow' ? `${reason} (shadow)` : reason;
  return [second(at), state, why, severity, shorten(summary, SUMMARY_CHARS_MAX), id];
}

function decisionCells({ at, told, reason, by = [], alert }: ShownDecision): string[] {
  const what = told ? 'told' : reason.startsWith('waiting_') ? 'waits' : 'not told';
  return [second(at), what, by.length === 0 ? reason : `${reason} (${by.join(', ')})`, '', '', alert];
}
