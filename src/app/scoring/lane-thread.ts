/** Plans in a thread of its own, so that the thread that talks to the bus and this one share two processors, and so that what
 *  waits for the broker's confirmation is not copied by each collection of the garbage that planning makes. */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { errorText } from '../../core/errors/error-text.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { layerOfState, type LayerState, type MarkLayer } from '../../core/relevance/marks/layer.ts';
import { createScorer } from '../../core/scorer/scorer.ts';
import { systemClock } from '../clock.ts';
import { compileConfig } from '../pipelines/pipeline-files.ts';
import { planPacker, unpackBatch, type PackedBatch, type PackedPlan } from './plan-wire.ts';

/** What the thread is started with. */
export interface ThreadTask {
  readonly configs: readonly PipelineConfig[];
  readonly payloadBytesMax: number;
  readonly dedupeKeysMax: number;
  /** Shared with a scorer outside, which plans only while this one has nothing to plan. */
  readonly keysRoom?: SharedArrayBuffer | undefined;
}

export type ToThread =
  | { readonly type: 'plan'; readonly number: number; readonly batch: PackedBatch }
  /** What moderators' marks have taught the filter of a pipeline, from the next batch on. */
  | { readonly type: 'layer'; readonly pipeline: string; readonly state: LayerState };

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly error: string }
  /** In the order of the batches, unless an engine computes elsewhere. */
  | { readonly type: 'planned'; readonly number: number; readonly plan: PackedPlan }
  | { readonly type: 'failed'; readonly number: number; readonly error: string };

/** Serves until the port is closed. */
export async function servePlans(port: MessagePort, task: ThreadTask): Promise<void> {
  const say = (message: FromThread, bytes?: ArrayBuffer) => port.postMessage(message, bytes ? [bytes] : []);
  const pipelines: CompiledPipeline[] = [];
  for (const config of task.configs) {
    const compiled = await compileConfig(config);
    if (!compiled.ok) {
      const problems = compiled.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
      say({ type: 'refused', error: `pipeline '${config.name}': ${problems.join('; ')}` });
      return;
    }
    pipelines.push(compiled.pipeline);
  }
  const { payloadBytesMax, dedupeKeysMax, keysRoom } = task;
  const clock = systemClock;
  const layers = new Map<string, MarkLayer>();
  const layerOf = (pipeline: string) => layers.get(pipeline);
  const limits = { payloadBytesMax, dedupeKeysMax, keysRoom };
  const scorer = createScorer({ pipelines, clock, ...limits, random: Math.random, layerOf });
  const pack = planPacker();
  port.on('message', (message: ToThread) => {
    if (message.type === 'layer') {
      layers.set(message.pipeline, layerOfState(message.state));
      return;
    }
    const { number, batch } = message;
    const failed = (error: unknown) => say({ type: 'failed', number, error: errorText(error) });
    const planned = (plan: PackedPlan) => say({ type: 'planned', number, plan }, plan.bytes);
    try {
      const plan = scorer.plan(unpackBatch(batch));
      if (plan instanceof Promise) plan.then((late) => planned(pack(late))).catch(failed);
      else planned(pack(plan));
    } catch (error) {
      failed(error);
    }
  });
  say({ type: 'ready' });
}

if (parentPort !== null) await servePlans(parentPort, workerData as ThreadTask);
