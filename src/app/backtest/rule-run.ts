/** One rule file over the messages of a backtest: the very scorer and watcher of the live road, as fast as they go. */
import { createWatcher, type Watcher, type WatcherOutput } from '../../core/alert/watcher.ts';
import type { StoredMessage } from '../../core/bus/bus.port.ts';
import type { ScoredMessage } from '../../core/message/message.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { explainerOf } from '../../core/scorer/explain.ts';
import { createScorer, type Scorer } from '../../core/scorer/scorer.ts';
import { systemClock } from '../clock.ts';
import { RunLog } from './run-log.ts';
import type { SourceItem } from './source.port.ts';

const PAYLOAD_BYTES_MAX = 1_048_576;
/** Message keys that are remembered to tell second copies, as a worker does. */
const DEDUPE_KEYS_MAX = 100_000;

type RawItem = SourceItem & { kind: 'raw' };

export interface RunCounts {
  /** Messages that the watcher was given, before and within what is reported. */
  readonly warmUp: number;
  readonly reported: number;
  /** Raw ones that the pipeline did not want, or that could not be read. */
  readonly dropped: number;
  readonly dead: number;
}

export interface RuleRunOptions {
  readonly pipeline: CompiledPipeline;
  /** Messages that arrived before only warm it up; all are reported when absent. */
  readonly reportFromMs?: number;
  /** Sees everything the watcher says, the warm-up included. */
  readonly onOutput?: (output: WatcherOutput) => void;
}

export class RuleRun {
  readonly log: RunLog;
  readonly #options: RuleRunOptions;
  readonly #watcher: Watcher;
  readonly #scorer: Scorer;
  readonly #subject: string;
  readonly #counts = { warmUp: 0, reported: 0, dropped: 0, dead: 0 };
  #sequence = 0;
  #rawSequence = 0;
  #newestMs = 0;

  constructor(options: RuleRunOptions) {
    const { config } = options.pipeline;
    this.#options = options;
    this.#watcher = createWatcher(config, undefined, { explain: explainerOf(options.pipeline) });
    this.#scorer = createScorer({
      pipelines: [{ ...options.pipeline, config: { ...config, dropped: { sample: 1 } } }],
      ...{ clock: systemClock, payloadBytesMax: PAYLOAD_BYTES_MAX, dedupeKeysMax: DEDUPE_KEYS_MAX },
      random: () => 0,
    });
    this.#subject = (config.source.subjects[0] ?? '').replace(/[*>]/g, 'backtest');
    this.log = new RunLog(config.alerts, config.window.pane);
  }

  get counts(): RunCounts {
    return this.#counts;
  }

  /** Newest event time so far. */
  get newestMs(): number {
    return this.#newestMs;
  }

  async take(items: readonly SourceItem[]): Promise<void> {
    const raw: RawItem[] = [];
    for (const item of items) {
      if (item.kind === 'raw') raw.push(item);
      else {
        if (raw.length > 0) await this.#score(raw.splice(0));
        this.#count(item.message, item.storedAtMs, item.sequence);
      }
    }
    if (raw.length > 0) await this.#score(raw);
  }

  /** Nothing more comes. With `atMs`, storage time goes on until then. */
  finish(atMs: number | undefined): void {
    if (atMs !== undefined) this.#emit(this.#watcher.step({ kind: 'tick', atMs }));
    this.log.end(this.#newestMs);
  }

  async #score(items: readonly RawItem[]): Promise<void> {
    const batch = items.map(({ data, storedAtMs }): StoredMessage => {
      this.#rawSequence += 1;
      return { subject: this.#subject, data, sequence: this.#rawSequence, storedAtMs };
    });
    const { deliveries } = await this.#scorer.plan(batch);
    for (const [index, { outputs }] of deliveries.entries())
      for (const { subject, data } of outputs) {
        const kind = subject.split('.')[1];
        if (kind === 'dropped') this.#counts.dropped += 1;
        else if (kind === 'dead') this.#counts.dead += 1;
        else if (kind === 'scored') {
          const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
          this.#count(JSON.parse(text) as ScoredMessage, batch[index]?.storedAtMs ?? 0, undefined);
        }
      }
  }

  #count(message: ScoredMessage, storedAtMs: number, position: number | undefined): void {
    const eventMs = Math.min(message.time, storedAtMs);
    const { reportFromMs = Number.NEGATIVE_INFINITY } = this.#options;
    const isReported = storedAtMs >= reportFromMs;
    if (isReported && this.#counts.reported === 0) this.#begin(reportFromMs, eventMs);
    this.#counts[isReported ? 'reported' : 'warmUp'] += 1;
    const isNext = position !== undefined && position > this.#sequence;
    this.#sequence = isNext ? position : Math.floor(this.#sequence) + 1;
    this.#newestMs = Math.max(this.#newestMs, eventMs);
    this.#emit(this.#watcher.step({ kind: 'scored', message, sequence: this.#sequence, storedAtMs }));
  }

  /** What comes to pass in a silence at the end of the warm-up is of the warm-up. */
  #begin(atMs: number, eventMs: number): void {
    if (this.#counts.warmUp > 0) this.#emit(this.#watcher.step({ kind: 'tick', atMs }));
    this.log.begin(this.#newestMs === 0 ? eventMs : this.#newestMs);
  }

  #emit(outputs: readonly WatcherOutput[]): void {
    const { pipeline, onOutput } = this.#options;
    const { allowedLateness } = pipeline.config.window;
    for (const output of outputs) {
      // In silence event time goes on without a message.
      if (output.kind === 'watermark')
        this.#newestMs = Math.max(this.#newestMs, output.timeMs + allowedLateness);
      onOutput?.(output);
    }
    this.log.take(outputs);
  }
}
