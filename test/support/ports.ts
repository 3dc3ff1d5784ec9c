/** Free ports of the loopback interface, for servers that are told where to listen and that listen there again. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems draw from when a program does not say which: no connection and no `listen(0)` can take one
 *  between the moment it is found free and the moment its server listens, nor while that server is killed and started again. */
const LOWEST = 10_240;
/** Test files run side by side, and a server that is killed and started again needs its port back: each of vitest's workers
 *  has a part of the ports. With more workers than parts those that share one begin anywhere in it. */
const PARTS = 16;
const PART_SIZE = 1_360;
const FIRST = LOWEST + (Number(process.env.VITEST_POOL_ID ?? 0) % PARTS) * PART_SIZE;
const LAST = FIRST + PART_SIZE - 1;
let next = FIRST + Math.floor(Math.random() * PART_SIZE);

/** Another one each time. */
export async function freePort(): Promise<number> {
  for (;;) {
    next = next >= LAST ? FIRST : next + 1;
    const port = next;
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
