// What one more of something costs, as processor time a message: rules in a watcher, clients of the WebSocket feed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createFeed } from '../../dist/adapters/websocket/feed.js';
import { createWatcher } from '../../dist/core/alert/watcher.js';
import { pipelineConfig } from '../../dist/core/pipeline/pipeline.config.js';
import { seeded } from './messages.mjs';

const START_MS = Date.UTC(2026, 0, 1);
const LABELS = ['negative', 'neutral', 'positive', 'uncertain'];
const CLIENTS = new URL('clients.mjs', import.meta.url).pathname;

function cpuMicros() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** A hundred messages a second of event time, on four channels. */
function scored(random, index) {
  const label = LABELS[Math.floor(random() * LABELS.length)];
  const score = { negative: -0.7, neutral: 0, positive: 0.7, uncertain: 0.1 }[label];
  return {
    ...{ id: `m${index}`, version: '0', kind: 'create', time: START_MS + index * 10, source: 'bench' },
    ...{ channel: ['social', 'chat', 'tickets', 'reviews'][index % 4], text: `message ${index}` },
    ...{ author: { id: `u${index % 5_000}` }, pipeline: 'bench', routes: [], arrival: START_MS },
    sentiment: { label, score, probability: { negative: 0.3, neutral: 0.4, positive: 0.3 }, engine: 'bench' },
    relevance: { matched: ['bench'] },
  };
}

/** Processor microseconds a message in a watcher with each of these numbers of threshold rules, grouped by channel. The
 *  first of all runs is not counted: until then the engine is still compiling what it runs. */
export function watcherCosts(counts, messages) {
  watcherCost(counts[0], messages);
  return counts.map((count) => ({ count, micros: watcherCost(count, messages) }));
}

function watcherCost(rules, messages) {
  const alerts = Array.from({ length: rules }, (_, index) => ({
    ...{ name: `rule-${index}`, when: `volume >= 50 && negativeShare > ${0.5 + index / 1_000}` },
    ...{ over: '5m', for: '1m', groupBy: ['channel'] },
  }));
  const watcher = createWatcher(pipelineConfig.parse({ name: 'bench', listen: { query: 'bench' }, alerts }));
  const random = seeded(3);
  const warmUp = Math.floor(messages / 4);
  let fromMicros = cpuMicros();
  for (let index = 0; index < messages; index += 1) {
    if (index === warmUp) fromMicros = cpuMicros();
    const message = scored(random, index);
    watcher.step({ kind: 'scored', message, sequence: index + 1, storedAtMs: message.time + 5 });
  }
  return (cpuMicros() - fromMicros) / (messages - warmUp);
}

/** Processor microseconds a message in a feed with so many clients that want everything, at a steady rate. The clients are
 *  another process. */
export async function feedCost(clients, { perSecond, seconds }) {
  const feed = createFeed({ telemetry: () => undefined, pipelines: () => ['bench'], clientsMax: clients });
  const server = createServer().on('upgrade', (request, socket, head) => {
    feed.handleUpgrade(request, socket, head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const child = spawn(process.execPath, [CLIENTS, String(server.address().port), String(clients)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message'); // All are connected.
  const random = seeded(4);
  const fromMicros = cpuMicros();
  const startMs = performance.now();
  const wanted = perSecond * seconds;
  for (let sent = 0; sent < wanted;) {
    const due = Math.min(wanted, Math.floor(((performance.now() - startMs) / 1_000) * perSecond) + 1);
    const batch = Array.from({ length: due - sent }, (_, index) => {
      const { pipeline, channel, sentiment, ...rest } = scored(random, sent + index);
      const json = JSON.stringify({ pipeline, channel, sentiment, ...rest });
      return { type: 'scored', pipeline, channel, label: sentiment.label, json };
    });
    feed.publish(batch);
    sent = due;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const micros = (cpuMicros() - fromMicros) / wanted;
  const connected = feed.clients;
  child.disconnect();
  await once(child, 'exit');
  await feed.close();
  server.close();
  return { clients, connected, perSecond, micros };
}
