/** One run: a producer, people, two scorers and a watcher on a broker that misbehaves, killed between any two events. */
import { startScorer, type ScorerService } from '../../src/app/services/scorer.service.ts';
import { createWatcher, type WatcherOutput } from '../../src/core/alert/watcher.ts';
import type { OutboundMessage } from '../../src/core/bus/bus.port.ts';
import { STREAMS } from '../../src/core/bus/streams.ts';
import { parseCommand } from '../../src/core/notify/command-codec.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import { parseScored } from '../../src/app/services/parse-scored.ts';
import { comparePanes, judgeAlerts, panesOf } from '../fault/audit.ts';
import { makePlan, type Send } from '../fault/plan.ts';
import type { Found } from './campaign.ts';
import { SimBroker, SimBus } from './sim-bus.ts';
import { judgeNotifications } from './notified.ts';
import { peopleAct } from './people.ts';
import { Said } from './said.ts';
import {
  startWatcherLife,
  type Journal,
  type SnapshotShelf,
  type Spoilt,
  type WatcherLife,
} from './sim-watcher.ts';
import { Simulation } from './simulation.ts';

const START_MS = Date.UTC(2026, 0, 5, 12);
/** Virtual: a run that is not over by then never will be. */
const RUN_MS_MAX = 3_600_000;
const AMPLE_MS = 600_000;
/** Events between two faults, on average: from seldom to hardly a moment's peace. */
const FAULT_EVERY = { min: 60, max: 300 };
const FAULTS_MAX = 12;
/** Short histories, and many of them, find more in the same time than long ones. */
const MESSAGES = { min: 14, max: 30 };
const RESTART_MS = 500;
/** Now and then a watcher stays away until all that waits for it is stale: longer than `notify.staleAfter` of the pipeline. */
const LONG_AWAY_MS = 120_000;
const LONG_AWAY_RATE = 0.5;
/** Of all runs: in the others what people are told is compared word by word. */
const MAY_STAY_AWAY_RATE = 0.5;
const SCORER = { group: 'scorer', inHandMax: 16, ackWait: 1_000, deliveriesMax: 1_000, dedupeKeysMax: 1_000 };
export const SHAPE = { surgeVolume: 4, surges: 2, linesPerBatch: 3 };

interface WholeFound extends Found {
  readonly virtualMs: number;
  readonly events: number;
  readonly faults: number;
  /** Copies in SCORED that the broker did not tell. */
  readonly copies: number;
  readonly told: number;
  readonly commands: number;
}

export async function runScenario(
  seed: number,
  pipeline: CompiledPipeline,
  spoilt: Spoilt = {},
): Promise<WholeFound> {
  const sim = new Simulation(seed, START_MS);
  const broker = new SimBroker(sim, {
    lossRate: sim.chance(0.5) ? 0 : 0.1 * sim.random(),
    refusalRate: sim.chance(0.5) ? 0 : 0.05 * sim.random(),
    delayMsMax: sim.between(1, 50),
    duplicateWindowMs: sim.chance(0.4) ? sim.between(20, 2_000) : AMPLE_MS,
  });
  const programs = new Programs(broker, pipeline, spoilt);
  const plan = makePlan(sim.between(MESSAGES.min, MESSAGES.max), seed, START_MS, SHAPE);
  const producer = new SimBus(broker);
  const confirmed = new Set<string>();
  const publish = async ({ subject, payload, id, keys }: Send): Promise<void> => {
    const sent = () => producer.publish({ subject, data: payload, id }).catch(() => undefined);
    while (!(await sent())); // Refused for now.
    for (const key of keys) confirmed.add(key);
  };
  let atMs = 0;
  for (const send of plan.sends) sim.after((atMs += sim.between(0, 40)), () => void publish(send));
  const ask = async (command: OutboundMessage): Promise<void> => {
    while (!(await producer.publish(command).catch(() => undefined)));
  };
  const firing = () => programs.watcher?.alerts().filter(({ state }) => state === 'firing') ?? [];
  peopleAct(sim, { pipeline: pipeline.config.name, fromMs: plan.startMs, forMs: atMs, ask, firing });

  let faults = 0;
  const faultEvery = sim.between(FAULT_EVERY.min, FAULT_EVERY.max);
  const strike = () => {
    if (faults >= FAULTS_MAX || !sim.chance(1 / faultEvery)) return;
    faults += 1;
    programs.strike();
  };
  const isCounted = () =>
    broker.isIdle(STREAMS.in, SCORER.group) &&
    programs.watcher?.isIdle === true &&
    programs.watched === broker.stream(STREAMS.scored).messages.length &&
    programs.obeyed === broker.stream(STREAMS.audit).messages.length;
  const untilMs = START_MS + RUN_MS_MAX;
  const allOut = () => confirmed.size === plan.outcomes.size && isCounted();
  const wrong: string[] = [];
  if (!(await sim.run(allOut, untilMs, strike))) wrong.push('not everything came out');
  const { lost, twice } = compareKeys(broker, plan.outcomes, AMPLE_MS === broker.options.duplicateWindowMs);
  wrong.push(...lost.map((key) => `lost ${key}`), ...twice.map((key) => `twice ${key}`));
  const state = programs.watcher?.snapshot();
  wrong.push(...comparePanes(state ? panesOf(state) : new Map(), plan.panes));

  void publish(plan.closing);
  const said = new Said(broker, pipeline.config.name);
  const isClosed = () => {
    if (confirmed.size === plan.outcomes.size || !isCounted()) return false;
    return said.isOver() && !said.isSilent;
  };
  if (!(await sim.run(isClosed, untilMs, strike))) wrong.push('not every alert is over');
  const { alerts, told } = said;
  wrong.push(...judgeAlerts(alerts.said, plan), ...judgeNotifications(told.said));
  const expected = uninterrupted(broker, pipeline, programs.journal);
  wrong.push(...differences(alerts.lines, expected.alerts));
  // Who was never away also tells what is stale for others.
  if (!programs.wasLongAway) wrong.push(...differences(told.lines, expected.told));
  programs.stop();
  const copies = broker.stream(STREAMS.scored).messages.length - new Set(keysIn(broker, STREAMS.scored)).size;
  return {
    wrong,
    virtualMs: sim.clock.nowMs() - START_MS,
    events: sim.events,
    faults,
    trace: sim.trace,
    copies,
    told: told.said.length,
    commands: programs.journal.size,
  };
}

/** Two scorers, as the product runs them, and a watcher; each is killed and started again. */
class Programs {
  watcher: WatcherLife | undefined;
  wasLongAway = false;
  readonly #broker: SimBroker;
  readonly #pipeline: CompiledPipeline;
  readonly #spoilt: Spoilt;
  readonly #mayStayAway: boolean;
  readonly #shelf: SnapshotShelf = { saved: undefined, journal: new Map() };
  readonly #scorers: ({ readonly service: ScorerService; readonly bus: SimBus } | undefined)[] = [];

  constructor(broker: SimBroker, pipeline: CompiledPipeline, spoilt: Spoilt) {
    this.#broker = broker;
    this.#pipeline = pipeline;
    this.#spoilt = spoilt;
    this.#mayStayAway = broker.sim.chance(MAY_STAY_AWAY_RATE);
    this.#startScorer(0);
    this.#startScorer(1);
    this.#startWatcher();
  }

  /** The last sequence that is counted; undefined while the watcher is away. */
  get watched(): number | undefined {
    return this.watcher?.lastSequence;
  }

  /** The last command that is carried out; undefined while the watcher is away. */
  get obeyed(): number | undefined {
    return this.watcher?.lastCommand;
  }

  get journal(): Journal {
    return this.#shelf.journal;
  }

  strike(): void {
    const { sim } = this.#broker;
    const which = sim.between(0, 4);
    const awayMs = sim.between(0, 1_500);
    if (which < 2) {
      this.#killScorer(which);
      sim.after(awayMs, () => this.#startScorer(which));
    } else if (which < 4) {
      const isLong = this.#mayStayAway && sim.chance(LONG_AWAY_RATE);
      this.wasLongAway ||= isLong;
      this.#loseWatcher(isLong ? LONG_AWAY_MS : awayMs);
    } else this.#broker.outageUntilMs = sim.clock.nowMs() + awayMs;
  }

  stop(): void {
    this.watcher?.kill();
    this.#killScorer(0);
    this.#killScorer(1);
  }

  #startScorer(index: number): void {
    if (this.#scorers[index]) return;
    const bus = new SimBus(this.#broker);
    const { clock } = this.#broker.sim;
    const options = { bus, settings: SCORER, pipelines: [this.#pipeline], telemetry: () => undefined, clock };
    this.#scorers[index] = { service: startScorer(options), bus };
  }

  #killScorer(index: number): void {
    const scorer = this.#scorers[index];
    this.#scorers[index] = undefined;
    scorer?.bus.cut();
    void scorer?.service.stop(); // Its timers are of the real time.
  }

  #startWatcher(): void {
    const onFailed = () => this.#loseWatcher(RESTART_MS);
    this.watcher ??= startWatcherLife(
      ...([this.#broker, this.#pipeline.config, this.#shelf, this.#spoilt, onFailed] as const),
    );
  }

  #loseWatcher(awayMs: number): void {
    this.watcher?.kill();
    this.watcher = undefined;
    this.#broker.sim.after(awayMs, () => this.#startWatcher());
  }
}

function keysIn(broker: SimBroker, stream: string): string[] {
  const decoder = new TextDecoder();
  return broker.stream(stream).messages.map(({ data }) => {
    const text = decoder.decode(data);
    const id = /"(m\d+)"/.exec(text)?.[1] ?? text;
    const kind = /"kind":"(edit|delete)"/.exec(text)?.[1];
    return kind === undefined ? id : `${id}/${kind}`;
  });
}

/** `isStrict`: the broker tells copies for longer than any outage lasts, and then each message is stored once. */
function compareKeys(broker: SimBroker, outcomes: ReadonlyMap<string, string>, isStrict: boolean) {
  const counts = new Map<string, number>();
  for (const outcome of ['scored', 'dropped', 'dead'] as const)
    for (const key of keysIn(broker, STREAMS[outcome]))
      if (outcomes.get(key) === outcome) counts.set(key, (counts.get(key) ?? 0) + 1);
  return {
    lost: [...outcomes.keys()].filter((key) => !counts.has(key)),
    twice: [...counts].filter(([, count]) => isStrict && count > 1).map(([key]) => key),
  };
}

/** In the same order, word by word. */
function differences(have: readonly string[], want: readonly string[]): string[] {
  const at = have.findIndex((line, index) => line !== want[index]);
  if (at < 0 && have.length === want.length) return [];
  const place = at < 0 ? have.length : at;
  return [`said, at ${place}: ${have[place]}; without faults: ${want[place]}`];
}

/** What a watcher says that reads all of SCORED in one life, when people do what they did at the same moments. */
function uninterrupted(broker: SimBroker, { config }: CompiledPipeline, journal: Journal) {
  const watcher = createWatcher(config, undefined, { beganMs: START_MS });
  const decoder = new TextDecoder();
  const alerts: string[] = [];
  const told: string[] = [];
  const take = (outputs: readonly WatcherOutput[]) => {
    for (const output of outputs)
      if (output.kind === 'transition') alerts.push(JSON.stringify(output.alert));
      else if (output.kind === 'notification') told.push(JSON.stringify(output.notification));
  };
  const asked = [...journal].toSorted(([left], [right]) => left - right);
  const obeyUpTo = (sequence: number) => {
    for (let next = asked[0]; next && next[1].afterSequence < sequence; next = asked[0]) {
      const [at, { tickMs }] = next;
      asked.shift();
      const stored = broker.stream(STREAMS.audit).messages[at - 1];
      const parsed = stored && parseCommand(decoder.decode(stored.data), stored.subject);
      take(watcher.step({ kind: 'tick', atMs: tickMs }));
      if (parsed?.ok) take(watcher.command(parsed.command, at));
    }
  };
  for (const { data, sequence, storedAtMs } of broker.stream(STREAMS.scored).messages) {
    obeyUpTo(sequence);
    const message = parseScored(decoder.decode(data), config.name);
    if (message) take(watcher.step({ kind: 'scored', message, sequence, storedAtMs }));
  }
  obeyUpTo(Number.POSITIVE_INFINITY);
  take(watcher.step({ kind: 'tick', atMs: broker.sim.clock.nowMs() }));
  return { alerts, told };
}
