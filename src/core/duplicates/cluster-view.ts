/** A cluster as it is told: JSON. */
import type { Cluster, Representative } from './cluster.ts';
import { judgeCluster, type ClusterReason, type ClusterVerdict } from './verdict.ts';

export interface ClusterView {
  /** Derived from the first text and its time: a replay gives the same. */
  readonly id: string;
  readonly copies: number;
  /** With the same message delivered again. */
  readonly deliveries: number;
  /** Different ones; estimated beyond the limit `authorsMax`. */
  readonly authors: number;
  readonly verdict: ClusterVerdict;
  readonly reasons: readonly ClusterReason[];
  readonly representative: Representative;
  /** Event times, epoch milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** Share of the postings that the most active author made, 0 to 1. */
  readonly topAuthorShare: number;
  /** Of postings over authors, normalized: 1 evenly, 0 one author. */
  readonly authorEntropy: number;
  /** Share of the authors that wrote nothing else in this stream. */
  readonly strangersShare: number;
  readonly botShare: number;
  /** Others who speak of it in words of their own. */
  readonly voices: number;
  readonly copiesPerMinute: number;
  readonly busiestHour: number;
  /** At most 16. */
  readonly channels: readonly string[];
}

const MINUTE_MS = 60_000;
const round = (value: number) => Math.round(value * 1_000) / 1_000;

export function viewOf(
  cluster: Cluster,
  knownShare: number,
  judging: { readonly copiesMin: number; readonly pointsMin: number },
): ClusterView {
  const { id, copies, deliveries, authors, firstMs, lastMs, voices, busiestHour, channels } = cluster;
  const signs = cluster.signs(knownShare);
  return {
    id,
    copies,
    deliveries,
    authors,
    ...judgeCluster(signs, judging),
    representative: cluster.representative ?? { id: '', text: '' },
    firstMs,
    lastMs,
    topAuthorShare: round(signs.topAuthorShare),
    authorEntropy: round(cluster.entropy),
    strangersShare: round(signs.strangersShare),
    botShare: round(signs.botShare),
    voices,
    copiesPerMinute: round(copies / Math.max(1, (lastMs - firstMs) / MINUTE_MS)),
    busiestHour,
    channels,
  };
}
