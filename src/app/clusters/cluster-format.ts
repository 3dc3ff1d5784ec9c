/** A cluster of copies as a line of NDJSON, and as a row of a table. */
import type { ClusterView } from '../../core/duplicates/cluster-view.ts';

const TEXT_CHARS_MAX = 60;

export const CLUSTER_COLUMNS = [
  { title: 'verdict', align: 'left' },
  { title: 'copies' },
  { title: 'authors' },
  { title: 'voices' },
  { title: 'first', align: 'left' },
  { title: 'last', align: 'left' },
  { title: 'because', align: 'left' },
  { title: 'text', align: 'left' },
] as const;

const iso = (timeMs: number) => new Date(timeMs).toISOString();

/** One line with its newline. */
export function formatCluster(cluster: ClusterView): string {
  const { firstMs, lastMs, ...rest } = cluster;
  return `${JSON.stringify({ ...rest, first: iso(firstMs), last: iso(lastMs) })}\n`;
}

export function clusterRow(cluster: ClusterView): string[] {
  const { verdict, copies, authors, voices, firstMs, lastMs, reasons, representative } = cluster;
  return [
    verdict,
    String(copies),
    String(authors),
    String(voices),
    minute(firstMs),
    minute(lastMs),
    reasons.map(({ reason, value }) => `${reason} ${value}`).join(', '),
    shorten(representative.text),
  ];
}

const minute = (timeMs: number) => iso(timeMs).slice(0, 16).replace('T', ' ');

function shorten(text: string): string {
  const chars = [...text];
  return chars.length <= TEXT_CHARS_MAX ? text : `${chars.slice(0, TEXT_CHARS_MAX - 1).join('')}…`;
}
