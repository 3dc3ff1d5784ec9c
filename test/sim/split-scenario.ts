/** One run of a pipeline that is split: a stream of scored messages with copies, edits, deletions and late ones, and machines that
 *  share its shards and its owner while they are killed, drained, held up and told wrong times. */
import { sha256 } from '../../src/adapters/crypto/sha256.ts';
import { readScored } from '../../src/app/services/parse-scored.ts';
import type { Alert } from '../../src/core/alert/alert.ts';
import type { GroupState } from '../../src/core/alert/group.ts';
import { createWatcher, type WatcherOutput } from '../../src/core/alert/watcher.ts';
import { WATCHER_STATE_VERSION, type TallyState } from '../../src/core/alert/watcher-state.ts';
import type { OutboundMessage } from '../../src/core/bus/bus.port.ts';
import { STREAMS } from '../../src/core/bus/streams.ts';
import { subjects } from '../../src/core/bus/subjects.ts';
import { ownerName, shardName } from '../../src/core/partition/shard-of.ts';
import { SHARD_STATE_VERSION } from '../../src/core/partition/shard-watcher.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import { openSnapshot } from '../../src/core/snapshot/envelope.ts';
import { alertLine, notificationLine, paneLines, saidOf } from '../core/partition/said.ts';
import { scoredMessage } from '../core/window/arrivals.ts';
import type { Found } from './campaign.ts';
import { Machine } from './machine.ts';
import { judgeNotifications } from './notified.ts';
import { Said } from './said.ts';
import { SimBroker, SimBus, type SimBusOptions, type Wrongs } from './sim-bus.ts';
import { SimStores } from './sim-stores.ts';
import { Simulation } from './simulation.ts';
import { useVirtualTimers } from './virtual-timers.ts';

const START_MS = Date.UTC(2026, 0, 5, 12);
/** Virtual: a run that is not over by then never will be. */
const RUN_MS_MAX = 300_000;
const AMPLE_MS = 600_000;
const MESSAGES = { min: 10, max: 40 };
const FAULTS_MAX = 8;
/** Behind the last message, so that what was counted before is in the last snapshots. */
const CLOSING_MS = 16_000;
/** What is counted is said by then. */
const SETTLED_MS = 1_500;
/** Longer than a lease lasts. */
const AWAY_MS_MAX = 5_000;
const LATENCY_MS_MAX = 200;
const CHANNELS = ['a', 'a', 'b', 'c', 'd', 'e'];
const LABELS = ['negative', 'negative', 'positive', 'neutral'] as const;

interface SplitFound extends Found {
  readonly virtualMs: number;
  readonly events: number;
  readonly faults: number;
  readonly alerts: number;
  readonly reports: number;
  /** Lives of shards that ended and went on somewhere else. */
  readonly tenures: number;
}

export async function runSplit(
  seed: number,
  pipelines: readonly CompiledPipeline[],
  wrongs: Wrongs = {},
): Promise<SplitFound> {
  const sim = new Simulation(seed, START_MS);
  const giveBack = useVirtualTimers(sim);
  try {
    const pipeline = pipelines[sim.between(0, pipelines.length - 1)];
    if (!pipeline) throw new Error('there is no pipeline');
    return await new SplitRun(sim, pipeline, wrongs).run();
  } finally {
    giveBack();
  }
}

class SplitRun {
  readonly #sim: Simulation;
  readonly #pipeline: CompiledPipeline;
  readonly #network: { -readonly [name in keyof SimBusOptions]: SimBusOptions[name] };
  readonly #broker: SimBroker;
  readonly #stores = new SimStores();
  readonly #machines: readonly Machine[];
  readonly #said: Said;
  #faults = 0;
  #sent = 0;
  #confirmed = 0;

  constructor(sim: Simulation, pipeline: CompiledPipeline, wrongs: Wrongs) {
    this.#sim = sim;
    this.#pipeline = pipeline;
    this.#network = {
      lossRate: sim.chance(0.5) ? 0 : 0.1 * sim.random(),
      refusalRate: sim.chance(0.5) ? 0 : 0.05 * sim.random(),
      delayMsMax: sim.between(1, 50),
      duplicateWindowMs: sim.chance(0.4) ? sim.between(20, 2_000) : AMPLE_MS,
    };
    this.#broker = new SimBroker(sim, this.#network);
    this.#said = new Said(this.#broker, this.#name);
    const surroundings = { broker: this.#broker, stores: this.#stores, pipeline, wrongs };
    const names = ['ada', 'bea', 'cyd'].slice(0, sim.between(2, 3));
    this.#machines = names.map((name) => new Machine(name, surroundings));
  }

  async run(): Promise<SplitFound> {
    const sim = this.#sim;
    for (const machine of this.#machines) sim.after(sim.between(0, 300), () => machine.start());
    const closingMs = this.#publishAll();
    let strikeMs = 0;
    for (; this.#faults < FAULTS_MAX && sim.chance(0.9); this.#faults += 1)
      sim.after((strikeMs += sim.between(0, 3_000)), () => this.#strike());
    const quietMs = Math.max(closingMs, START_MS + strikeMs + AWAY_MS_MAX);
    let overSinceMs = Number.POSITIVE_INFINITY;
    const isOver = () => {
      const nowMs = sim.clock.nowMs();
      const isOut = nowMs > quietMs && this.#isCounted() && this.#said.isOver();
      // What is compared is to be saved: a drain does not wait for a broker that has no room.
      if (isOut) this.#network.lossRate = this.#network.refusalRate = 0;
      overSinceMs = isOut ? Math.min(overSinceMs, nowMs) : Number.POSITIVE_INFINITY;
      return nowMs - overSinceMs >= SETTLED_MS;
    };
    const untilMs = START_MS + RUN_MS_MAX;
    const wrong: string[] = [];
    if (!(await sim.run(isOver, untilMs))) wrong.push('not everything is counted and over');
    const saidAtMs = sim.clock.nowMs();
    for (const machine of this.#machines) machine.retire();
    const areDown = () => this.#machines.every(({ isUp }) => !isUp);
    if (!(await sim.run(areDown, untilMs))) wrong.push('not everybody drained');
    if (wrong.length === 0) wrong.push(...(await this.#compare(saidAtMs, closingMs)));
    const alerts = this.#said.alerts.said.length;
    return {
      ...{ wrong, alerts, faults: this.#faults, trace: sim.trace, events: sim.events },
      virtualMs: sim.clock.nowMs() - START_MS,
      reports: this.#broker.stream(STREAMS.parts).messages.length,
      tenures: [...this.#stores.leases.values()].reduce((sum, { changes }) => sum + changes, 0),
    };
  }

  /** When the last of them, which closes what is compared, is there. */
  #publishAll(): number {
    const sim = this.#sim;
    const producer = new SimBus(this.#broker);
    const send = async (message: OutboundMessage) => {
      this.#sent += 1;
      while (!(await producer.publish(message).catch(() => undefined))); // Refused for now.
      this.#confirmed += 1;
    };
    const draw = <T>(all: readonly T[]): T => all[sim.between(0, all.length - 1)] as T;
    const count = sim.between(MESSAGES.min, MESSAGES.max);
    let atMs = 1_000;
    const perBatch = sim.chance(0.4) ? sim.between(2, 4) : 1;
    let lines: OutboundMessage[] = [];
    const post = (id: string, options: object, delayMs: number, isLast = true) => {
      const time = START_MS + atMs - delayMs;
      const message = { ...scoredMessage(id, time, options), pipeline: this.#name };
      const { channel, sentiment, kind, version } = message;
      const subject = subjects.scored(this.#name, channel, sentiment.label);
      lines.push({ subject, data: JSON.stringify(message), id: `${this.#name}:${id}:${kind}:${version}` });
      if (lines.length < perBatch && !isLast) return;
      const outbound = perBatch > 1 ? batchOf(this.#name, lines) : lines[0];
      lines = [];
      for (const laterMs of sim.chance(0.1) ? [0, sim.between(0, 3_000)] : [0])
        sim.after(atMs + laterMs, () => outbound && void send(outbound));
    };
    for (let number = 0; number < count; number += 1) {
      atMs += sim.chance(0.1) ? sim.between(0, 3_000) : sim.between(0, 400);
      const back = number > 0 && sim.chance(0.2) ? sim.between(1, Math.min(number, 6)) : 0;
      const kind = back === 0 ? 'create' : draw(['edit', 'delete', 'create'] as const);
      const version = back === 0 ? '1' : draw(['2', '3']);
      const own = {
        label: draw(LABELS),
        channel: draw(CHANNELS),
        author: draw(['ann', 'bob', 'cid', 'dan']),
      };
      const delayMs = sim.chance(0.05) ? sim.between(0, 60_000) : sim.between(0, 1_500);
      const options = { ...own, source: draw(['x', 'x', 'y']), kind, version };
      post(`m${number - back}`, options, delayMs, number === count - 1);
    }
    atMs += CLOSING_MS;
    post('closing', { channel: 'end' }, 0);
    return START_MS + atMs;
  }

  #strike(): void {
    const sim = this.#sim;
    const machine = this.#machines[sim.between(0, this.#machines.length - 1)];
    const ms = sim.between(0, AWAY_MS_MAX);
    const outage = () => {
      this.#broker.outageUntilMs = sim.clock.nowMs() + ms;
      for (const one of this.#machines) one.disconnect(ms);
    };
    const faults = [
      () => machine?.kill(ms),
      () => machine?.kill(ms),
      () => machine?.drain(ms),
      () => machine?.disconnect(ms),
      () => machine?.hold(sim.between(0, LATENCY_MS_MAX)),
      () => machine?.jump((sim.chance(0.5) ? 1 : -1) * sim.between(0, 1_000) ** 3),
      outage,
      () => machine?.standStill(ms),
      () => machine?.hold(ms),
    ];
    faults[sim.between(0, faults.length - 1)]?.();
  }

  get #name(): string {
    return this.#pipeline.config.name;
  }

  /** Owner and shards are there and have counted all that is stored. */
  #isCounted(): boolean {
    if (this.#confirmed < this.#sent) return false;
    const last = this.#broker.stream(STREAMS.scored).messages.length;
    const { shards } = this.#pipeline.config.watch;
    const counted = new Set<number>();
    let isOwned = false;
    for (const { service } of this.#machines) {
      isOwned ||= service?.watcher(this.#name)?.position().sequence === last;
      for (const one of (service?.describe(this.#name).shards ?? []) as { shard: number; sequence: number }[])
        if (one.sequence === last) counted.add(one.shard);
    }
    return isOwned && counted.size === shards;
  }

  /** With one watcher that reads all of it in one life. */
  async #compare(untilMs: number, closingMs: number): Promise<string[]> {
    const { config } = this.#pipeline;
    const watcher = createWatcher(config);
    const outputs: WatcherOutput[] = [];
    for (const stored of this.#broker.stream(STREAMS.scored).messages)
      for (const arrival of readScored(stored, config.name).arrivals) outputs.push(...watcher.step(arrival));
    outputs.push(...watcher.step({ kind: 'tick', atMs: untilMs }));
    this.#said.isOver();
    const { alerts, told } = this.#said;
    const said = [...alerts.said.map(alertLine), ...told.said.map(notificationLine)];
    const { shards } = config.watch;
    const owner = await this.#stateOf(ownerName(config.name, shards), WATCHER_STATE_VERSION);
    const parts: TallyState[] = [];
    for (let shard = 0; shard < shards; shard += 1)
      parts.push(await this.#stateOf(shardName(config.name, { shard, shards }), SHARD_STATE_VERSION));
    const groups = [
      ...owner.groups.filter(isWhole),
      ...parts.flatMap((part) => part.groups.filter(isChannel)),
    ];
    return [
      ...judgeLives(alerts.said),
      ...judgeNotifications(told.said),
      ...differences('said', said.toSorted(), saidOf(outputs)),
      ...differences(
        'pane',
        panesBefore(closingMs, groups),
        panesBefore(closingMs, watcher.snapshot().groups),
      ),
    ];
  }

  async #stateOf(name: string, stateVersion: number): Promise<TallyState> {
    const [newest] = await this.#stores.snapshots.load(`watcher.${name}`);
    const bytes = (await newest?.read()) ?? new Uint8Array();
    const opened = openSnapshot(bytes, { pipeline: this.#name, stateVersion }, sha256);
    if (!opened.ok) throw new Error(`snapshot of ${name}: ${opened.detail}`);
    return JSON.parse(new TextDecoder().decode(opened.payload)) as TallyState;
  }
}

/** Of each alert one beginning and one end. */
function judgeLives(alerts: readonly Alert[]): string[] {
  const lives = new Map<string, string>();
  for (const { id, state } of alerts) lives.set(id, `${lives.get(id) ?? ''} ${state}`);
  return [...lives].flatMap(([id, life]) =>
    /^( pending)?( firing resolved| inactive)$/.test(life) ? [] : [`${id}:${life}`],
  );
}

/** As a scorer with `output.batch` says it. */
function batchOf(pipeline: string, lines: readonly OutboundMessage[]): OutboundMessage {
  const data = lines.map((line) => line.data).join('\n');
  return { subject: subjects.scoredBatch(pipeline), data, id: `batch:${lines[0]?.id}` };
}

const isWhole = ({ channel }: GroupState) => channel === undefined;
const isChannel = (group: GroupState) => !isWhole(group);

/** Of what is counted after that the last snapshots may not know. */
function panesBefore(endMs: number, groups: readonly GroupState[]): string[] {
  const lines = groups.flatMap((group) =>
    group.series.flatMap((series) => {
      const panes = series.panes.filter(({ startMs }) => startMs + series.paneMs <= endMs);
      const own = paneLines({ series: [{ ...series, panes }] });
      return own.map((line) => `${group.channel ?? 'all'} ${line}`);
    }),
  );
  return lines.toSorted();
}

/** What one has that the other has not, as often as it has it. */
function differences(what: string, have: readonly string[], want: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const line of have) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of want) counts.set(line, (counts.get(line) ?? 0) - 1);
  return [...counts].flatMap(([line, count]) =>
    count === 0 ? [] : [`${what} ${count > 0 ? 'too much' : 'missing'}: ${line}`],
  );
}
