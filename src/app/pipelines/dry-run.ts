/** A pipeline run over given messages without a bus, in their own time: the very code of the scorer and the watcher, as
 *  fast as it goes. What `earshot test` stands on. */
import { createWatcher, type WatcherOutput } from '../../core/alert/watcher.ts';
import type { Alert } from '../../core/alert/alert.ts';
import type { OutboundMessage } from '../../core/bus/bus.port.ts';
import type { ScoredMessage } from '../../core/message/message.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { explainerOf } from '../../core/scorer/explain.ts';
import { createScorer } from '../../core/scorer/scorer.ts';
import { systemClock } from '../clock.ts';
import { readLine } from '../replay/lines.ts';

const PAYLOAD_BYTES_MAX = 1_048_576;
const BATCH_MESSAGES = 250;
/** Where messages without a time of their own, or with `offsetMs`, begin. */
const DRY_RUN_START_MS = Date.UTC(2026, 0, 1);

export interface DryRun {
  readonly scored: readonly ScoredMessage[];
  /** Message id to reason. */
  readonly dropped: readonly { readonly id: string; readonly reason: string }[];
  /** Reasons. */
  readonly dead: readonly string[];
  /** Every transition in order, the pending ones included. */
  readonly alerts: readonly Alert[];
}

/** `lines` are JSON texts of messages, poison included. After the last one time goes on until everything that can end
 *  has ended. */
export async function dryRun(pipeline: CompiledPipeline, lines: readonly string[]): Promise<DryRun> {
  const { config } = pipeline;
  const everyDrop = { ...pipeline, config: { ...config, dropped: { sample: 1 } } };
  const options = { pipelines: [everyDrop], clock: systemClock, payloadBytesMax: PAYLOAD_BYTES_MAX };
  const scorer = createScorer({ ...options, dedupeKeysMax: 100_000, random: () => 0 });
  const watcher = createWatcher(config, undefined, { explain: explainerOf(pipeline) });
  const subject = (config.source.subjects[0] ?? '').replace(/[*>]/g, 'test');
  const encoder = new TextEncoder();
  const result = {
    scored: [] as ScoredMessage[],
    dropped: [] as DryRun['dropped'][number][],
    dead: [] as string[],
  };
  const alerts: Alert[] = [];
  let arrivalMs = DRY_RUN_START_MS;
  let sequence = 0;
  const raised = (outputs: readonly WatcherOutput[]) => {
    for (const output of outputs) if (output.kind === 'transition') alerts.push(output.alert);
  };
  const sort = (output: OutboundMessage, storedAtMs: number, isRead: boolean) => {
    const [, kind, , reason = ''] = output.subject.split('.');
    if (kind === 'dead') result.dead.push(output.subject.split('.')[2] ?? '');
    else if (kind === 'dropped')
      result.dropped.push({ id: (JSON.parse(text(output)) as { id: string }).id, reason });
    else if (kind === 'scored') {
      const message = JSON.parse(text(output)) as ScoredMessage;
      if (isRead) result.scored.push(message); // Else it takes back what the pipeline does not want any more.
      sequence += 1;
      raised(watcher.step({ kind: 'scored', message, sequence, storedAtMs }));
    }
  };
  for (let start = 0; start < lines.length; start += BATCH_MESSAGES) {
    const batch = lines.slice(start, start + BATCH_MESSAGES).map((line, index) => {
      const timed = readLine(line, DRY_RUN_START_MS);
      arrivalMs = Math.max(arrivalMs, timed.timeMs ?? arrivalMs);
      const data = typeof timed.data === 'string' ? encoder.encode(timed.data) : timed.data;
      return { subject, data, sequence: start + index + 1, storedAtMs: arrivalMs };
    });
    const plan = await scorer.plan(batch);
    for (const [index, delivery] of plan.deliveries.entries()) {
      const read = new Set(delivery.marks.flatMap((mark) => (mark.type === 'scored' ? mark.output : [])));
      for (const [at, output] of delivery.outputs.entries())
        sort(output, batch[index]?.storedAtMs ?? arrivalMs, read.has(at));
    }
  }
  raised(watcher.step({ kind: 'tick', atMs: arrivalMs + untilQuietMs(pipeline) }));
  return { ...result, alerts };
}

/** Long enough for every view to empty and every `for` and `keepFiringFor` to run out. */
function untilQuietMs({ config: { window, alerts } }: CompiledPipeline): number {
  const longest = Math.max(0, ...alerts.map((rule) => rule.over + rule.for + rule.keepFiringFor));
  return window.idleAfter + window.allowedLateness + window.futureSkewMax + longest + 3 * window.pane;
}

function text({ data }: OutboundMessage): string {
  return typeof data === 'string' ? data : new TextDecoder().decode(data);
}
