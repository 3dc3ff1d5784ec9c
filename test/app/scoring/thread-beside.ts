/** The thread that plans, its own end in this thread, and what its plans are compared by. */
import { MessageChannel, MessagePort, type Worker } from 'node:worker_threads';
import { servePlans, type ThreadTask, type ToThread } from '../../../src/app/scoring/scorer-thread.ts';
import { overWorker, type Threaded } from '../../../src/app/scoring/threaded-scorer.ts';
import type { CompiledPipeline } from '../../../src/core/pipeline/compile.ts';
import type { Plan, PlanInput } from '../../../src/core/scorer/scorer.ts';

/** `handedOver` grows by the number of deliveries each time some are. */
export async function threadBeside(
  pipelines: readonly CompiledPipeline[],
  limits: Omit<ThreadTask, 'configs'>,
): Promise<{ readonly scorer: Threaded; readonly handedOver: readonly number[] }> {
  const { port1, port2 } = new MessageChannel();
  const handedOver: number[] = [];
  const worker = Object.assign(port1, {
    terminate: () => Promise.resolve(port1.close()),
    postMessage: (message: ToThread, transfer: ArrayBuffer[]) => {
      if (message.type === 'plan') handedOver.push(message.batch.ends.length);
      MessagePort.prototype.postMessage.call(port1, message, transfer);
    },
  });
  const scorer = overWorker(worker as unknown as Worker, { pipelines, ...limits });
  const serving = servePlans(port2, { configs: pipelines.map(({ config }) => config), ...limits });
  await Promise.all([scorer.ready, serving]);
  return { scorer, handedOver };
}

export function batchOf(ids: readonly string[], firstSequence = 1): PlanInput[] {
  return ids.map((id, index) => {
    const data = new TextEncoder().encode(`{"id":"${id}","text":"acme is great ${id}"}`);
    return {
      subject: 'earshot.in.test.chat',
      data,
      headers: undefined,
      sequence: firstSequence + index,
      storedAtMs: 1_760_000_000_000,
    };
  });
}

/** Times differ, and which dropped messages are published is drawn. */
export function comparable({ deliveries, events }: Plan): unknown {
  const text = (data: string | Uint8Array) =>
    typeof data === 'string' ? data : new TextDecoder().decode(data);
  return {
    deliveries: deliveries.map(({ outputs, marks }) => ({
      marks,
      outputs: outputs.map((output) => ({ ...output, data: text(output.data) })),
    })),
    events: events.map((event) => (event.type === 'stage_time' ? { ...event, seconds: 0 } : event)),
  };
}
