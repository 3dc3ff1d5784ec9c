/** Hands upgrades of /ws to the feed, after the checks that every route has. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { isRefusal, subprotocolsOf, TOKEN_SUBPROTOCOL, type Guard } from './access.ts';
import { challengeOf } from './route.ts';

export interface FeedDoor {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** Answers with the sockets that are open, which do not count among the server's connections. */
export function admitUpgrades(
  server: Server,
  guard: Guard,
  feed: FeedDoor,
  connectionsMax: number,
): ReadonlySet<Duplex> {
  const upgraded = new Set<Duplex>();
  const admit = (): void => {
    server.maxConnections = connectionsMax + upgraded.size;
  };
  admit();
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    admit();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      upgraded.delete(socket);
      admit();
    });
    const { headers, url = '/' } = request;
    const [path = '/'] = url.split('?', 1);
    const refusal = guard.origin(headers) ?? guard.feedPrincipal(headers);
    if (isRefusal(refusal)) endUpgrade(socket, refusal.status, refusal);
    else if (path !== '/ws')
      endUpgrade(socket, 404, { code: 'NOT_FOUND', message: `no WebSocket at '${path}'; it is at /ws` });
    else {
      hideToken(request);
      feed.handleUpgrade(request, socket, head);
    }
  });
  return upgraded;
}

/** The token that came as a subprotocol is never the one agreed on: it would go back in the answer. */
function hideToken({ headers }: IncomingMessage): void {
  const { 'sec-websocket-protocol': offered } = headers;
  if (offered === undefined) return;
  const others = subprotocolsOf(headers).filter((one) => !one.startsWith(TOKEN_SUBPROTOCOL));
  if (others.length > 0) headers['sec-websocket-protocol'] = others.join(', ');
  else delete headers['sec-websocket-protocol'];
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
};

function endUpgrade(
  socket: Duplex,
  status: number,
  { code, message }: { code: string; message: string },
): void {
  const body = JSON.stringify({ error: { code, message } });
  const challenge = challengeOf(status);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_TEXT[status] ?? ''}\r\ncontent-type: application/json\r\nconnection: close\r\n` +
      (challenge === undefined ? '' : `www-authenticate: ${challenge}\r\n`) +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
