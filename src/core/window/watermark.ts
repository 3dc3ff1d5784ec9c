/** Progress is a message: arrivals in, data and watermarks out. Event time is derived from what the stream itself holds
 *  (event times and the broker's storage times), so that a replay makes the same progress as the live run did.
 *
 *  Each source (`message.source`) has a clock of its own: the newest event time it showed, and after `idleAfter` of silence
 *  on at the pace of storage time. No clock runs ahead of the broker's: what a source dates into the future counts at its
 *  date, up to `futureSkewMax`, but moves nothing forward, so that one fast clock makes nobody else late.
 *
 *  - The **frontier**, at which rules are evaluated, is the foremost clock: a source that lags does not delay an alert.
 *  - The **watermark**, which closes panes and decides what is late, is the hindmost clock less `allowedLateness`. A source
 *    holds it back by at most `sourceLagMax` behind the frontier, and not at all once it was silent for `sourceIdleAfter`.
 *
 *  Both only go on, and each is a function of storage time that does not fall between two messages: it does not matter at
 *  which moments a clock ticked. In history, whose storage times say nothing, the fastest source leads, and others are late
 *  when they are further behind it than `sourceLagMax` and the lateness, or were not heard before. */
import type { ScoredMessage } from '../message/message.ts';
import type { WindowConfig } from './window.config.ts';

/** What a watcher is fed: scored messages in stream order, and clock ticks when nothing arrives. */
export type Arrival =
  | {
      readonly kind: 'scored';
      readonly message: ScoredMessage;
      /** Position in the SCORED stream: in a batch the last message has its sequence, those before it stand a little before. */
      readonly sequence: number;
      /** When the broker stored it, epoch milliseconds. */
      readonly storedAtMs: number;
    }
  /** Epoch milliseconds. Sent only when the reader has caught up: a tick ahead of the `storedAtMs` of a message still to
   *  come makes event time run ahead of it by that much. */
  | { readonly kind: 'tick'; readonly atMs: number };

export type Signal =
  | {
      readonly kind: 'data';
      readonly message: ScoredMessage;
      readonly sequence: number;
      /** Event time, set back to storage plus the allowed skew when it lies further in the future. */
      readonly timeMs: number;
      /** Event time lies before the last watermark. */
      readonly late: boolean;
      /** There was no room for a clock of its source: it shares one with its like. */
      readonly limit?: 'sourcesMax';
    }
  /** Event time has come to `frontierMs`, a multiple of the step; nothing before `timeMs` is expected any more. */
  | { readonly kind: 'watermark'; readonly timeMs: number; readonly frontierMs: number };

/** Event time is signalled, and rules are evaluated, on this grid. That it is fixed makes every decision a function of the
 *  messages alone: it does not matter at which moments between two messages a clock ticked. */
export const EVALUATION_STEP_MS = 1_000;

/** The clock of a source: at `storedAtMs`, when its last message was stored, it showed `timeMs`. */
interface SourceClock {
  readonly source: string;
  readonly timeMs: number;
  readonly storedAtMs: number;
}

export interface WatermarkState {
  /** The foremost clock, and the hindmost that counts, as far as they were followed. */
  readonly frontierMs: number;
  readonly hindmostMs: number;
  /** The last message's storage time. */
  readonly storedAtMs: number;
  readonly clocks: readonly SourceClock[];
}

type WatermarkConfig = Pick<
  WindowConfig,
  'allowedLateness' | 'futureSkewMax' | 'idleAfter' | 'sourceLagMax' | 'sourceIdleAfter' | 'sourcesMax'
>;

/** The sources for which there is no room. No source has this name: names of sources are never empty. */
const OTHER_SOURCES = '';

export class Watermark {
  readonly #config: WatermarkConfig;
  readonly #clocks = new Map<string, SourceClock>();
  #frontierMs = Number.NEGATIVE_INFINITY;
  #hindmostMs = Number.NEGATIVE_INFINITY;
  #storedAtMs = Number.NEGATIVE_INFINITY;

  constructor(config: WatermarkConfig, restored?: WatermarkState) {
    this.#config = config;
    if (!restored) return;
    for (const clock of restored.clocks) this.#clocks.set(clock.source, clock);
    this.#frontierMs = restored.frontierMs;
    this.#hindmostMs = restored.hindmostMs;
    this.#storedAtMs = restored.storedAtMs;
  }

  /** Before the first message there is none. */
  get state(): WatermarkState | undefined {
    if (this.#clocks.size === 0) return undefined;
    return {
      frontierMs: this.#frontierMs,
      hindmostMs: this.#hindmostMs,
      storedAtMs: this.#storedAtMs,
      clocks: [...this.#clocks.values()],
    };
  }

  /** The frontier as last signalled; minus infinity before the first message. */
  get signalledMs(): number {
    return floorToStep(this.#frontierMs);
  }

  /** The watermark as last signalled; minus infinity before the first message. */
  get watermarkMs(): number {
    return floorToStep(this.#hindmostMs) - this.#config.allowedLateness;
  }

  /** A watermark comes before the message that caused it: what is evaluated at t has seen messages before t only. */
  advance(arrival: Arrival): readonly Signal[] {
    const before = [this.signalledMs, this.watermarkMs] as const;
    if (arrival.kind === 'tick') {
      this.#follow(arrival.atMs);
      return this.#signals(...before);
    }
    const { message, sequence, storedAtMs } = arrival;
    const timeMs = Math.min(message.time, storedAtMs + this.#config.futureSkewMax);
    const source = this.#arrive(message.source, timeMs, Math.max(storedAtMs, this.#storedAtMs));
    const signals = this.#signals(...before);
    const limit = source === OTHER_SOURCES ? { limit: 'sourcesMax' as const } : {};
    signals.push({ kind: 'data', message, sequence, timeMs, late: timeMs < this.watermarkMs, ...limit });
    return signals;
  }

  /** Sets the clock of the source, and returns under which name it is kept. */
  #arrive(named: string, timeMs: number, storedAtMs: number): string {
    this.#follow(storedAtMs);
    this.#storedAtMs = storedAtMs;
    const source = this.#clocks.has(named) || this.#makeRoom(storedAtMs) ? named : OTHER_SOURCES;
    const clock = this.#clocks.get(source);
    const cappedMs = Math.min(timeMs, storedAtMs);
    const shownMs = clock ? Math.max(cappedMs, this.#shows(clock, storedAtMs)) : cappedMs;
    this.#clocks.set(source, { source, timeMs: shownMs, storedAtMs });
    this.#follow(storedAtMs);
    return source;
  }

  /** Moves on to what the clocks show at a storage time. */
  #follow(nowMs: number): void {
    let foremostMs = Number.NEGATIVE_INFINITY;
    let hindmostMs = Number.POSITIVE_INFINITY;
    for (const clock of this.#clocks.values()) {
      const shownMs = this.#shows(clock, nowMs);
      foremostMs = Math.max(foremostMs, shownMs);
      const isSilent = nowMs - clock.storedAtMs > this.#config.sourceIdleAfter;
      if (!isSilent) hindmostMs = Math.min(hindmostMs, shownMs);
    }
    this.#frontierMs = Math.max(this.#frontierMs, foremostMs);
    const heldMs = Math.max(hindmostMs, this.#frontierMs - this.#config.sourceLagMax);
    this.#hindmostMs = Math.max(this.#hindmostMs, Math.min(heldMs, this.#frontierMs));
  }

  #shows({ timeMs, storedAtMs }: SourceClock, nowMs: number): number {
    return timeMs + Math.max(0, nowMs - storedAtMs - this.#config.idleAfter);
  }

  /** A source that was silent for long gives its place to a new one. */
  #makeRoom(nowMs: number): boolean {
    const { sourcesMax, sourceIdleAfter } = this.#config;
    const shared = this.#clocks.has(OTHER_SOURCES) ? 1 : 0;
    if (this.#clocks.size - shared < sourcesMax) return true;
    for (const { source, storedAtMs } of this.#clocks.values()) {
      const isSilent = nowMs - storedAtMs > sourceIdleAfter;
      if (isSilent && source !== OTHER_SOURCES) return this.#clocks.delete(source);
    }
    return false;
  }

  #signals(frontierBeforeMs: number, watermarkBeforeMs: number): Signal[] {
    const [frontierMs, timeMs] = [this.signalledMs, this.watermarkMs];
    if (frontierMs <= frontierBeforeMs && timeMs <= watermarkBeforeMs) return [];
    return [{ kind: 'watermark', timeMs, frontierMs }];
  }
}

/** The next moment, or this one, at which rules are evaluated. */
export function ceilToStep(timeMs: number): number {
  return Math.ceil(timeMs / EVALUATION_STEP_MS) * EVALUATION_STEP_MS;
}

function floorToStep(timeMs: number): number {
  return Math.floor(timeMs / EVALUATION_STEP_MS) * EVALUATION_STEP_MS;
}
