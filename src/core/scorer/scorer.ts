/** The stateless half of Earshot: decode, dedupe, listening query, sentiment, routes. Pure: it plans what to publish for a
 *  batch of deliveries; who publishes and acknowledges is the app. A message is decoded and scored once for all pipelines. */
import type { OutboundMessage, StoredMessage } from '../bus/bus.port.ts';
import { NO_PIPELINE } from '../bus/subjects.ts';
import type { Clock } from '../clock/clock.port.ts';
import { decode, encodeMessage } from '../message/codec.ts';
import type { Message } from '../message/message.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import { compileQueries, type QueryIndex, type QueryMatch } from '../relevance/query.index.ts';
import type { EngineReading } from '../sentiment/engine.port.ts';
import { labelSentiment } from '../sentiment/sentiment.ts';
import type { Stage, TelemetryEvent } from '../telemetry/telemetry.port.ts';
import { listenersBySubject, type Listeners } from './listeners.ts';
import type { Mark } from './marks.ts';
import { deadOutput, droppedOutput, pushScored, type DeadLetter, type InputPlace } from './outputs.ts';
import { createRecentKeys, type RecentKeys } from './recent-keys.ts';
import { errorText } from '../errors/error-text.ts';

/** Lines of one input that a position tells apart; the codec takes no more objects than this from one input. */
const LINES_PER_INPUT_MAX = 16_384;

export interface ScorerOptions {
  readonly pipelines: readonly CompiledPipeline[];
  readonly clock: Clock;
  /** The largest payload the bus takes: a dead letter is cut to it. */
  readonly payloadBytesMax: number;
  /** How many message keys one worker remembers to tell second copies, at least; four times as many at most. */
  readonly dedupeKeysMax: number;
  /** Uniform in [0, 1): which dropped messages are published where a pipeline samples them. */
  readonly random: () => number;
}

/** What to publish for one delivery, and what to count when that is confirmed. */
export interface PlannedDelivery {
  readonly outputs: readonly OutboundMessage[];
  readonly marks: readonly Mark[];
}

export interface Plan {
  /** One for each delivery, in order. */
  readonly deliveries: readonly PlannedDelivery[];
  /** Counted at once: what was read and how long the stages took. */
  readonly events: readonly TelemetryEvent[];
}

export interface Scorer {
  plan(batch: readonly StoredMessage[]): Plan;
}

interface Work {
  readonly message: Message;
  readonly place: InputPlace;
  readonly delivery: MutableDelivery;
  /** Undefined once the message has become a dead letter. */
  matches: readonly QueryMatch[] | undefined;
}
interface MutableDelivery {
  readonly outputs: OutboundMessage[];
  readonly marks: Mark[];
}

export function createScorer(options: ScorerOptions): Scorer {
  return new BatchScorer(options);
}

class BatchScorer implements Scorer {
  readonly #options: ScorerOptions;
  readonly #byName: ReadonlyMap<string, CompiledPipeline>;
  readonly #index: QueryIndex;
  readonly #listeners: (subject: string) => Listeners;
  readonly #recent: RecentKeys;
  readonly #futureSkewMaxMs: number;
  readonly #unmatchedSample: number;
  /** Of the batch in hand. */
  #routeFailures: TelemetryEvent[] = [];

  constructor(options: ScorerOptions) {
    const { pipelines, dedupeKeysMax } = options;
    const configs = pipelines.map(({ config }) => config);
    this.#options = options;
    this.#byName = new Map(pipelines.map((pipeline) => [pipeline.config.name, pipeline]));
    this.#index = compileQueries(pipelines.map(({ config, query }) => ({ key: config.name, query })));
    this.#listeners = listenersBySubject(configs);
    this.#recent = createRecentKeys({ keysMax: dedupeKeysMax });
    this.#futureSkewMaxMs = Math.max(0, ...configs.map(({ window }) => window.futureSkewMax));
    this.#unmatchedSample = Math.max(0, ...configs.map(({ dropped }) => dropped.sample));
  }

  /** Stage by stage over the whole batch: each is timed with two looks at the clock. */
  plan(batch: readonly StoredMessage[]): Plan {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const { work, deliveries, clamped } = this.#decode(batch);
    const decodedMs = clock.monotonicMs();
    for (const item of work) this.#guarded(item, () => this.#match(item));
    const matchedMs = clock.monotonicMs();
    for (const item of work) this.#guarded(item, () => this.#finish(item));
    const doneMs = clock.monotonicMs();
    const messages = work.length;
    const time = (stage: Stage, fromMs: number, toMs: number): TelemetryEvent => {
      return { type: 'stage_time', stage, seconds: (toMs - fromMs) / 1_000, messages };
    };
    const events: TelemetryEvent[] = [
      { type: 'decoded', messages },
      time('decode', startMs, decodedMs),
      time('relevance', decodedMs, matchedMs),
      time('sentiment', matchedMs, doneMs),
      ...this.#routeFailures.splice(0),
    ];
    if (clamped > 0) events.push({ type: 'clamped', messages: clamped });
    return { deliveries, events };
  }

  #decode(batch: readonly StoredMessage[]): { work: Work[]; deliveries: MutableDelivery[]; clamped: number } {
    const work: Work[] = [];
    let clamped = 0;
    const deliveries = batch.map(({ data, subject, sequence, storedAtMs, headers }) => {
      const delivery: MutableDelivery = { outputs: [], marks: [] };
      const context = { subject, headers, arrivalMs: storedAtMs, futureSkewMaxMs: this.#futureSkewMaxMs };
      let line = 0;
      for (const item of decode(data, context)) {
        const place = { subject, sequence, storedAtMs, line };
        if (item.kind === 'dead') this.#bury(item, place, delivery);
        else {
          if (item.clamped) clamped += 1;
          work.push({ message: item.message, place, delivery, matches: [] });
        }
        line += 1;
      }
      return delivery;
    });
    return { work, deliveries, clamped };
  }

  #match(item: Work): void {
    const listeners = this.#listeners(item.place.subject);
    const matches = this.#index.match(item.message);
    item.matches = listeners === 'all' ? matches : matches.filter(({ key }) => listeners.has(key));
  }

  #finish(item: Work): void {
    const { message, matches } = item;
    if (matches === undefined) return;
    const messageJson = encodeMessage(message);
    if (matches.length === 0) this.#drop(NO_PIPELINE, 'unmatched', this.#unmatchedSample, messageJson, item);
    const readings = new Map<string, EngineReading>();
    for (const match of matches) {
      const pipeline = this.#byName.get(match.key);
      if (!pipeline) continue;
      const reason = this.#dropReason(pipeline, item);
      if (reason === undefined) this.#score(pipeline, match, item, messageJson, readings);
      else this.#drop(match.key, reason, pipeline.config.dropped.sample, messageJson, item);
    }
  }

  #dropReason(pipeline: CompiledPipeline, { message, place }: Work): string | undefined {
    if (!pipeline.speaks(message)) return 'language';
    const position = place.sequence * LINES_PER_INPUT_MAX + place.line;
    const scope = this.#byName.size === 1 ? '' : pipeline.config.name;
    return this.#recent.isDuplicate(scope, message, position) ? 'duplicate' : undefined;
  }

  #score(
    pipeline: CompiledPipeline,
    { matched }: QueryMatch,
    { message, place, delivery }: Work,
    messageJson: string,
    readings: Map<string, EngineReading>,
  ): void {
    const { engine, config } = pipeline;
    let reading = readings.get(engine.name);
    if (!reading) {
      reading = engine.read(message.text);
      readings.set(engine.name, reading);
    }
    const { abstainBelow } = config.sentiment;
    const sentiment = labelSentiment(reading, { abstainBelow, engine: engine.name, text: message.text });
    const { queues: routes, errors } = pipeline.route({ message, sentiment });
    for (const { queue, error } of errors) {
      this.#routeFailures.push({ type: 'rule_failed', pipeline: config.name, rule: queue, error });
    }
    const { outputs, marks } = delivery;
    const { label, score } = sentiment;
    const { channel, time: timeMs } = message;
    const output = outputs.length;
    marks.push({ type: 'scored', pipeline: config.name, channel, label, score, timeMs, routes, output });
    const parts = { pipeline: config.name, message, messageJson, sentiment, matched, routes };
    pushScored(outputs, parts, place.storedAtMs);
  }

  #drop(
    pipeline: string,
    reason: string,
    sample: number,
    messageJson: string,
    { place, delivery }: Work,
  ): void {
    const { outputs, marks } = delivery;
    const published = sample >= 1 || this.#options.random() < sample;
    marks.push({ type: 'dropped', pipeline, reason, output: published ? outputs.length : undefined });
    if (published) outputs.push(droppedOutput(pipeline, reason, messageJson, place));
  }

  #bury(letter: DeadLetter, place: InputPlace, { outputs, marks }: MutableDelivery): void {
    marks.push({ type: 'dead', reason: letter.reason, detail: letter.detail, output: outputs.length });
    outputs.push(deadOutput(letter, place, this.#options.payloadBytesMax));
  }

  /** One message that breaks a stage is a dead letter of its own; the others of the batch go on. */
  #guarded(item: Work, stage: () => void): void {
    const { outputs, marks } = item.delivery;
    const [outputsBefore, marksBefore] = [outputs.length, marks.length];
    try {
      stage();
    } catch (error) {
      outputs.length = outputsBefore;
      marks.length = marksBefore;
      const bytes = new TextEncoder().encode(encodeMessage(item.message));
      const detail = errorText(error);
      this.#bury({ reason: 'failed', detail, bytes }, item.place, item.delivery);
      item.matches = undefined;
    }
  }
}
