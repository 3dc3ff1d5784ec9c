// The memory of a whole Earshot that is kept busy for minutes, while everybody takes what it sends or while nobody does.
import { setTimeout as wait } from 'node:timers/promises';
import { createServer } from 'node:http';
import { clearInterval, setInterval } from 'node:timers';
import { WebSocket } from 'ws';
import { STREAMS } from '../../dist/core/bus/streams.js';
import { IN_SUBJECT, pendingOf } from './broker.mjs';
import { makeMessage, seeded } from './messages.mjs';
import { startEarshot } from './whole.mjs';

const SAMPLE_EVERY_MS = 1_000;
/** Messages that wait: there is always something to do. */
const BACKLOG = { min: 5_000, max: 20_000 };
const CHUNK = 500;
const POLL_MS = 50;
const WEB_CLIENTS = 5;
const HAND = 1_000;
/** Of the time; until then caches and windows fill. */
const WARM_UP = 0.2;
/** Parts of the rest; the median of each is compared with that of all. */
const PARTS = 10;

/** Alerts that begin and end all the time, so that there is always something to tell. */
const pipelineOf = (receiver) => `name: busy
listen: { query: '@skylineair' }
trends: {}
window: { pane: 1s }
alerts:
  - { name: bad, when: 'negativeShare > 0.3', over: 2s, groupBy: [channel] }
notify: { groupWait: 0s, groupInterval: 1s, groupBy: [rule, channel] }
sinks:
  - webhook: { url: '${receiver}', allowTo: [127.0.0.0/8] }
`;

/** Takes requests, and answers them or never does. */
function startReceiver(answers) {
  const server = createServer((request, response) => {
    request.resume();
    if (answers) request.once('end', () => response.end());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const stop = () => (server.closeAllConnections(), server.close());
      resolve({ url: `http://127.0.0.1:${server.address().port}/`, stop });
    });
  });
}

/** WebSocket clients that want everything: they read, or stop as soon as they are connected. */
function connectClients(address, reads) {
  return Array.from({ length: WEB_CLIENTS }, () => {
    const client = new WebSocket(`${address.replace('http', 'ws')}/ws`);
    client.on('open', () => (reads ? undefined : client.pause()));
    client.on('error', () => undefined); // It is thrown out: that is what should be.
    return client;
  });
}

/** @returns resident memory each second, in MB, and how many messages were published. */
export async function memoryWhileBusy(bus, { url, group, folder, minutes, isStopped }) {
  const receiver = await startReceiver(!isStopped);
  const earshot = await startEarshot(url, folder, pipelineOf(receiver.url));
  const clients = connectClients(earshot.address, !isStopped);
  const spec = {
    stream: STREAMS.scored,
    durable: `consumer-${isStopped}`,
    ackWaitMs: 30_000,
    inHandMax: HAND,
  };
  const consumer = bus.consume(spec).subscribe((batch) => {
    for (const delivery of isStopped ? [] : batch) delivery.ack();
  });
  const samplesMb = [];
  const sampling = setInterval(() => samplesMb.push(earshot.rssMb()), SAMPLE_EVERY_MS);
  const random = seeded(3);
  const untilMs = performance.now() + minutes * 60_000;
  let sent = 0;
  try {
    while (performance.now() < untilMs) {
      if ((await pendingOf(bus, group)) > BACKLOG.max) {
        await wait(POLL_MS);
        continue;
      }
      for (let chunk = 0; chunk < BACKLOG.min; chunk += CHUNK)
        await Promise.all(
          Array.from({ length: CHUNK }, () => {
            const data = makeMessage(random, sent++, Date.now(), `bench-${isStopped}`);
            return bus.publish({ subject: IN_SUBJECT, data });
          }),
        );
    }
  } finally {
    clearInterval(sampling);
    consumer.unsubscribe();
    for (const client of clients) client.terminate();
    await earshot.stop();
    receiver.stop();
  }
  return { samplesMb, messages: sent };
}

const medianOf = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** How far the medians of ten parts of the time after the warm-up lie from the median of all of it: 0.1 for a tenth. */
export function steadiness(samplesMb) {
  const steady = samplesMb.slice(Math.floor(samplesMb.length * WARM_UP));
  const middleMb = medianOf(steady);
  const partsMax = Math.min(PARTS, steady.length);
  const edge = (index) => Math.floor((index * steady.length) / partsMax);
  const partsMb = Array.from({ length: partsMax }, (_, index) =>
    medianOf(steady.slice(edge(index), edge(index + 1))),
  );
  const deviation = Math.max(...partsMb.map((partMb) => Math.abs(partMb / middleMb - 1)));
  return { middleMb, minMb: Math.min(...steady), maxMb: Math.max(...steady), partsMb, deviation };
}
