/** One run: a producer, two scorers and a watcher on a broker that misbehaves, killed between any two events. */
import { startScorer, type ScorerService } from '../../src/app/services/scorer.service.ts';
import type { Alert } from '../../src/core/alert/alert.ts';
import { createWatcher } from '../../src/core/alert/watcher.ts';
import { STREAMS } from '../../src/core/bus/streams.ts';
import type { CompiledPipeline } from '../../src/core/pipeline/compile.ts';
import { parseScored } from '../../src/app/services/parse-scored.ts';
import { comparePanes, judgeAlerts, panesOf } from '../fault/audit.ts';
import { makePlan, type Send } from '../fault/plan.ts';
import { SimBroker, SimBus } from './sim-bus.ts';
import { startWatcherLife, type SnapshotShelf, type Spoilt, type WatcherLife } from './sim-watcher.ts';
import { Simulation } from './simulation.ts';

const START_MS = Date.UTC(2026, 0, 5, 12);
/** Virtual: a run that is not over by then never will be. */
const RUN_MS_MAX = 600_000;
const AMPLE_MS = 600_000;
/** Events between two faults, on average. */
const FAULT_EVERY = 250;
const FAULTS_MAX = 12;
const RESTART_MS = 500;
const SCORER = { group: 'scorer', inHandMax: 16, ackWait: 1_000, deliveriesMax: 1_000, dedupeKeysMax: 1_000 };
export const SHAPE = { surgeVolume: 4, surges: 2, linesPerBatch: 3 };

export interface Found {
  /** What should not be: empty for a sound run. */
  readonly wrong: readonly string[];
  readonly virtualMs: number;
  readonly events: number;
  readonly faults: number;
  readonly trace: number;
  /** Copies in SCORED that the broker did not tell. */
  readonly copies: number;
}

export async function runScenario(
  seed: number,
  pipeline: CompiledPipeline,
  spoilt: Spoilt = {},
): Promise<Found> {
  const sim = new Simulation(seed, START_MS);
  const broker = new SimBroker(sim, {
    lossRate: sim.chance(0.5) ? 0 : 0.1 * sim.random(),
    refusalRate: sim.chance(0.5) ? 0 : 0.05 * sim.random(),
    delayMsMax: sim.between(1, 50),
    duplicateWindowMs: sim.chance(0.4) ? sim.between(20, 2_000) : AMPLE_MS,
  });
  const programs = new Programs(broker, pipeline, spoilt);
  const plan = makePlan(sim.between(20, 60), seed, START_MS, SHAPE);
  const producer = new SimBus(broker);
  const confirmed = new Set<string>();
  const publish = async ({ subject, payload, id, keys }: Send): Promise<void> => {
    const sent = () => producer.publish({ subject, data: payload, id }).catch(() => undefined);
    while (!(await sent())); // Refused for now.
    for (const key of keys) confirmed.add(key);
  };
  let atMs = 0;
  for (const send of plan.sends) sim.after((atMs += sim.between(0, 40)), () => void publish(send));

  let faults = 0;
  const strike = () => {
    if (faults >= FAULTS_MAX || !sim.chance(1 / FAULT_EVERY)) return;
    faults += 1;
    programs.strike();
  };
  const isCounted = () =>
    broker.isIdle(STREAMS.in, SCORER.group) &&
    programs.watched === broker.stream(STREAMS.scored).messages.length;
  const untilMs = START_MS + RUN_MS_MAX;
  const allOut = () => confirmed.size === plan.outcomes.size && isCounted();
  const wrong: string[] = [];
  if (!(await sim.run(allOut, untilMs, strike))) wrong.push('not everything came out');
  const { lost, twice } = compareKeys(broker, plan.outcomes, AMPLE_MS === broker.options.duplicateWindowMs);
  wrong.push(...lost.map((key) => `lost ${key}`), ...twice.map((key) => `twice ${key}`));
  const state = programs.watcher?.snapshot();
  wrong.push(...comparePanes(state ? panesOf(state) : new Map(), plan.panes));

  void publish(plan.closing);
  const isClosed = () => confirmed.size > plan.outcomes.size && isCounted() && isOver(alertsOf(broker));
  if (!(await sim.run(isClosed, untilMs, strike))) wrong.push('not every alert is over');
  const alerts = alertsOf(broker);
  wrong.push(...judgeAlerts(alerts, plan));
  const [said, expected] = [alerts, uninterrupted(broker, pipeline)].map((all) =>
    all.map(({ id, state: entered }) => `${id} ${entered}`).toSorted(),
  );
  if (said?.join('\n') !== expected?.join('\n'))
    wrong.push(`told ${said?.join()}; expected ${expected?.join()}`);
  programs.stop();
  const copies = broker.stream(STREAMS.scored).messages.length - new Set(keysIn(broker, STREAMS.scored)).size;
  return {
    wrong,
    virtualMs: sim.clock.nowMs() - START_MS,
    events: sim.events,
    faults,
    trace: sim.trace,
    copies,
  };
}

/** Two scorers, as the product runs them, and a watcher; each is killed and started again. */
class Programs {
  watcher: WatcherLife | undefined;
  readonly #broker: SimBroker;
  readonly #pipeline: CompiledPipeline;
  readonly #spoilt: Spoilt;
  readonly #shelf: SnapshotShelf = { saved: undefined };
  readonly #scorers: ({ readonly service: ScorerService; readonly bus: SimBus } | undefined)[] = [];

  constructor(broker: SimBroker, pipeline: CompiledPipeline, spoilt: Spoilt) {
    this.#broker = broker;
    this.#pipeline = pipeline;
    this.#spoilt = spoilt;
    this.#startScorer(0);
    this.#startScorer(1);
    this.#startWatcher();
  }

  /** The last sequence that is counted; undefined while the watcher is away. */
  get watched(): number | undefined {
    return this.watcher?.lastSequence;
  }

  strike(): void {
    const { sim } = this.#broker;
    const which = sim.between(0, 4);
    const awayMs = sim.between(0, 1_500);
    if (which < 2) {
      this.#killScorer(which);
      sim.after(awayMs, () => this.#startScorer(which));
    } else if (which < 4) {
      this.#loseWatcher(awayMs);
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

function alertsOf(broker: SimBroker): Alert[] {
  const decoder = new TextDecoder();
  return broker.stream(STREAMS.events).messages.map(({ data }) => JSON.parse(decoder.decode(data)) as Alert);
}

function isOver(alerts: readonly Alert[]): boolean {
  const resolved = new Set(alerts.filter(({ state }) => state === 'resolved').map(({ id }) => id));
  return alerts.length > 0 && alerts.every(({ id }) => resolved.has(id));
}

/** What a watcher says that reads all of SCORED in one life. */
function uninterrupted(broker: SimBroker, { config }: CompiledPipeline): Alert[] {
  const watcher = createWatcher(config);
  const decoder = new TextDecoder();
  const tick = { kind: 'tick', atMs: broker.sim.clock.nowMs() } as const;
  const scored = broker.stream(STREAMS.scored).messages.flatMap(({ data, sequence, storedAtMs }) => {
    const message = parseScored(decoder.decode(data), config.name);
    return message ? [{ kind: 'scored' as const, message, sequence, storedAtMs }] : [];
  });
  return [...scored, tick]
    .flatMap((arrival) => watcher.step(arrival))
    .flatMap((output) => (output.kind === 'transition' ? [output.alert] : []));
}
