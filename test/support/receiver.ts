/** A webhook receiver on a free loopback port: keeps what it was sent, and answers as it is told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  /** `http://127.0.0.1:40123/hook`. */
  readonly url: string;
  readonly port: number;
  readonly received: ReceivedRequest[];
  /** Ends every connection. Idempotent. */
  close(): Promise<void>;
}

/** `answer` is called when the whole request is there. */
export async function startReceiver(answer: RequestListener, port = 0): Promise<Receiver> {
  const received: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    request.toArray().then(
      (chunks: Buffer[]) => {
        const { method, url, headers } = request;
        received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        answer(request, response);
      },
      () => undefined, // Its sender was killed half-way.
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}/hook`,
    port: address.port,
    received,
    async close() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
