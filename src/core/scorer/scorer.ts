/** The stateless half of Earshot: decode, listening query, dedupe, relevance filter, sentiment, routes. Pure: it plans what to publish for a
 *  batch of deliveries; who publishes and acknowledges is the app. A message is decoded and scored once for all pipelines. */
import type { OutboundMessage, StoredMessage } from '../bus/bus.port.ts';
import { NO_PIPELINE } from '../bus/subjects.ts';
import type { Clock } from '../clock/clock.port.ts';
import { decode, encodeMessage } from '../message/codec.ts';
import { JsonWriter } from '../message/json-writer.ts';
import type { Message } from '../message/message.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import { explainVerdict, judgeByFilter } from '../relevance/judge.ts';
import type { MarkLayer } from '../relevance/marks/layer.ts';
import { compileQueries, type QueryIndex } from '../relevance/query.index.ts';
import type { DropReason, FilterVerdict } from '../relevance/verdict.ts';
import { labelSentiment } from '../sentiment/sentiment.ts';
import type { Stage, TelemetryEvent } from '../telemetry/telemetry.port.ts';
import { createBury, redactedMarks, type Bury } from './bury.ts';
import type { MutableDelivery } from './delivery.ts';
import { listenersBySubject, type Listeners } from './listeners.ts';
import type { Mark } from './marks.ts';
import { droppedOutput, pushScored, type Drop, type InputPlace } from './outputs.ts';
import { readAhead, readNow } from './readings.ts';
import { keysIn, roomForKeys, type RecentKeys } from './recent-keys.ts';
import { pipelinesThatTakeBack, pushRetraction, takesBack } from './retractions.ts';
import { added } from '../slots/added.ts';
import { bringText } from './shown.ts';
import { Views, viewsOf, type View, type ViewsOfMessage } from './views.ts';
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
  /** Where it remembers them, when it plans in turns with a scorer of another thread: the room of both. One of its own when absent. */
  readonly keysRoom?: SharedArrayBuffer | undefined;
  /** Uniform in [0, 1): which dropped messages are published where a pipeline samples them. */
  readonly random: () => number;
  /** What moderators' marks add to the filter of a pipeline; looked at once for each message it judges. */
  readonly layerOf?: (pipeline: string) => MarkLayer | undefined;
}

/** What a scorer asks of a stored message. */
export type PlanInput = Pick<StoredMessage, 'subject' | 'data' | 'headers' | 'sequence' | 'storedAtMs'>;

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
  /** At once, unless a pipeline's engine computes elsewhere. Rejects when that engine fails: no delivery of the batch is
   *  planned then. */
  plan(batch: readonly PlanInput[]): Plan | Promise<Plan>;
  /** A delivery that cannot be used as a whole. */
  readonly bury: Bury;
}

interface Work {
  readonly message: Message;
  readonly views: ViewsOfMessage;
  readonly place: InputPlace;
  readonly delivery: MutableDelivery;
  /** One for each pipeline whose query matched. Undefined once the message has become a dead letter. */
  decisions: readonly Decision[] | undefined;
}
/** What a pipeline does with a message that its query matched. */
interface Decision {
  readonly pipeline: CompiledPipeline;
  readonly matched: readonly string[];
  /** Undefined when it is kept. */
  readonly dropped: DropReason | undefined;
  readonly judged: FilterVerdict | undefined;
}

interface DecodedBatch {
  readonly work: readonly Work[];
  readonly deliveries: readonly MutableDelivery[];
  readonly clamped: number;
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
  readonly #writer = new JsonWriter();
  readonly #futureSkewMaxMs: number;
  readonly #unmatchedSample: number;
  readonly #readsAhead: boolean;
  readonly #takeBack: readonly CompiledPipeline[];
  readonly bury: Bury;

  constructor(options: ScorerOptions) {
    const { pipelines, dedupeKeysMax, random, keysRoom } = options;
    const configs = pipelines.map(({ config }) => config);
    this.#options = options;
    this.#byName = new Map(pipelines.map((pipeline) => [pipeline.config.name, pipeline]));
    this.#index = compileQueries(pipelines.map(({ config, query }) => ({ key: config.name, query })));
    this.#listeners = listenersBySubject(configs);
    this.#recent = keysIn(keysRoom ?? roomForKeys({ keysMax: dedupeKeysMax, random }));
    this.#views = new Views(pipelines);
    this.bury = createBury(this.#views, options.payloadBytesMax);
    this.#futureSkewMaxMs = Math.max(0, ...configs.map(({ window }) => window.futureSkewMax));
    this.#unmatchedSample = Math.max(0, ...configs.map(({ dropped }) => dropped.sample));
    this.#readsAhead = pipelines.some(({ engine }) => engine.kind === 'batch');
    this.#takeBack = pipelinesThatTakeBack(pipelines);
  }

  /** Stage by stage over the whole batch: each is timed with two looks at the clock. */
  plan(batch: readonly PlanInput[]): Plan | Promise<Plan> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    const decoded = this.#decode(batch);
    const decodedMs = clock.monotonicMs();
    const decide = (item: Work) => this.#decide(item);
    for (const item of decoded.work) this.#guarded(item, decide);
    const matchedMs = clock.monotonicMs();
    const messages = decoded.work.length;
    const events: TelemetryEvent[] = [
      { type: 'decoded', messages },
      stageTime('decode', decodedMs - startMs, messages),
      stageTime('relevance', matchedMs - decodedMs, messages),
    ];
    if (!this.#readsAhead) return this.#finishAll(decoded, events, matchedMs);
    return this.#readAhead(decoded.work).then(() => this.#finishAll(decoded, events, matchedMs));
  }

  #finishAll({ work, deliveries, clamped }: DecodedBatch, events: TelemetryEvent[], matchedMs: number): Plan {
    const incidents: TelemetryEvent[] = [];
    const finish = (item: Work) => this.#finish(item, incidents);
    for (const item of work) this.#guarded(item, finish);
    events.push(
      stageTime('sentiment', this.#options.clock.monotonicMs() - matchedMs, work.length),
      ...incidents,
    );
    if (clamped > 0) events.push({ type: 'clamped', messages: clamped });
    return { deliveries, events };
  }

  #decode(batch: readonly PlanInput[]): DecodedBatch {
    const work: Work[] = [];
    let clamped = 0;
    const deliveries = batch.map(({ data, subject, sequence, storedAtMs, headers }) => {
      const delivery: MutableDelivery = { outputs: [], marks: [] };
      const context = { subject, headers, arrivalMs: storedAtMs, futureSkewMaxMs: this.#futureSkewMaxMs };
      let line = 0;
      for (const item of decode(data, context)) {
        const place = { subject, sequence, storedAtMs, line };
        if (item.kind === 'dead') this.bury(item, place, delivery);
        else {
          if (item.clamped) clamped += 1;
          const { message, plain } = item;
          work.push({ message, views: viewsOf(message, plain), place, delivery, decisions: [] });
        }
        line += 1;
      }
      return delivery;
    });
    return { work, deliveries, clamped };
  }

  #decide(item: Work): void {
    const listeners = this.#listeners(item.place.subject);
    let decisions: Decision[] = [];
    bringText(item.views[0]);
    for (const { key, matched } of this.#index.match(item.message)) {
      if (listeners !== 'all' && !listeners.has(key)) continue;
      const pipeline = this.#byName.get(key);
      if (pipeline !== undefined) decisions = added(decisions, this.#decisionOf(pipeline, matched, item));
    }
    item.decisions = decisions;
  }

  /** The cheapest reason first: a filter reads only what nothing else speaks against. */
  #decisionOf(pipeline: CompiledPipeline, matched: readonly string[], item: Work): Decision {
    const { message, place, views } = item;
    const { name } = pipeline.config;
    const decided = (dropped?: DropReason, judged?: FilterVerdict): Decision => {
      return { pipeline, matched, dropped, judged };
    };
    if (!pipeline.speaks(message)) return decided('language');
    const position = place.sequence * LINES_PER_INPUT_MAX + place.line;
    const scope = this.#byName.size === 1 ? '' : name;
    if (this.#recent.isDuplicate(scope, message, position)) return decided('duplicate');
    if (pipeline.filter === undefined) return decided();
    const judged = judgeByFilter(this.#views.of(views, name), pipeline, this.#options.layerOf?.(name));
    return decided(judged?.verdict === 'drop' ? 'irrelevant' : undefined, judged);
  }

  /** For the pipelines that will ask for a reading. */
  async #readAhead(work: readonly Work[]): Promise<void> {
    const readers = new Map<View, CompiledPipeline[]>();
    for (const item of work) {
      this.#guarded(item, () => {
        for (const { pipeline, dropped } of item.decisions ?? []) {
          if (dropped !== undefined) continue;
          const view = this.#views.of(item.views, pipeline.config.name);
          readers.set(view, [...(readers.get(view) ?? []), pipeline]);
        }
      });
    }
    await readAhead([...readers.keys()], (view) => readers.get(view) ?? []);
  }

  #finish(item: Work, incidents: TelemetryEvent[]): void {
    const { decisions } = item;
    if (decisions?.length === 0) this.#dropUnmatched(item, incidents);
    for (const decision of decisions ?? []) {
      if (decision.dropped === undefined) this.#score(decision, item, incidents);
      else this.#drop(decision, decision.dropped, item, incidents);
    }
    if (decisions && takesBack(item.message)) this.#retract(decisions, item);
  }

  /** For those who listen and do not keep the change. Of a duplicate, the first one was taken care of. */
  #retract(decisions: readonly Decision[], { place, message, delivery }: Work): void {
    const listeners = this.#listeners(place.subject);
    for (const pipeline of this.#takeBack) {
      const { name } = pipeline.config;
      if (listeners !== 'all' && !listeners.has(name)) continue;
      const decision = decisions.find((one) => one.pipeline === pipeline);
      if (decision && (decision.dropped === undefined || decision.dropped === 'duplicate')) continue;
      pushRetraction(delivery, pipeline, message, place.storedAtMs, this.#writer);
    }
  }

  /** From here on the pipeline sees the message as it shows it: nothing that it redacts can come out by another way. */
  #score({ pipeline, matched, judged }: Decision, item: Work, incidents: TelemetryEvent[]): void {
    const { place, delivery } = item;
    const { engine, config } = pipeline;
    const view = this.#views.of(item.views, config.name);
    const { message } = view;
    bringText(view);
    const reading = readNow(view, pipeline);
    const { abstainBelow } = config.sentiment;
    const sentiment = labelSentiment(reading, { abstainBelow, engine: engine.name, text: message.text });
    const { queues: routes, errors } = pipeline.route({ message, sentiment });
    for (const { queue, error } of errors) {
      incidents.push({ type: 'rule_failed', pipeline: config.name, rule: queue, error });
    }
    const { label, score } = sentiment;
    const { channel, time: timeMs } = message;
    const output = delivery.outputs.length;
    const mark: Mark = {
      type: 'scored',
      pipeline: config.name,
      channel,
      label,
      score,
      timeMs,
      routes,
      output,
    };
    delivery.marks = added(delivery.marks, mark);
    if (judged) noteJudged(judged, config.name, output, delivery.marks);
    noteRedacted(view, config.name, delivery, incidents);
    const parts = { pipeline: config.name, view, sentiment, matched, judged, routes };
    pushScored(delivery, parts, place.storedAtMs, this.#writer);
  }

  #drop(
    { pipeline, matched, judged }: Decision,
    reason: DropReason,
    item: Work,
    incidents: TelemetryEvent[],
  ) {
    const { name, dropped } = pipeline.config;
    const { sample } = dropped;
    const { delivery, views } = item;
    const output = this.#isPublished(sample) ? delivery.outputs.length : undefined;
    delivery.marks.push({ type: 'dropped', pipeline: name, reason, output });
    if (judged) noteJudged(judged, name, output, delivery.marks);
    if (output === undefined) return;
    const view = this.#views.of(views, name);
    // Words only for what people will see: finding them costs more than judging.
    const explained = judged && explainVerdict(judged, view, pipeline);
    this.#publishDrop(name, { reason, sample, matched, judged: explained }, view, item, incidents);
  }

  #dropUnmatched(item: Work, incidents: TelemetryEvent[]): void {
    const sample = this.#unmatchedSample;
    const { outputs, marks } = item.delivery;
    const output = this.#isPublished(sample) ? outputs.length : undefined;
    marks.push({ type: 'dropped', pipeline: NO_PIPELINE, reason: 'unmatched', output });
    if (output === undefined) return;
    const view = this.#views.ofNobody(item.views);
    this.#publishDrop(NO_PIPELINE, { reason: 'unmatched', sample }, view, item, incidents);
  }

  #isPublished(sample: number): boolean {
    return sample >= 1 || this.#options.random() < sample;
  }

  #publishDrop(pipeline: string, drop: Drop, view: View, item: Work, incidents: TelemetryEvent[]): void {
    noteRedacted(view, pipeline, item.delivery, incidents);
    item.delivery.outputs.push(droppedOutput(pipeline, drop, view, item.place, this.#writer));
  }

  /** One message that breaks a stage is a dead letter of its own; the others of the batch go on. */
  #guarded(item: Work, stage: (item: Work) => void): void {
    const { delivery } = item;
    const [outputsBefore, marksBefore] = [delivery.outputs.length, delivery.marks.length];
    try {
      stage(item);
    } catch (error) {
      delivery.outputs.length = outputsBefore;
      delivery.marks.length = marksBefore;
      const bytes = new TextEncoder().encode(encodeMessage(item.message));
      const detail = errorText(error);
      this.bury({ reason: 'failed', detail, bytes }, item.place, delivery);
      item.decisions = undefined;
    }
  }
}

function stageTime(stage: Stage, elapsedMs: number, messages: number): TelemetryEvent {
  return { type: 'stage_time', stage, seconds: elapsedMs / 1_000, messages };
}

function noteJudged(
  { verdict, overruled }: FilterVerdict,
  pipeline: string,
  output: number | undefined,
  marks: Mark[],
): void {
  marks.push({ type: 'judged', pipeline, verdict, overruled: overruled !== undefined, output });
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
