/** NATS as somebody else's program uses it: the plain client, none of our code. */
import { DeliverPolicy, JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers as natsHeaders } from '@nats-io/transport-node';
import type { JetStreamClient } from '@nats-io/jetstream';
import type { ConnectionOptions } from '@nats-io/transport-node';

const STREAM_NOT_FOUND = 10059;
/** Half a minute where nobody answers at once: a cluster may be without a leader for ten seconds. */
const PUBLISH_TRIES_MAX = 600;
/** Without an id nothing is tried again: it could be stored twice. */
const PUBLISH_MS_MAX = 30_000;
/** Of five seconds each, where nobody answers. */
const ASKS_MAX = 10;
const READS_MAX = 10;
const QUIET_MS_MAX = 10_000;

export interface SeenMessage {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The text as JSON; throws when it is none. */
  json<T = Record<string, unknown>>(): T;
}

export interface NatsUser {
  /** Resolves when the broker has stored it. With an `id` it is tried again until it has, and stored once. */
  publish(subject: string, data: string | Uint8Array, options?: PublishOptions): Promise<void>;
  /** Everything that a stream holds of a subject; none when there is no such stream. */
  readAll(stream: string, subject?: string): Promise<SeenMessage[]>;
  /** Messages of plain NATS as they come, until the user leaves. */
  listen(subject: string, onMessage: (message: SeenMessage) => void): Promise<void>;
  /** What a durable consumer has before it. */
  backlog(stream: string, durable: string): Promise<{ pending: number; unacknowledged: number }>;
  close(): Promise<void>;
}

interface PublishOptions {
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Several servers of one cluster are separated by commas. */
export async function connectUser(url: string, options: ConnectionOptions = {}): Promise<NatsUser> {
  const connection = await connect({
    ...{ servers: url.split(','), maxReconnectAttempts: -1, reconnectTimeWait: 50, ...options },
  });
  const stream = jetstream(connection);
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return {
    async publish(subject, data, { id, headers = {} } = {}) {
      const fields = natsHeaders();
      for (const [name, value] of Object.entries(headers)) fields.set(name, value);
      const attempt = () =>
        stream.publish(subject, data, {
          headers: fields,
          ...(id === undefined ? { timeout: PUBLISH_MS_MAX } : { msgID: id, timeout: 1_000 }),
        });
      for (let tries = 1; ; tries += 1) {
        try {
          await attempt();
          return;
        } catch (error) {
          if (id === undefined || tries === PUBLISH_TRIES_MAX) throw error;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    },
    async readAll(name, subject = '>') {
      let count: number;
      try {
        const { state } = await answered(() => manager.streams.info(name, { subjects_filter: subject }));
        count = Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0);
      } catch (error) {
        if (error instanceof JetStreamApiError && error.apiError().err_code === STREAM_NOT_FOUND) return [];
        throw error;
      }
      return readFirst(stream, name, { subject, count });
    },
    async listen(subject, onMessage) {
      connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) onMessage(seenMessage(message));
        },
      });
      await connection.flush();
    },
    async backlog(name, durable) {
      const info = await answered(() => manager.consumers.info(name, durable));
      return { pending: info.num_pending, unacknowledged: info.num_ack_pending };
    },
    close: () => connection.close(),
  };
}

/** Asks again where nobody answers: a question is lost when the server is killed, or has just come back. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  for (let asks = 1; ; asks += 1) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof JetStreamApiError || asks === ASKS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Anew where nothing comes any more: after the loss of a leader, a server of 2.9 may keep a replica that ends too early, and an
 *  ordered consumer on it waits for ever. The next one may be on another. */
async function readFirst(
  stream: JetStreamClient,
  name: string,
  { subject, count }: { readonly subject: string; readonly count: number },
): Promise<SeenMessage[]> {
  let seen: SeenMessage[] = [];
  for (let reads = 1; seen.length < count; reads += 1) {
    if (reads > READS_MAX) throw new Error(`${name} hands out ${seen.length} of ${count} messages`);
    seen = [];
    const consumer = await stream.consumers.get(name, {
      filter_subjects: subject,
      deliver_policy: DeliverPolicy.All,
    });
    const messages = await consumer.consume({ max_messages: 1_000 });
    const quiet = setTimeout(() => messages.stop(), QUIET_MS_MAX);
    for await (const message of messages) {
      quiet.refresh();
      if (seen.push(seenMessage(message)) >= count) break;
    }
    clearTimeout(quiet);
  }
  return seen;
}

interface ClientMessage {
  readonly subject: string;
  readonly headers?: Iterable<[string, string[]]> | undefined;
  readonly data: Uint8Array;
}

function seenMessage({ subject, headers, data }: ClientMessage): SeenMessage {
  const text = Buffer.from(data).toString();
  const fields = [...(headers ?? [])].map(([name, values]) => [name.toLowerCase(), values[0] ?? '']);
  return {
    subject,
    headers: Object.fromEntries(fields) as Record<string, string>,
    text,
    json: <T>() => JSON.parse(text) as T,
  };
}
