/** Which of two versions of one message is the newer one, whatever order they came in. */
import type { MessageKind } from '../message/message.ts';

/** How a version says where it stands. */
type Scheme = 'number' | 'time' | 'opaque';

export interface VersionOrder {
  /** A create comes before its edits, and a deletion is the last word. */
  readonly rank: 0 | 1 | 2;
  readonly scheme: Scheme;
  /** The number, the epoch milliseconds, or for an opaque version the event time of its message. */
  readonly order: number;
}

export const SCHEMES: readonly Scheme[] = ['number', 'time', 'opaque'];

/** `12`, `1.5`, `v12`, `rev-3`. Beyond 2^53 neighbours count as equal. */
const NUMBER = /^\D{0,16}(\d{1,20}(?:\.\d{1,6})?)$/;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T[\d:.,]{2,16}(?:Z|[+-][\d:]{2,6})?$/;

/** Undefined for the kinds that are neither posts nor change one. */
export function versionOrder(kind: MessageKind, version: string, timeMs: number): VersionOrder | undefined {
  const rank = rankOf(kind);
  if (rank === undefined) return undefined;
  if (version === '0') return { rank, scheme: 'number', order: 0 };
  const number = NUMBER.exec(version)?.[1];
  if (number !== undefined) return { rank, scheme: 'number', order: Number(number) };
  const atMs = ISO_TIME.test(version) ? Date.parse(version) : Number.NaN;
  if (!Number.isNaN(atMs)) return { rank, scheme: 'time', order: atMs };
  return { rank, scheme: 'opaque', order: timeMs };
}

/** By number or time where both versions are one; else by kind. What is still equal, or cannot be compared, is decided
 *  by who came last: above zero when `next` replaces `known`. */
export function compareVersions(next: VersionOrder, known: VersionOrder): number {
  const alike = next.scheme === known.scheme;
  if (alike && next.scheme !== 'opaque' && next.order !== known.order) return next.order - known.order;
  if (next.rank !== known.rank) return next.rank - known.rank;
  return alike && next.order !== known.order ? next.order - known.order : 1;
}

function rankOf(kind: MessageKind): VersionOrder['rank'] | undefined {
  switch (kind) {
    case 'create':
    case 'survey':
      return 0;
    case 'edit':
      return 1;
    case 'delete':
      return 2;
    case 'engagement':
    case 'status':
      return undefined;
  }
}
