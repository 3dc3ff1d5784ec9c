/** What edits and deletions take back. A deletion has no text that a listening query could match, and an edit may not match
 *  any more; who counted or queued the message before must hear of it all the same. So a pipeline that listens to the subject
 *  and does not keep the change gets a retraction: a scored message of kind `delete` with no text, under the version of the
 *  change. Nobody remembers who kept the first version (a scorer has no state, and there may be many), so every such
 *  pipeline gets one, and a watcher that never counted the message holds it as one that came before its create. */
import type { JsonWriter } from '../message/json-writer.ts';
import type { Message } from '../message/message.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import { labelSentiment } from '../sentiment/sentiment.ts';
import type { MutableDelivery } from './delivery.ts';
import { pushScored } from './outputs.ts';

/** Pipelines where a message that is gone matters: rules and trends count it, queues were given it. */
export function pipelinesThatTakeBack(pipelines: readonly CompiledPipeline[]): readonly CompiledPipeline[] {
  return pipelines.filter(({ config }) => {
    return config.alerts.length > 0 || config.trends !== undefined || config.routes.length > 0;
  });
}

/** Whether a message changes one that came before it. */
export function takesBack({ kind }: Pick<Message, 'kind'>): boolean {
  return kind === 'delete' || kind === 'edit';
}

/** Not on the subjects of queues: most of what is deleted was never in one. It holds nothing that a pipeline redacts. */
export function pushRetraction(
  delivery: MutableDelivery,
  { config, engine }: CompiledPipeline,
  { id, version, time, channel, source }: Message,
  arrivalMs: number,
  writer: JsonWriter,
): void {
  const message: Message = { id, version, kind: 'delete', time, channel, source, text: '' };
  const sentiment = labelSentiment(undefined, { abstainBelow: 0, engine: engine.name, text: '' });
  const nothing = { matched: [], judged: undefined, routes: [] };
  const parts = { pipeline: config.name, view: { message }, sentiment, ...nothing };
  pushScored(delivery, parts, arrivalMs, writer);
}
