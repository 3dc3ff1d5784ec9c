// One measured process on EARSHOT_IN. `passthrough` parses, serializes, publishes with a message id and acknowledges after
// the broker confirmed; `scorer` is the whole scorer. Both stand on the same bus; `client` is the passthrough on the client library
// alone. They end after `total` messages and print one line of JSON, measured from the end of a warm-up to the last acknowledgement. With
// `tell` their parent, which lets them go, hears of them instead: 'memory' each second, or 'progress'.
import { clearInterval, setInterval } from 'node:timers';
import { TextDecoder } from 'node:util';
import { systemClock } from '../../dist/app/clock.js';
import { loadSettings } from '../../dist/app/config/settings.js';
import { keepHeapLean } from '../../dist/app/heap.js';
import { openBus } from '../../dist/app/open-bus.js';
import { loadPipelineText } from '../../dist/app/pipelines/pipeline-files.js';
import { secondLaneOf } from '../../dist/app/scoring/second-lane.js';
import { startScorer } from '../../dist/app/services/scorer.service.js';
import { STREAMS } from '../../dist/core/bus/streams.js';
import { clientLoop } from './client-loop.mjs';

const SAMPLE_EVERY_MS = 1_000;
const startedMs = performance.now();
const { mode, url, total, engine, group, pipelines, tell, output = {} } = JSON.parse(process.argv[2]);
const settings = await loadSettings({ overrides: [['bench', ['bus', 'url'], url]] }, {});
const heap = keepHeapLean(); // As `earshot run` does.
const { bus } = await openBus(settings);

/** Not measured: until then the engine is still compiling what it runs, a tenth of the scorer's processor time at 10,000. */
const WARM_UP = Math.min(50_000, Math.floor(total / 4));
let firstMs;
let firstCpu;
let done = 0;
let measuredFrom = 0;
let finish;
const finished = new Promise((resolve) => (finish = resolve));
function count(messages) {
  done += messages;
  if (firstMs === undefined && done >= WARM_UP) {
    firstMs = performance.now();
    firstCpu = process.cpuUsage();
    measuredFrom = done;
  }
  if (done >= total && tell === undefined) finish();
}

const TELL_EVERY_MS = { memory: SAMPLE_EVERY_MS, progress: 20 };
function tellParent() {
  let told;
  const send = () => {
    if (tell === 'progress' && told === done) return;
    told = done;
    const peakMb = process.resourceUsage().maxRSS / 1_024;
    const rssMb = tell === 'memory' ? process.memoryUsage.rss() / 1_048_576 : undefined;
    process.send({ done, isWarm: firstMs !== undefined, peakMb, rssMb });
  };
  const timer = setInterval(send, TELL_EVERY_MS[tell]);
  process.once('disconnect', () => {
    clearInterval(timer);
    finish();
  });
  send();
}

async function passthrough() {
  const decoder = new TextDecoder();
  const subscription = bus
    .consume({ stream: STREAMS.in, durable: group, ackWaitMs: 30_000, inHandMax: settings.scorer.inHandMax })
    .subscribe((batch) => {
      const outputs = batch.map(({ data }) => {
        const message = JSON.parse(decoder.decode(data));
        const subject = `earshot.scored.${group}-0.${message.channel}.neutral`;
        return { subject, data: JSON.stringify(message), id: `${group}:${message.id}` };
      });
      void bus.publishAll(outputs, (at, outcome) => {
        if (outcome instanceof Error) throw outcome;
        batch[at].ack();
        count(1);
      });
    });
  await finished;
  subscription.unsubscribe();
}

function client() {
  const { inHandMax } = settings.scorer;
  return clientLoop({ url, stream: STREAMS.in, group, inHandMax, count, finished });
}

/** One pipeline hears everything; the others stand for brands that are listened for and not spoken of. */
async function compile(index) {
  const name = `${group}-${index}`;
  const query =
    index === 0
      ? '@skylineair OR "skyline air" OR #skyline'
      : `brand${index} OR "brand ${index}" OR #brand${index}`;
  const route = '{ queue: urgent, when: \'label == "negative" && author.followers >= 50000\' }';
  const text = `{ name: ${name}, listen: { query: '${query}' }, sentiment: { engine: ${engine} }, routes: [${route}], output: ${JSON.stringify(output)} }`;
  const load = await loadPipelineText(name, text, {});
  if (!load.ok) throw new Error(JSON.stringify(load.problems));
  return load.loaded.pipeline;
}

async function startScoring(telemetry) {
  return startScorer({
    bus,
    settings: { ...settings.scorer, group },
    pipelines: await Promise.all(Array.from({ length: pipelines }, (_, index) => compile(index))),
    clock: systemClock,
    telemetry,
    secondLane: secondLaneOf(settings),
  });
}

async function scoreAll() {
  const service = await startScoring((event) => {
    if (event.type === 'scored') count(event.scores.length);
    if (event.type === 'dropped' || event.type === 'dead') count(event.messages);
  });
  await finished;
  await service.stop();
}

if (tell !== undefined) tellParent();
await { passthrough, client, scorer: scoreAll }[mode]();
if (tell === undefined) {
  const seconds = (performance.now() - firstMs) / 1_000;
  const cpu = process.cpuUsage(firstCpu);
  process.stdout.write(
    `${JSON.stringify({
      perSecond: (done - measuredFrom) / seconds,
      seconds,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      cpuMicros: (cpu.user + cpu.system) / (done - measuredFrom),
      peakMb: process.resourceUsage().maxRSS / 1_024,
      /** With opening the bus, the pipelines and the warm-up. */
      wholeSeconds: (performance.now() - startedMs) / 1_000,
    })}\n`,
  );
}
heap.unsubscribe();
await bus.close();
