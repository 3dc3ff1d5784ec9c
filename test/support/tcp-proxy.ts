/** A TCP proxy that can lose what a client sends, and speak for the server: for faults that no server produces on demand. */
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface TcpProxy {
  /** `127.0.0.1:4222`. */
  readonly address: string;
  /** Swallows the next piece from a client that contains the text; resolves when it has. */
  swallowNext(text: string): Promise<void>;
  /** Says that to all clients, in the server's place. */
  say(text: string): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let swallowing: { readonly text: string; readonly done: () => void } | undefined;
  const server = createServer((client) => {
    const target = createConnection(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    clients.add(client);
    client.on('close', () => clients.delete(client));
    target.pipe(client);
    client.on('data', (piece) => {
      if (swallowing === undefined || !piece.includes(swallowing.text)) {
        target.write(piece);
        return;
      }
      swallowing.done();
      swallowing = undefined;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    swallowNext: (text) =>
      new Promise((done) => {
        swallowing = { text, done };
      }),
    say: (text) => {
      for (const client of clients) client.write(text);
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
