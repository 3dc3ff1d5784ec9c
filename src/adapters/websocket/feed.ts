/** The WebSocket feed: scored messages and alerts as they happen, filtered by the query of the URL. A text frame is a JSON
 *  array of `{"type":"scored","data":{…}}` and `{"type":"alert","data":{…}}`. Serialized once, framed once per filter. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { Client } from './client.ts';
import type { ClientLimits } from './client.ts';
import { parseFilter } from './filter.ts';
import type { FeedEvent, FeedFilter } from './filter.ts';
import { Group } from './group.ts';

export type { FeedEvent } from './filter.ts';

/** How long an event waits for others to share its frame. */
const FLUSH_MS = 25;
/** Clients have nothing to say: what they send is read and ignored, above this size they are closed (1009). */
const INBOUND_BYTES_MAX = 1_024;
/** Which groups an event goes to, remembered by its pipeline, channel, label and type. */
const ROUTES_MAX = 4_096;

export interface FeedOptions extends Partial<ClientLimits> {
  readonly telemetry: Telemetry;
  /** Names that a client may ask for. */
  readonly pipelines: () => readonly string[];
  /** Further clients are turned away with 503. */
  readonly clientsMax?: number;
  /** Clients are pinged this often; one that did not answer the last ping is cut off. */
  readonly heartbeatMs?: number;
}

export interface Feed {
  /** Takes the `upgrade` event of an HTTP server; refuses unknown parameters and values with 400. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  publish(events: readonly FeedEvent[]): void;
  readonly clients: number;
  /** Sends what is buffered, closes every client (1001) and resolves when the last connection is gone. */
  close(): Promise<void>;
}

export function createFeed(options: FeedOptions): Feed {
  return new WebSocketFeed(options);
}

class WebSocketFeed implements Feed {
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: INBOUND_BYTES_MAX,
  });
  private readonly options: FeedOptions;
  private readonly limits: ClientLimits;
  private readonly clientsMax: number;
  private readonly connected = new Map<Client, Group<Client>>();
  private readonly groups = new Map<string, Group<Client>>();
  private readonly routes = new Map<string, readonly Group<Client>[]>();
  private flushTimer: NodeJS.Timeout | undefined;
  private heartbeatTimer: NodeJS.Timeout | undefined;
  private whenEmpty: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    const { clientsMax = 256, bufferBytesMax = 1_048_576, slowMsMax = 500, closeGraceMs = 2_000 } = options;
    this.options = options;
    this.clientsMax = clientsMax;
    this.limits = { bufferBytesMax, slowMsMax, closeGraceMs };
  }

  get clients(): number {
    return this.connected.size;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const parsed = parseFilter(queryOf(request), this.options.pipelines());
    if ('problem' in parsed) {
      refuse(socket, '400 Bad Request', 'BAD_FILTER', parsed.problem);
    } else if (this.closing !== undefined) {
      refuse(socket, '503 Service Unavailable', 'STOPPING', 'the feed is stopping');
    } else if (this.connected.size >= this.clientsMax) {
      this.options.telemetry({ type: 'feed_client_dropped', reason: 'limit' });
      refuse(socket, '503 Service Unavailable', 'CLIENTS_MAX', `${this.clientsMax} clients are connected`);
    } else {
      this.server.handleUpgrade(request, socket, head, (client) => {
        this.join(client, parsed.filter);
      });
    }
  }

  publish(events: readonly FeedEvent[]): void {
    if (this.connected.size === 0) return;
    for (const event of events) {
      const groups = this.groupsOf(event);
      if (groups.length === 0) continue;
      const element = `{"type":"${event.type}","data":${event.json}}`;
      for (const group of groups) group.add(element);
      this.flushTimer ??= setTimeout(() => {
        this.flush();
      }, FLUSH_MS);
    }
  }

  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.flush();
    for (const client of this.connected.keys()) client.close(1001, 'the server is stopping');
    if (this.connected.size > 0)
      await new Promise<void>((resolve) => {
        this.whenEmpty = resolve;
      });
    this.server.close();
  }

  private join(socket: WebSocket, filter: FeedFilter): void {
    const group = this.groups.get(filter.key) ?? new Group<Client>(filter);
    if (!this.groups.has(filter.key)) {
      this.groups.set(filter.key, group);
      this.routes.clear();
    }
    const client = new Client(socket, this.limits, () => {
      group.clients.delete(client);
      this.options.telemetry({ type: 'feed_client_dropped', reason: 'slow' });
    });
    socket.on('error', () => {
      socket.terminate();
    });
    socket.on('close', () => {
      this.leave(client, group);
    });
    group.clients.add(client);
    this.connected.set(client, group);
    this.options.telemetry({ type: 'feed_clients', clients: this.connected.size });
    this.heartbeatTimer ??= setInterval(() => {
      for (const each of this.connected.keys()) each.heartbeat();
    }, this.options.heartbeatMs ?? 30_000);
  }

  private leave(client: Client, group: Group<Client>): void {
    group.clients.delete(client);
    this.connected.delete(client);
    const others = [...this.connected.values()].includes(group);
    if (!others && this.groups.delete(group.filter.key)) this.routes.clear();
    this.options.telemetry({ type: 'feed_clients', clients: this.connected.size });
    if (this.connected.size > 0) return;
    clearInterval(this.heartbeatTimer);
    this.heartbeatTimer = undefined;
    this.whenEmpty?.();
  }

  private groupsOf(event: FeedEvent): readonly Group<Client>[] {
    const label = event.type === 'scored' ? event.label : '';
    const key = `${event.type}\n${event.pipeline}\n${label}\n${event.channel ?? ''}`;
    const known = this.routes.get(key);
    if (known !== undefined) return known;
    const found = [...this.groups.values()].filter(({ filter }) => filter.matches(event));
    if (this.routes.size >= ROUTES_MAX) this.routes.clear();
    this.routes.set(key, found);
    return found;
  }

  private flush(): void {
    clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    for (const group of this.groups.values()) group.flush();
  }
}

/** Not by `new URL`, which throws on what a client may send. */
function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}

function refuse(socket: Duplex, status: string, code: string, message: string): void {
  const body = JSON.stringify({ error: { code, message } });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
