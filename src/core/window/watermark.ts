/** Progress is a message: arrivals in, data and watermarks out. Event time is derived from what the stream itself holds
 *  (event times and the broker's storage times), so that a replay makes the same progress as the live run did. */
import type { ScoredMessage } from '../message/message.ts';
import type { WindowConfig } from './window.config.ts';

/** What a watcher is fed: scored messages in stream order, and clock ticks when nothing arrives. */
export type Arrival =
  | {
      readonly kind: 'scored';
      readonly message: ScoredMessage;
      /** Position in the SCORED stream. */
      readonly sequence: number;
      /** When the broker stored it, epoch milliseconds. */
      readonly storedAtMs: number;
    }
  /** Epoch milliseconds. Sent only when the reader has caught up: a tick ahead of the `storedAtMs` of a message still to
   *  come makes event time run ahead of it by that much. */
  | { readonly kind: 'tick'; readonly atMs: number };

type Scored = Extract<Arrival, { kind: 'scored' }>;

export type Signal =
  | {
      readonly kind: 'data';
      readonly message: ScoredMessage;
      readonly sequence: number;
      /** Event time, set back to storage plus the allowed skew when it lies further in the future. */
      readonly timeMs: number;
      /** Event time lies before the last watermark. */
      readonly late: boolean;
    }
  /** Event time has come to `frontierMs`, a multiple of the step; nothing before `timeMs` is expected any more. */
  | { readonly kind: 'watermark'; readonly timeMs: number; readonly frontierMs: number };

/** Event time is signalled, and rules are evaluated, on this grid. That it is fixed makes every decision a function of the
 *  messages alone: it does not matter at which moments between two messages a clock ticked. */
export const EVALUATION_STEP_MS = 1_000;

export interface WatermarkState {
  readonly frontierMs: number;
  /** The last message's storage time, and the frontier as it left it: idle time is counted from here. */
  readonly anchor: { readonly storedAtMs: number; readonly frontierMs: number };
}

export class Watermark {
  readonly #config: Pick<WindowConfig, 'allowedLateness' | 'futureSkewMax' | 'idleAfter'>;
  #state: WatermarkState | undefined;

  constructor(
    config: Pick<WindowConfig, 'allowedLateness' | 'futureSkewMax' | 'idleAfter'>,
    restored?: WatermarkState,
  ) {
    this.#config = config;
    this.#state = restored;
  }

  /** Before the first message there is none. */
  get state(): WatermarkState | undefined {
    return this.#state;
  }

  /** The frontier as last signalled; minus infinity before the first message. */
  get signalledMs(): number {
    return this.#state ? floorToStep(this.#state.frontierMs) : Number.NEGATIVE_INFINITY;
  }

  /** A watermark comes before the message that caused it: what is evaluated at t has seen messages before t only. */
  advance(arrival: Arrival): readonly Signal[] {
    const beforeMs = this.signalledMs;
    if (arrival.kind === 'tick') {
      const moved = this.#idle(arrival.atMs);
      if (moved && this.#state) this.#state = { ...this.#state, frontierMs: moved };
      return this.#signal(beforeMs);
    }
    const timeMs = this.#arrive(arrival);
    const signals = this.#signal(beforeMs);
    const late = timeMs < this.signalledMs - this.#config.allowedLateness;
    const { message, sequence } = arrival;
    signals.push({ kind: 'data', message, sequence, timeMs, late });
    return signals;
  }

  #arrive({ message, storedAtMs }: Scored): number {
    const timeMs = Math.min(message.time, storedAtMs + this.#config.futureSkewMax);
    const idleMs = this.#idle(storedAtMs) ?? Number.NEGATIVE_INFINITY;
    const frontierMs = Math.max(this.#state?.frontierMs ?? timeMs, idleMs, timeMs);
    const storedAt = Math.max(storedAtMs, this.#state?.anchor.storedAtMs ?? storedAtMs);
    this.#state = { frontierMs, anchor: { storedAtMs: storedAt, frontierMs } };
    return timeMs;
  }

  /** Where the frontier stands when nothing came until `nowMs`: after `idleAfter` it goes on at the clock's pace, and not
   *  past the clock itself. */
  #idle(nowMs: number): number | undefined {
    if (!this.#state) return undefined;
    const { anchor, frontierMs } = this.#state;
    const idleMs = nowMs - anchor.storedAtMs - this.#config.idleAfter;
    if (idleMs <= 0) return undefined;
    return Math.max(frontierMs, Math.min(anchor.frontierMs + idleMs, nowMs));
  }

  #signal(beforeMs: number): Signal[] {
    const frontierMs = this.signalledMs;
    if (frontierMs <= beforeMs) return [];
    return [{ kind: 'watermark', timeMs: frontierMs - this.#config.allowedLateness, frontierMs }];
  }
}

function floorToStep(timeMs: number): number {
  return Math.floor(timeMs / EVALUATION_STEP_MS) * EVALUATION_STEP_MS;
}
