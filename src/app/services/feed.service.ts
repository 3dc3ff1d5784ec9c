/** Turns what a watcher reads and raises into events of the WebSocket feed. */
import { createFeed, type Feed, type FeedEvent } from '../../adapters/websocket/feed.ts';
import type { Alert } from '../../core/alert/alert.ts';
import type { StoredMessage } from '../../core/bus/bus.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import type { Settings } from '../config/settings.config.ts';

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
      if (feed.clients > 0) feed.publish(batch.map((stored) => scoredEvent(stored, decoder)));
    },
    alert(alert) {
      const { pipeline, rule, state, group } = alert;
      const channel = group.channel === undefined ? {} : { channel: group.channel };
      feed.publish([{ type: 'alert', pipeline, rule, state, ...channel, json: JSON.stringify(alert) }]);
    },
  };
}

/** `earshot.scored.<pipeline>.<channel>.<label>`: the subject says what a filter asks. */
function scoredEvent({ subject, data }: StoredMessage, decoder: InstanceType<typeof TextDecoder>): FeedEvent {
  const [, , pipeline = '', channel = '', label = ''] = subject.split('.');
  return { type: 'scored', pipeline, channel, label, json: decoder.decode(data) };
}
