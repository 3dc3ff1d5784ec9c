/** Turns what a watcher reads and raises into events of the WebSocket feed. */
import { createFeed, type Feed, type FeedEvent } from '../../adapters/websocket/feed.ts';
import type { Alert } from '../../core/alert/alert.ts';
import type { StoredMessage } from '../../core/bus/bus.port.ts';
import { isBatch, linesOf } from '../../core/message/scored-batch.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Settings } from '../config/settings.config.ts';
import { parseScored } from './parse-scored.ts';

export interface FeedService {
  readonly feed: Feed;
  scored(batch: readonly StoredMessage[]): void;
  alert(alert: Alert): void;
}

export function startFeed(options: {
  readonly settings: Settings['http'];
  readonly pipelines: () => readonly string[];
  readonly telemetry: Telemetry;
}): FeedService {
  const { settings, pipelines, telemetry } = options;
  const feed = createFeed({
    telemetry,
    pipelines,
    clientsMax: settings.clientsMax,
    bufferBytesMax: settings.clientBufferBytesMax,
  });
  const decoder = new TextDecoder();
  return {
    feed,
    scored(batch) {
      if (feed.clients > 0) feed.publish(batch.flatMap((stored) => scoredEvents(stored, decoder)));
    },
    alert(alert) {
      const { pipeline, rule, state, group } = alert;
      const channel = group.channel === undefined ? {} : { channel: group.channel };
      feed.publish([{ type: 'alert', pipeline, rule, state, ...channel, json: JSON.stringify(alert) }]);
    },
  };
}

/** `earshot.scored.<pipeline>.<channel>.<label>`: the subject says what a filter asks; in a batch each message says it. */
function scoredEvents(
  { subject, data }: StoredMessage,
  decoder: InstanceType<typeof TextDecoder>,
): readonly FeedEvent[] {
  const [, , pipeline = '', channel = '', label = ''] = subject.split('.');
  const text = decoder.decode(data);
  if (!isBatch(subject)) return [{ type: 'scored', pipeline, channel, label, json: text }];
  return linesOf(subject, text).flatMap((json): readonly FeedEvent[] => {
    const message = parseScored(json, pipeline);
    if (!message) return [];
    return [{ type: 'scored', pipeline, channel: message.channel, label: message.sentiment.label, json }];
  });
}
