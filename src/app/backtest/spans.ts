/** Spans of event time, half open: a set of them, how long they are, and how much two sets share. */

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The same time as spans in order that do not touch. */
export function union(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((left, right) => left.startMs - right.startMs);
  const merged: { startMs: number; endMs: number }[] = [];
  for (const { startMs, endMs } of sorted) {
    const last = merged.at(-1);
    if (last && startMs <= last.endMs) last.endMs = Math.max(last.endMs, endMs);
    else merged.push({ startMs, endMs });
  }
  return merged;
}

export function totalMs(spans: readonly Span[]): number {
  return spans.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
}

/** Both are unions. */
export function sharedMs(left: readonly Span[], right: readonly Span[]): number {
  let shared = 0;
  for (let i = 0, k = 0; ;) {
    const [a, b] = [left[i], right[k]];
    if (!a || !b) return shared;
    shared += Math.max(0, Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs));
    if (a.endMs < b.endMs) i += 1;
    else k += 1;
  }
}
