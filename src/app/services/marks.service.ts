/** Follows the moderators' marks: every worker reads them from the stream, from its beginning, and learns the same
 *  correction of its filters. The stream is the snapshot: nothing else is saved, and what it lets go of is forgotten. */
import { concatMap, interval, Subject, takeUntil } from 'rxjs';
import type { Bus, BusReader, Delivery, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import type { MarkLayer } from '../../core/relevance/marks/layer.ts';
import { MarkLearner } from '../../core/relevance/marks/learner.ts';
import { parseMark } from '../../core/relevance/marks/mark.ts';
import type { DeadLetter, InputPlace } from '../../core/scorer/outputs.ts';
import type { PlannedDelivery } from '../../core/scorer/scorer.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';

/** How often the beginning of the stream is looked at, for what it has let go of. */
const FORGET_EVERY_MS = 10_000;
/** One consumer for all workers of all groups: what cannot be read becomes one dead letter. */
const CHECK_DURABLE = 'marks-check';
const CHECK_ACK_WAIT_MS = 10_000;
const CHECK_IN_HAND_MAX = 64;
const CHECK_RETRY_MS = 1_000;

export interface MarksServiceOptions {
  readonly bus: Bus;
  readonly pipelines: readonly CompiledPipeline[];
  readonly telemetry: Telemetry;
  /** Makes the dead letter of a mark that cannot be read. */
  readonly bury: (letter: DeadLetter, place: InputPlace) => PlannedDelivery;
  /** The marks cannot be read any more. */
  readonly onFailure: (error: unknown) => void;
}

export interface MarksService {
  /** What is learned for a pipeline; undefined where it has no filter. */
  layerOf(pipeline: string): MarkLayer | undefined;
  /** Resolves when all that the stream held at start is learned; at once where no pipeline has a filter. */
  readonly ready: Promise<void>;
  /** For these pipelines from now on; until their marks are read, with what was learned before. */
  replace(pipelines: readonly CompiledPipeline[]): void;
  stop(): Promise<void>;
}

type Followed = Omit<MarksService, 'replace'>;

export function startMarks(options: MarksServiceOptions): MarksService {
  let used = follow(options);
  /** The one that is used, and those that catch up to take its place. */
  const all = new Set<Followed>([used]);
  return {
    ready: used.ready,
    layerOf: (pipeline) => used.layerOf(pipeline),
    replace(pipelines) {
      const next = follow({ ...options, pipelines });
      all.add(next);
      void next.ready.then(async () => {
        if (!all.has(next)) return; // A later one was quicker.
        used = next;
        const before = [...all].slice(0, [...all].indexOf(next));
        for (const followed of before) all.delete(followed);
        await Promise.all(before.map((followed) => followed.stop()));
      });
    },
    async stop() {
      await Promise.all([...all].map((followed) => followed.stop()));
    },
  };
}

function follow(options: MarksServiceOptions): Followed {
  const learner = new MarkLearner(options.pipelines);
  const layerOf = (pipeline: string) => learner.layerOf(pipeline);
  if (!learner.isNeeded) return { layerOf, ready: Promise.resolve(), stop: () => Promise.resolve() };
  const following = new Following(learner, options);
  const stopped = new Subject<void>();
  checkMarks(options, stopped);
  return {
    layerOf,
    ready: following.ready,
    async stop() {
      stopped.next();
      await following.stop();
    },
  };
}

/** Reads the whole stream, not the marks alone: so that its last sequence is surely met. */
class Following {
  readonly ready: Promise<void>;
  readonly #options: MarksServiceOptions;
  readonly #learner: MarkLearner;
  readonly #reader: BusReader;
  readonly #timer = interval(FORGET_EVERY_MS).subscribe(() => void this.#look());
  #becomeReady: () => void = () => undefined;
  #firstSequence = 0;
  /** Of what the stream held when it was first looked at; undefined until then. */
  #readyAtSequence: number | undefined;
  #lastSequence = 0;

  constructor(learner: MarkLearner, options: MarksServiceOptions) {
    this.#learner = learner;
    this.#options = options;
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
    this.#reader = options.bus.read({ stream: STREAMS.audit, from: { sequence: 1 } }, (batch) => {
      this.#take(batch);
    });
    this.#reader.done.catch(options.onFailure);
    void this.#look();
  }

  async stop(): Promise<void> {
    this.#timer.unsubscribe();
    await this.#reader.stop();
  }

  #take(batch: readonly StoredMessage[]): void {
    for (const event of this.#learner.take(batch, this.#firstSequence)) this.#options.telemetry(event);
    this.#lastSequence = batch.at(-1)?.sequence ?? this.#lastSequence;
    this.#readyIfCaughtUp();
  }

  /** While disconnected there is nothing to see; the next look sees it. */
  async #look(): Promise<void> {
    const state = await this.#options.bus.streamState(STREAMS.audit).catch(() => undefined);
    if (state === undefined) return;
    this.#readyAtSequence ??= state.messages === 0 ? 0 : state.lastSequence;
    if (state.firstSequence > this.#firstSequence) {
      this.#firstSequence = state.firstSequence;
      this.#take([]);
    }
    this.#readyIfCaughtUp();
  }

  #readyIfCaughtUp(): void {
    if (this.#lastSequence >= (this.#readyAtSequence ?? Number.POSITIVE_INFINITY)) this.#becomeReady();
  }
}

/** Each mark is looked at once, by one worker: what is none becomes a dead letter, `bad_mark`. */
function checkMarks({ bus, bury, telemetry, onFailure }: MarksServiceOptions, stopped: Subject<void>): void {
  const decoder = new TextDecoder();
  const check = async (delivery: Delivery): Promise<void> => {
    const { subject, sequence, storedAtMs, data } = delivery;
    const parsed = parseMark(decoder.decode(data), subject);
    if (!parsed.ok) {
      const detail = parsed.problems.join('; ');
      const letter = { reason: 'bad_mark', detail, bytes: data };
      const { outputs } = bury(letter, { subject, sequence, storedAtMs, line: 0 });
      await Promise.all(outputs.map((output) => bus.publish(output)));
      telemetry({ type: 'dead', reason: 'bad_mark', messages: 1, example: detail });
    }
    delivery.ack();
  };
  const checkAll = async (batch: readonly Delivery[]): Promise<void> => {
    for (const delivery of batch)
      await check(delivery).catch((error: unknown) => {
        telemetry({ type: 'delivery_retried', deliveries: 1, error: errorText(error) });
        delivery.retry(CHECK_RETRY_MS);
      });
  };
  bus
    .consume({
      stream: STREAMS.audit,
      durable: CHECK_DURABLE,
      filterSubject: subjects.allMarks,
      ackWaitMs: CHECK_ACK_WAIT_MS,
      inHandMax: CHECK_IN_HAND_MAX,
    })
    .pipe(concatMap(checkAll), takeUntil(stopped))
    .subscribe({ error: onFailure });
}
