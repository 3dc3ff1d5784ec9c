// Steady load on a scorer in a process of its own: the time from publish to scored, and its memory. Publisher and reader are
// this process, so that on two cores they and the broker take their share of what the scorer could use.
import { STREAMS } from '../../dist/core/bus/streams.js';
import { IN_SUBJECT, pendingOf, serve } from './broker.mjs';
import { makeMessage, seeded } from './messages.mjs';

const POLL_MS = 100;
const STEP_MS = 2;
/** Messages that wait while the scorer is kept busy. */
const BACKLOG = { min: 2_000, max: 20_000 };
const GIVE_UP_MS = 30_000;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];

/** Publishes at `perSecond` for `seconds`, and calls `onSent` for each with its id. Paced by the clock, in steps. */
async function publishSteadily(bus, { perSecond, seconds, prefix, onSent = () => undefined }) {
  const random = seeded(2);
  const wanted = Math.floor(perSecond * seconds);
  // Made before: making one takes as long as publishing it.
  const texts = Array.from({ length: wanted }, (_, index) =>
    makeMessage(random, index, Date.now(), `bench-${prefix}`),
  );
  const startMs = performance.now();
  for (let sent = 0; sent < wanted;) {
    const due = Math.min(wanted, Math.floor(((performance.now() - startMs) / 1_000) * perSecond) + 1);
    const outputs = texts
      .slice(sent, due)
      .map((data, at) => ({ subject: IN_SUBJECT, data, id: `bench-${prefix}-${sent + at}` }));
    for (const { id } of outputs) onSent(id);
    void bus.publishAll(outputs, () => undefined);
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

/** Milliseconds from publish to scored at a steady rate. */
export async function latency(bus, common, { perSecond, seconds, name, mode }) {
  const service = await serve({ ...common, group: name, ...(mode && { mode }) });
  while ((await pendingOf(bus, name)) > 0) await wait(POLL_MS);
  const sentMs = new Map();
  const lagsMs = [];
  const filterSubject = `earshot.scored.${name}-0.>`;
  const reader = bus.read({ stream: STREAMS.scored, filterSubject, from: 'new' }, (batch) => {
    const nowMs = performance.now();
    for (const { data } of batch) {
      const sent = sentMs.get(idOf(data));
      if (sent !== undefined) lagsMs.push(nowMs - sent);
    }
  });
  await publishSteadily(bus, { perSecond, seconds: WARM_UP_SECONDS, prefix: `${name}-warm` });
  const onSent = (id) => sentMs.set(id, performance.now());
  const wanted = await publishSteadily(bus, { perSecond, seconds, prefix: name, onSent });
  const untilMs = performance.now() + GIVE_UP_MS;
  while (lagsMs.length < wanted && performance.now() < untilMs) await wait(POLL_MS);
  await reader.stop();
  await service.stop();
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
      await publishSteadily(bus, { perSecond: rate, seconds: 0.5, prefix: `${name}-${round}` });
    }
  }
  return service.stop();
}
