/** The stateless half of Earshot: decode, dedupe, listening query, sentiment, routes. Pure: it plans what to publish for a
 *  batch of deliveries; who publishes and acknowledges is the app. A message is decoded and scored once for all pipelines. */
import type { OutboundMessage, StoredMessage } from '../bus/bus.port.ts';
import { NO_PIPELINE } from '../bus/subjects.ts';
import type { Clock } from '../clock/clock.port.ts';
import { decode, encodeMessage } from '../message/codec.ts';
import type { Message } from '../message/message.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import { PII_KINDS } from '../privacy/kinds.ts';
import { NOTHING_FOUND, type FoundCounts } from '../privacy/redactor.ts';
import { compileQueries, type QueryIndex, type QueryMatch } from '../relevance/query.index.ts';
import { labelSentiment } from '../sentiment/sentiment.ts';
import type { Stage, TelemetryEvent } from '../telemetry/telemetry.port.ts';
import { listenersBySubject, type Listeners } from './listeners.ts';
import type { Mark } from './marks.ts';
import { deadOutput, droppedOutput, pushScored, type DeadLetter, type InputPlace } from './outputs.ts';
import { readAhead, readNow } from './readings.ts';
import { createRecentKeys, type RecentKeys } from './recent-keys.ts';
import { jsonOf, Views, viewsOf, type View, type ViewsOfMessage } from './views.ts';
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
  /** Waits for nothing unless a pipeline's engine computes elsewhere. Rejects when that engine fails: no delivery of the
   *  batch is planned then. */
  plan(batch: readonly StoredMessage[]): Promise<Plan>;
  /** A delivery that cannot be used as a whole. */
  bury(letter: DeadLetter, place: InputPlace): PlannedDelivery;
}

interface Work {
  readonly message: Message;
  readonly views: ViewsOfMessage;
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
  readonly #views: Views;
  readonly #futureSkewMaxMs: number;
  readonly #unmatchedSample: number;
  readonly #readsAhead: boolean;

  constructor(options: ScorerOptions) {
    const { pipelines, dedupeKeysMax } = options;
    const configs = pipelines.map(({ config }) => config);
    this.#options = options;
    this.#byName = new Map(pipelines.map((pipeline) => [pipeline.config.name, pipeline]));
    this.#index = compileQueries(pipelines.map(({ config, query }) => ({ key: config.name, query })));
    this.#listeners = listenersBySubject(configs);
    this.#recent = createRecentKeys({ keysMax: dedupeKeysMax });
    this.#views = new Views(pipelines);
    this.#futureSkewMaxMs = Math.max(0, ...configs.map(({ window }) => window.futureSkewMax));
    this.#unmatchedSample = Math.max(0, ...configs.map(({ dropped }) => dropped.sample));
    this.#readsAhead = pipelines.some(({ engine }) => engine.kind === 'batch');
  }

  /** Stage by stage over the whole batch: each is timed with two looks at the clock. */
  async plan(batch: readonly StoredMessage[]): Promise<Plan> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const { work, deliveries, clamped } = this.#decode(batch);
    const decodedMs = clock.monotonicMs();
    for (const item of work) this.#guarded(item, () => this.#match(item));
    const matchedMs = clock.monotonicMs();
    if (this.#readsAhead) await this.#readAhead(work);
    const incidents: TelemetryEvent[] = [];
    for (const item of work) this.#guarded(item, () => this.#finish(item, incidents));
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
      ...incidents,
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
          const { message } = item;
          work.push({ message, views: viewsOf(message), place, delivery, matches: [] });
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

  /** For the pipelines that will ask for a reading, unless the message turns out to be a duplicate. */
  async #readAhead(work: readonly Work[]): Promise<void> {
    const readers = new Map<View, CompiledPipeline[]>();
    for (const item of work) {
      this.#guarded(item, () => {
        for (const { key } of item.matches ?? []) {
          const pipeline = this.#byName.get(key);
          if (pipeline?.speaks(item.message) !== true) continue;
          const view = this.#views.of(item.views, key);
          readers.set(view, [...(readers.get(view) ?? []), pipeline]);
        }
      });
    }
    await readAhead([...readers.keys()], (view) => readers.get(view) ?? []);
  }

  #finish(item: Work, incidents: TelemetryEvent[]): void {
    const { matches } = item;
    if (matches?.length === 0) this.#drop(NO_PIPELINE, 'unmatched', this.#unmatchedSample, item, incidents);
    for (const match of matches ?? []) {
      const pipeline = this.#byName.get(match.key);
      if (!pipeline) continue;
      const reason = this.#dropReason(pipeline, item);
      if (reason === undefined) this.#score(pipeline, match, item, incidents);
      else this.#drop(match.key, reason, pipeline.config.dropped.sample, item, incidents);
    }
  }

  #dropReason(pipeline: CompiledPipeline, { message, place }: Work): string | undefined {
    if (!pipeline.speaks(message)) return 'language';
    const position = place.sequence * LINES_PER_INPUT_MAX + place.line;
    const scope = this.#byName.size === 1 ? '' : pipeline.config.name;
    return this.#recent.isDuplicate(scope, message, position) ? 'duplicate' : undefined;
  }

  /** From here on the pipeline sees the message as it shows it: nothing that it redacts can come out by another way. */
  #score(pipeline: CompiledPipeline, { matched }: QueryMatch, item: Work, incidents: TelemetryEvent[]): void {
    const { place, delivery } = item;
    const { engine, config } = pipeline;
    const view = this.#views.of(item.views, config.name);
    const { message } = view;
    const reading = readNow(view, pipeline);
    const { abstainBelow } = config.sentiment;
    const sentiment = labelSentiment(reading, { abstainBelow, engine: engine.name, text: message.text });
    const { queues: routes, errors } = pipeline.route({ message, sentiment });
    for (const { queue, error } of errors) {
      incidents.push({ type: 'rule_failed', pipeline: config.name, rule: queue, error });
    }
    const { outputs, marks } = delivery;
    const { label, score } = sentiment;
    const { channel, time: timeMs } = message;
    const output = outputs.length;
    marks.push({ type: 'scored', pipeline: config.name, channel, label, score, timeMs, routes, output });
    noteRedacted(view, config.name, delivery, incidents);
    const parts = { pipeline: config.name, message, messageJson: jsonOf(view), sentiment, matched, routes };
    pushScored(outputs, parts, place.storedAtMs);
  }

  #drop(pipeline: string, reason: string, sample: number, item: Work, incidents: TelemetryEvent[]): void {
    const { place, delivery, views } = item;
    const { outputs, marks } = delivery;
    const published = sample >= 1 || this.#options.random() < sample;
    marks.push({ type: 'dropped', pipeline, reason, output: published ? outputs.length : undefined });
    if (!published) return;
    const view = pipeline === NO_PIPELINE ? this.#views.ofNobody(views) : this.#views.of(views, pipeline);
    noteRedacted(view, pipeline, delivery, incidents);
    outputs.push(droppedOutput(pipeline, reason, jsonOf(view), place));
  }

  bury(letter: DeadLetter, place: InputPlace): PlannedDelivery {
    const delivery: MutableDelivery = { outputs: [], marks: [] };
    this.#bury(letter, place, delivery);
    return delivery;
  }

  #bury(asItCame: DeadLetter, place: InputPlace, { outputs, marks }: MutableDelivery): void {
    const { letter, found } = this.#views.ofLetter(asItCame);
    marks.push({ type: 'dead', reason: letter.reason, detail: letter.detail, output: outputs.length });
    marks.push(...redactedMarks(found, NO_PIPELINE, outputs.length));
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

/** Notes what is redacted in the output that comes next. */
function noteRedacted(
  { found, unreadChars }: View,
  pipeline: string,
  { outputs, marks }: MutableDelivery,
  incidents: TelemetryEvent[],
): void {
  if (unreadChars > 0)
    incidents.push({ type: 'limit_reached', limit: 'redactCharsReadMax', pipeline, count: 1 });
  marks.push(...redactedMarks(found, pipeline, outputs.length));
}

function redactedMarks(found: FoundCounts, pipeline: string, output: number): Mark[] {
  if (found === NOTHING_FOUND) return NO_MARKS;
  return PII_KINDS.flatMap((kind): Mark[] =>
    found[kind] === 0 ? [] : [{ type: 'redacted', pipeline, kind, items: found[kind], output }],
  );
}

const NO_MARKS: Mark[] = [];
