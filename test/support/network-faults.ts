/** A TCP proxy for the faults of networks: it delays, holds, swallows and half-closes. */
import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface FaultyNetwork {
  /** `127.0.0.1:4222`. */
  readonly address: string;
  /** Every piece arrives so much later, in either direction. */
  delay(ms: number): void;
  /** `stall`: nothing arrives until `heal`, then all of it. `black hole`: nothing arrives, ever; `heal` cuts the connections. */
  block(how: 'stall' | 'black hole'): void;
  heal(): void;
  /** Ends the connections in one direction: clients hear that the server has nothing more to say, and it still listens. */
  halfClose(): void;
  stop(): Promise<void>;
}

interface Piece {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

class Pipe {
  readonly #to: Socket;
  readonly #queue: Piece[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(to: Socket) {
    this.#to = to;
  }

  push(bytes: Buffer, delayMs: number): void {
    this.#queue.push({ bytes, dueMs: performance.now() + delayMs });
  }

  /** In order, whatever their delays were. */
  flush(): void {
    clearTimeout(this.#timer);
    for (let piece = this.#queue[0]; piece; piece = this.#queue[0]) {
      const waitMs = piece.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.flush(), waitMs);
        return;
      }
      this.#to.write(piece.bytes);
      this.#queue.shift();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

export async function startFaultyNetwork(targetPort: number): Promise<FaultyNetwork> {
  const links = new Set<{ client: Socket; server: Socket; pipes: Pipe[] }>();
  let delayMs = 0;
  let blocked: 'stall' | 'black hole' | undefined;
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = createConnection({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const link = { client, server, pipes: [new Pipe(server), new Pipe(client)] };
    links.add(link);
    const end = () => {
      links.delete(link);
      for (const pipe of link.pipes) pipe.stop();
      for (const socket of [client, server]) socket.destroy();
    };
    for (const [index, from] of [client, server].entries()) {
      const pipe = link.pipes[index];
      from.on('error', end).on('close', end).on('end', end);
      from.on('data', (bytes) => {
        if (blocked === 'black hole') return;
        pipe?.push(bytes, delayMs);
        if (blocked === undefined) pipe?.flush();
      });
    }
  });
  const cut = () => {
    for (const { client } of links) client.destroy();
  };
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    delay: (ms) => {
      delayMs = ms;
    },
    block: (how) => {
      blocked = how;
    },
    heal: () => {
      const was = blocked;
      blocked = undefined;
      if (was === 'black hole') cut();
      for (const { pipes } of links) for (const pipe of pipes) pipe.flush();
    },
    halfClose: () => {
      for (const { client } of links) client.end();
    },
    stop: async () => {
      cut();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
