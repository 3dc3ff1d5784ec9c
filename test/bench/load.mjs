// Steady load on a scorer in a process of its own: the time from publish to scored, and its memory. The publisher is this process, so
// that on two cores it and the broker take their share of what the scorer could use.
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { STREAMS } from '../../dist/core/bus/streams.js';
import { IN_SUBJECT, pendingOf, serve } from './broker.mjs';
import { makeMessage, seeded } from './messages.mjs';

const POLL_MS = 100;
const STEP_MS = 2;
/** Messages that wait while the scorer is kept busy. */
const BACKLOG = { min: 2_000, max: 20_000 };
const GIVE_UP_MS = 30_000;
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** Publishes at `perSecond` for `seconds`, paced by the clock, in steps: `send` is called with the payloads of a step and the place of
 *  the first. */
async function publishSteadily({ perSecond, seconds, prefix }, send) {
  const random = seeded(2);
  const wanted = Math.floor(perSecond * seconds);
  // Made before: making one takes as long as publishing it.
  const texts = Array.from({ length: wanted }, (_, index) =>
    Buffer.from(makeMessage(random, index, Date.now(), `bench-${prefix}`)),
  );
  const startMs = performance.now();
  for (let sent = 0; sent < wanted;) {
    const due = Math.min(wanted, Math.floor(((performance.now() - startMs) / 1_000) * perSecond) + 1);
    send(texts.slice(sent, due), sent);
    sent = due;
    await wait(STEP_MS);
  }
  return wanted;
}

/** A message as the scorer writes it begins with its id; parsing all of it would slow down what is measured. */
const idOf = (data) =>
  Buffer.from(data.buffer, data.byteOffset, data.byteLength).latin1Slice(7, 40).split('"', 1)[0];

/** Not measured: until then the scorer is still compiling what it runs. */
const WARM_UP_SECONDS = 4;

/** Milliseconds from publish to scored at a steady rate: until the broker has stored the scored message, by its clock, which is that of
 *  this machine. Nothing but the load runs beside the scorer: nobody reads along, and the publisher waits for no receipts. */
export async function latency(bus, common, { perSecond, seconds, name, mode }) {
  const service = await serve({ ...common, group: name, ...(mode && { mode }) });
  while ((await pendingOf(bus, name)) > 0) await wait(POLL_MS);
  const connection = await connect({ servers: common.url });
  const publish = (texts) => texts.forEach((text) => connection.publish(IN_SUBJECT, text));
  await publishSteadily({ perSecond, seconds: WARM_UP_SECONDS, prefix: `${name}-warm` }, publish);
  const sentMs = new Map();
  const wanted = await publishSteadily({ perSecond, seconds, prefix: name }, (texts, from) => {
    const nowMs = performance.timeOrigin + performance.now();
    for (const at of texts.keys()) sentMs.set(`bench-${name}-${from + at}`, nowMs);
    publish(texts);
  });
  const untilMs = performance.now() + GIVE_UP_MS;
  while ((await pendingOf(bus, name)) > 0 && performance.now() < untilMs) await wait(POLL_MS);
  await service.stop();
  await connection.close();
  const lagsMs = [];
  const filterSubject = `earshot.scored.${name}-0.>`;
  const reader = bus.read({ stream: STREAMS.scored, filterSubject, from: { sequence: 1 } }, (batch) => {
    for (const { data, storedAtMs } of batch) {
      const sent = sentMs.get(idOf(data));
      if (sent !== undefined) lagsMs.push(storedAtMs - sent);
    }
  });
  await reader.caughtUp;
  await reader.stop();
  lagsMs.sort((a, b) => a - b);
  const [p50Ms, p90Ms, p99Ms] = [0.5, 0.9, 0.99].map((q) => quantile(lagsMs, q) ?? NaN);
  return {
    perSecond,
    messages: wanted,
    missing: wanted - lagsMs.length,
    p50Ms,
    p90Ms,
    p99Ms,
    maxMs: lagsMs.at(-1),
  };
}

/** Keeps the scorer busy with a backlog for so many minutes: its resident memory each second, in MB. */
export async function memoryAtCapacity(bus, common, { minutes, perSecond, name }) {
  const service = await serve({ ...common, group: name });
  while ((await pendingOf(bus, name)) > 0) await wait(POLL_MS);
  service.samplesMb.length = 0;
  const untilMs = performance.now() + minutes * 60_000;
  for (let round = 0; performance.now() < untilMs; round += 1) {
    const pending = await pendingOf(bus, name);
    if (pending > BACKLOG.max) await wait(POLL_MS);
    else {
      const rate = pending < BACKLOG.min ? perSecond * 2 : perSecond * 1.2;
      const prefix = `${name}-${round}`;
      await publishSteadily({ perSecond: rate, seconds: 0.5, prefix }, (texts, from) => {
        const outputs = texts.map((data, at) => ({
          subject: IN_SUBJECT,
          data,
          id: `bench-${prefix}-${from + at}`,
        }));
        void bus.publishAll(outputs, () => undefined);
      });
    }
  }
  return service.stop();
}
