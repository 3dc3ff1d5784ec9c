/** Goal: over TLS the pinned address changes nothing: the server is asked for by its name, and must prove it. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWebhookSink } from '../../../src/adapters/webhook/webhook-sink.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { guardAgainstLeaks } from '../../support/leak-guard.ts';
import { aNotification } from '../../support/notification.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

guardAgainstLeaks();

let folder: string;
let server: Server;
const asked: string[] = [];
let requests = 0;

beforeAll(async () => {
  folder = await tempFolder('tls');
  const { certFile, keyFile } = (await makeCertificates(folder)).server;
  const SNICallback = (name: string, done: (error: Error | null) => void) => {
    asked.push(name);
    done(null);
  };
  server = createServer(
    { cert: await readFile(certFile), key: await readFile(keyFile), SNICallback },
    (_request, response) => {
      requests += 1;
      response.end();
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await removeFolder(folder);
});

test('a server that cannot prove its name gets nothing', async () => {
  const { port } = server.address() as AddressInfo;
  const sink = createWebhookSink(
    {
      ...{ url: `https://hooks.example:${port}/x`, headers: {}, secrets: [], allowTo: ['127.0.0.1'] },
      ...{ timeout: 5_000, giveUpAfter: 60_000, giveUpRefusedAfter: 60_000, setAsideAfter: 60_000 },
    },
    { resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) },
  );
  expect(await sink.deliver(aNotification({}))).toEqual({
    ...{ outcome: 'retry', detail: 'unable to verify the first certificate' },
  });
  expect(asked).toEqual(['hooks.example']);
  expect(requests).toBe(0);
});
