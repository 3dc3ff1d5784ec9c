/** The stateless half of Earshot: decode, dedupe, listening query, sentiment, routes. Pure: it plans what to publish for a
 *  batch of deliveries; who publishes and acknowledges is the app. A message is decoded and scored once for all pipelines. */
import type { OutboundMessage, StoredMessage } from '../bus/bus.port.ts';
import { NO_PIPELINE, subjectMatches } from '../bus/subjects.ts';
import type { Clock } from '../clock/clock.port.ts';
import { decode, encodeMessage } from '../message/codec.ts';
import type { Message } from '../message/message.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import { compileQueries, type QueryMatch } from '../relevance/query.index.ts';
import type { EngineReading } from '../sentiment/engine.port.ts';
import { labelSentiment } from '../sentiment/sentiment.ts';
import type { Stage, TelemetryEvent } from '../telemetry/telemetry.port.ts';
import type { Mark } from './marks.ts';
import { deadOutput, droppedOutput, pushScored, type DeadLetter, type InputPlace } from './outputs.ts';
import { createRecentKeys } from './recent-keys.ts';

/** Lines of one input that a position tells apart; the codec takes no more objects than this from one input. */
const LINES_PER_INPUT_MAX = 16_384;
const SUBJECTS_REMEMBERED_MAX = 10_000;

export interface ScorerOptions {
  readonly pipelines: readonly CompiledPipeline[];
  readonly clock: Clock;
  /** The largest payload the bus takes: a dead letter is cut to it. */
  readonly payloadBytesMax: number;
  /** How many message keys one worker remembers to tell second copies, at least; twice as many at most. */
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
  const { pipelines, clock } = options;
  const byName = new Map(pipelines.map((pipeline) => [pipeline.config.name, pipeline]));
  const index = compileQueries(pipelines.map(({ config, query }) => ({ key: config.name, query })));
  const futureSkewMaxMs = Math.max(0, ...pipelines.map(({ config }) => config.window.futureSkewMax));
  const unmatchedSample = Math.max(0, ...pipelines.map(({ config }) => config.dropped.sample));
  const recent = createRecentKeys({ keysMax: options.dedupeKeysMax });
  const listening = listenersBySubject(pipelines);
  let routeFailures: TelemetryEvent[] = []; // Of the batch in hand.

  function decodeAll(batch: readonly StoredMessage[]): {
    work: Work[];
    deliveries: MutableDelivery[];
    clamped: number;
  } {
    const work: Work[] = [];
    let clamped = 0;
    const deliveries = batch.map((stored) => {
      const delivery: MutableDelivery = { outputs: [], marks: [] };
      const decoded = decode(stored.data, {
        subject: stored.subject,
        arrivalMs: stored.storedAtMs,
        futureSkewMaxMs,
        ...(stored.headers ? { headers: stored.headers } : {}),
      });
      for (const [line, item] of decoded.entries()) {
        const place = {
          subject: stored.subject,
          sequence: stored.sequence,
          storedAtMs: stored.storedAtMs,
          line,
        };
        if (item.kind === 'dead') bury(item, place, delivery);
        else {
          if (item.clamped) clamped += 1;
          work.push({ message: item.message, place, delivery, matches: [] });
        }
      }
      return delivery;
    });
    return { work, deliveries, clamped };
  }

  function bury(letter: DeadLetter, place: InputPlace, delivery: MutableDelivery): void {
    const { outputs, marks } = delivery;
    marks.push({ type: 'dead', reason: letter.reason, detail: letter.detail, output: outputs.length });
    outputs.push(deadOutput(letter, place, options.payloadBytesMax));
  }

  function finish(item: Work): void {
    const { message, place, matches } = item;
    if (matches === undefined) return;
    const messageJson = encodeMessage(message);
    if (matches.length === 0) {
      drop(NO_PIPELINE, 'unmatched', unmatchedSample, messageJson, item);
      return;
    }
    const readings = new Map<string, EngineReading>();
    for (const match of matches) {
      const pipeline = byName.get(match.key);
      if (!pipeline) continue;
      const reason = dropReason(pipeline, message, place);
      if (reason === undefined) score(pipeline, match, item, messageJson, readings);
      else drop(match.key, reason, pipeline.config.dropped.sample, messageJson, item);
    }
  }

  function dropReason(pipeline: CompiledPipeline, message: Message, place: InputPlace): string | undefined {
    if (!pipeline.speaks(message)) return 'language';
    const position = place.sequence * LINES_PER_INPUT_MAX + place.line;
    const scope = pipelines.length === 1 ? '' : pipeline.config.name;
    return recent.isDuplicate(scope, message, position) ? 'duplicate' : undefined;
  }

  function drop(
    pipeline: string,
    reason: string,
    sample: number,
    messageJson: string,
    { place, delivery }: Work,
  ): void {
    const { outputs, marks } = delivery;
    const published = sample >= 1 || options.random() < sample;
    marks.push({ type: 'dropped', pipeline, reason, output: published ? outputs.length : undefined });
    if (published) outputs.push(droppedOutput(pipeline, reason, messageJson, place));
  }

  function score(
    pipeline: CompiledPipeline,
    match: QueryMatch,
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
      routeFailures.push({ type: 'rule_failed', pipeline: config.name, rule: queue, error });
    }
    const { channel, time: timeMs } = message;
    const { label, score: value } = sentiment;
    const output = delivery.outputs.length;
    delivery.marks.push({
      type: 'scored',
      pipeline: config.name,
      channel,
      label,
      score: value,
      timeMs,
      routes,
      output,
    });
    const parts = { pipeline: config.name, message, messageJson, sentiment, matched: match.matched, routes };
    pushScored(delivery.outputs, parts, place.storedAtMs);
  }

  /** One message that breaks a stage is a dead letter of its own; the others of the batch go on. */
  function guarded(item: Work, stage: (item: Work) => void): void {
    const { outputs, marks } = item.delivery;
    const [outputsBefore, marksBefore] = [outputs.length, marks.length];
    try {
      stage(item);
    } catch (error) {
      outputs.length = outputsBefore;
      marks.length = marksBefore;
      const bytes = new TextEncoder().encode(encodeMessage(item.message));
      const detail = error instanceof Error ? error.message : String(error);
      bury({ reason: 'failed', detail, bytes }, item.place, item.delivery);
      item.matches = undefined;
    }
  }

  return {
    plan(batch) {
      const startMs = clock.monotonicMs();
      const { work, deliveries, clamped } = decodeAll(batch);
      const decodedMs = clock.monotonicMs();
      for (const item of work) {
        guarded(item, () => {
          const wanted = listening(item.place.subject);
          const matches = index.match(item.message);
          item.matches = wanted === 'all' ? matches : matches.filter(({ key }) => wanted.has(key));
        });
      }
      const matchedMs = clock.monotonicMs();
      for (const item of work) guarded(item, finish);
      const doneMs = clock.monotonicMs();
      const time = (stage: Stage, fromMs: number, toMs: number): TelemetryEvent => ({
        type: 'stage_time',
        stage,
        seconds: (toMs - fromMs) / 1_000,
        messages: work.length,
      });
      const events: TelemetryEvent[] = [
        { type: 'decoded', messages: work.length },
        time('decode', startMs, decodedMs),
        time('relevance', decodedMs, matchedMs),
        time('sentiment', matchedMs, doneMs),
      ];
      events.push(...routeFailures);
      routeFailures = [];
      if (clamped > 0) events.push({ type: 'clamped', messages: clamped });
      return { deliveries, events };
    },
  };
}

/** Which pipelines listen to a subject; remembered, since a stream has few subjects. */
function listenersBySubject(
  pipelines: readonly CompiledPipeline[],
): (subject: string) => 'all' | ReadonlySet<string> {
  const remembered = new Map<string, 'all' | ReadonlySet<string>>();
  return (subject) => {
    let wanted = remembered.get(subject);
    if (wanted !== undefined) return wanted;
    const names = pipelines
      .filter(({ config }) => config.source.subjects.some((pattern) => subjectMatches(pattern, subject)))
      .map(({ config }) => config.name);
    wanted = names.length === pipelines.length ? 'all' : new Set(names);
    if (remembered.size >= SUBJECTS_REMEMBERED_MAX) remembered.clear();
    remembered.set(subject, wanted);
    return wanted;
  };
}
