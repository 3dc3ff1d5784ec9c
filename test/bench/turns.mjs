// Several pairs of a broker and a measured process that take turns of a quarter of a second: all but one pair are stopped
// (SIGSTOP). A machine that is slower for a while is slower for each of them, so their ratio holds where rounds one after the
// other would measure the neighbours of the machine.
import { setTimeout as wait } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { openAt, publishAll, startServer, WORKER } from './broker.mjs';

const TURN_MS = 250;
const TICKS_PER_SECOND = 100;

/** Seconds of processor time that a process has had, all its threads together. */
function cpuSecondsOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** A broker that holds the texts, and the measured process beside it, both stopped until their first turn. */
async function openPair(texts, options) {
  const server = await startServer();
  const bus = await openAt(server.url);
  await publishAll(bus, texts);
  const args = [WORKER, JSON.stringify({ ...options, url: server.url, tell: 'progress' })];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const pair = {
    server,
    bus,
    child,
    options,
    ranMs: 0,
    resumedMs: undefined,
    from: undefined,
    to: undefined,
  };
  child.once('exit', (code) => (pair.ended = code ?? 0));
  child.on('message', ({ done, isWarm, peakMb }) => {
    const ranMs = pair.ranMs + (pair.resumedMs === undefined ? 0 : performance.now() - pair.resumedMs);
    const mark = {
      ...{ done, ranMs, peakMb, cpu: cpuSecondsOf(child.pid) },
      brokerCpu: cpuSecondsOf(server.pid),
    };
    if (isWarm) pair.from ??= mark;
    pair.to = mark;
  });
  stop(pair);
  return pair;
}

function signal({ child, server }, name) {
  for (const pid of name === 'SIGSTOP' ? [child.pid, server.pid] : [server.pid, child.pid])
    process.kill(pid, name);
}

function stop(pair) {
  signal(pair, 'SIGSTOP');
  if (pair.resumedMs !== undefined) pair.ranMs += performance.now() - pair.resumedMs;
  pair.resumedMs = undefined;
}

async function takeTurn(pair) {
  pair.resumedMs = performance.now();
  signal(pair, 'SIGCONT');
  await wait(TURN_MS);
  stop(pair);
}

/** Each has its first turn alone, until it is warm: one that starts more slowly would be measured for less long. */
async function warmUp(pair) {
  while (pair.from === undefined && pair.ended === undefined) await takeTurn(pair);
}

function resultOf({ from, to, options }) {
  const messages = to.done - from.done;
  const seconds = (to.ranMs - from.ranMs) / 1_000;
  const cpuSeconds = to.cpu - from.cpu;
  return {
    ...{ mode: options.mode, perSecond: messages / seconds, seconds, cpuSeconds, peakMb: to.peakMb },
    cpuMicros: (cpuSeconds / messages) * 1e6,
    brokerMicros: ((to.brokerCpu - from.brokerCpu) / messages) * 1e6,
  };
}

/** One result for each of `all`, what the measured processes are told, in their order: of what they did until the first had done with the
 *  texts. `after` is asked of the bus of each. */
export async function measureInTurns(texts, all, after = () => undefined) {
  const pairs = [];
  try {
    for (const options of all) pairs.push(await openPair(texts, options));
    for (const pair of pairs) await warmUp(pair);
    while (pairs.every(({ to, ended }) => ended === undefined && (to?.done ?? 0) < texts.length))
      for (const pair of pairs) await takeTurn(pair);
    const broken = pairs.find(({ ended, from }) => ended > 0 || from === undefined);
    if (broken) throw new Error(`${broken.options.mode} ended with ${broken.ended} before it was measured`);
    const results = [];
    for (const pair of pairs) {
      pair.child.kill('SIGKILL');
      signal(pair, 'SIGCONT');
      results.push({ ...resultOf(pair), after: await after(pair.bus, pair.options) });
    }
    return results;
  } finally {
    for (const { bus, child, server } of pairs) {
      child.kill('SIGKILL');
      process.kill(server.pid, 'SIGCONT');
      await bus.close();
      await server.stop();
    }
  }
}
