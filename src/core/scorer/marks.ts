/** What became of each message, noted while planning and counted once the broker confirmed it. */
import type { PiiKind } from '../privacy/kinds.ts';
import type { Verdict } from '../relevance/verdict.ts';
import type { SentimentLabel } from '../sentiment/engine.port.ts';
import type { TelemetryEvent } from '../telemetry/telemetry.port.ts';

interface Published {
  /** Index of the mark's output in its delivery; undefined when a sample left it out. */
  readonly output: number | undefined;
}

export type Mark = Published & MarkKind;

type MarkKind =
  | {
      readonly type: 'scored';
      readonly pipeline: string;
      readonly channel: string;
      readonly label: SentimentLabel;
      readonly score: number;
      readonly timeMs: number;
      readonly routes: readonly string[];
    }
  | {
      readonly type: 'redacted';
      readonly pipeline: string;
      readonly kind: PiiKind;
      /** Tokens put in place of data. */
      readonly items: number;
    }
  | { readonly type: 'dropped'; readonly pipeline: string; readonly reason: string }
  | {
      /** Beside `scored` or `dropped`, where the pipeline has a filter. */
      readonly type: 'judged';
      readonly pipeline: string;
      readonly verdict: Verdict;
      /** Marks turned what the model alone would have said. */
      readonly overruled: boolean;
    }
  | { readonly type: 'dead'; readonly reason: string; readonly detail: string };

type Scored = Extract<TelemetryEvent, { type: 'scored' }>;

/** Folds the marks of a batch into a handful of events. `nowMs` is when the broker had confirmed them. */
export function eventsOf(marks: Iterable<Mark>, nowMs: number): TelemetryEvent[] {
  const scored = new Map<string, Scored & { scores: number[]; lagSeconds: number[] }>();
  const counts = new Map<string, { event: TelemetryEvent; messages: number }>();
  const redacted = new Map<string, Extract<TelemetryEvent, { type: 'redacted' }>>();
  const count = (key: string, event: TelemetryEvent) => {
    const entry = counts.get(key);
    if (entry) entry.messages += 1;
    else counts.set(key, { event, messages: 1 });
  };
  for (const mark of marks) {
    if (mark.type === 'dropped') {
      count(`dropped ${mark.pipeline} ${mark.reason}`, {
        type: 'dropped',
        pipeline: mark.pipeline,
        reason: mark.reason,
        messages: 0,
      });
      continue;
    }
    if (mark.type === 'redacted') {
      const { type, pipeline, kind } = mark;
      const key = `${pipeline} ${kind}`;
      redacted.set(key, { type, pipeline, kind, items: mark.items + (redacted.get(key)?.items ?? 0) });
      continue;
    }
    if (mark.type === 'judged') {
      const { type, pipeline, verdict, overruled } = mark;
      count(`judged ${pipeline} ${verdict} ${overruled}`, {
        type,
        pipeline,
        verdict,
        overruled,
        messages: 0,
      });
      continue;
    }
    if (mark.type === 'dead') {
      count(`dead ${mark.reason}`, { type: 'dead', reason: mark.reason, messages: 0, example: mark.detail });
      continue;
    }
    const key = `${mark.pipeline} ${mark.channel} ${mark.label}`;
    let entry = scored.get(key);
    if (!entry) {
      const { pipeline, channel, label } = mark;
      entry = { type: 'scored', pipeline, channel, label, scores: [], lagSeconds: [] };
      scored.set(key, entry);
    }
    entry.scores.push(mark.score);
    entry.lagSeconds.push(Math.max(0, nowMs - mark.timeMs) / 1_000);
    for (const queue of mark.routes) {
      count(`routed ${mark.pipeline} ${queue}`, {
        type: 'routed',
        pipeline: mark.pipeline,
        queue,
        messages: 0,
      });
    }
  }
  return [
    ...scored.values(),
    ...redacted.values(),
    ...[...counts.values()].map(({ event, messages }) => ({ ...event, messages }) as TelemetryEvent),
  ];
}

/** The same marks after the broker said which outputs it held already: a message that was stored before is not scored a
 *  second time, and a redelivered drop is not counted again. */
export function withoutStored(marks: readonly Mark[], isStored: (output: number) => boolean): Mark[] {
  return marks.flatMap((mark): Mark[] => {
    if (mark.output === undefined || !isStored(mark.output)) return [mark];
    return mark.type === 'scored'
      ? [{ type: 'dropped', pipeline: mark.pipeline, reason: 'duplicate', output: mark.output }]
      : [];
  });
}
