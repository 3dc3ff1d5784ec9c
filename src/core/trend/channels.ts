/** How many posts each channel has, now and usually: what the counts of its terms are compared with. */
import { hashOf, type Hash } from './hash.ts';
import type { Totals } from './score.ts';

export interface ChannelState {
  readonly name: string;
  /** Event time of its first message. */
  readonly sinceMs: number;
  readonly timeMs: number;
  readonly burst: number;
  readonly span: number;
  readonly memory: number;
}

interface ChannelOptions {
  readonly max: number;
  readonly burstMs: number;
  readonly spanMs: number;
  readonly memoryMs: number;
}

export class Channel {
  readonly name: string;
  readonly hash: Hash;
  readonly #options: ChannelOptions;
  /** Exponentially weighted sums as of `timeMs`; changed in place: it is the hot path. */
  readonly #state: { -readonly [Field in keyof ChannelState]: ChannelState[Field] };

  constructor(options: ChannelOptions, state: ChannelState) {
    this.#options = options;
    this.#state = { ...state };
    this.name = state.name;
    this.hash = hashOf(`channel:${state.name}`);
  }

  /** `timeMs` may lie before the last one. */
  add(amount: number, timeMs: number): void {
    const state = this.#state;
    if (timeMs > state.timeMs) this.#decayTo(timeMs);
    const ageMs = state.timeMs - timeMs;
    const { burstMs, spanMs, memoryMs } = this.#options;
    state.burst += amount * Math.exp(-ageMs / burstMs);
    state.span += amount * Math.exp(-ageMs / spanMs);
    state.memory += amount * Math.exp(-ageMs / memoryMs);
  }

  totals(nowMs: number): Totals {
    const { burstMs, spanMs, memoryMs } = this.#options;
    const { timeMs, burst, span, memory } = this.#state;
    const ageMs = nowMs - timeMs;
    const recent = span * Math.exp(-ageMs / spanMs);
    const past = Math.max(0, memory * Math.exp(-ageMs / memoryMs) - recent);
    return { burst: burst * Math.exp(-ageMs / burstMs), span: recent, past };
  }

  merge(theirs: ChannelState): void {
    const other = new Channel(this.#options, theirs);
    const timeMs = Math.max(theirs.timeMs, this.#state.timeMs);
    this.#decayTo(timeMs);
    other.#decayTo(timeMs);
    const state = this.#state;
    state.burst += other.#state.burst;
    state.span += other.#state.span;
    state.memory += other.#state.memory;
    state.sinceMs = Math.min(state.sinceMs, theirs.sinceMs);
  }

  /** Event time of its first message. */
  get sinceMs(): number {
    return this.#state.sinceMs;
  }

  toState(): ChannelState {
    return { ...this.#state };
  }

  #decayTo(timeMs: number): void {
    const state = this.#state;
    const { burstMs, spanMs, memoryMs } = this.#options;
    const ageMs = timeMs - state.timeMs;
    state.timeMs = timeMs;
    state.burst *= Math.exp(-ageMs / burstMs);
    state.span *= Math.exp(-ageMs / spanMs);
    state.memory *= Math.exp(-ageMs / memoryMs);
  }
}

export class Channels {
  readonly #byName = new Map<string, Channel>();
  readonly #options: ChannelOptions;
  #leftOut = 0;

  constructor(options: ChannelOptions, restored: readonly ChannelState[] = []) {
    this.#options = options;
    for (const state of restored) this.#byName.set(state.name, new Channel(options, state));
  }

  /** Messages of channels beyond the limit. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get(name: string): Channel | undefined {
    return this.#byName.get(name);
  }

  /** Undefined beyond the limit. */
  open(name: string, timeMs: number): Channel | undefined {
    const known = this.#byName.get(name);
    if (known) return known;
    if (this.#byName.size >= this.#options.max) {
      this.#leftOut += 1;
      return undefined;
    }
    const channel = new Channel(this.#options, {
      name,
      sinceMs: timeMs,
      timeMs,
      burst: 0,
      span: 0,
      memory: 0,
    });
    this.#byName.set(name, channel);
    return channel;
  }

  merge(other: Channels): void {
    for (const channel of other.#byName.values()) {
      const state = channel.toState();
      const ours = this.#byName.get(state.name);
      if (ours) ours.merge(state);
      else if (this.#byName.size < this.#options.max)
        this.#byName.set(state.name, new Channel(this.#options, state));
      else this.#leftOut += 1;
    }
  }

  toState(): ChannelState[] {
    return [...this.#byName.values()].map((channel) => channel.toState());
  }
}
