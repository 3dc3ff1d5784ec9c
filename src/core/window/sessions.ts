/** Session windows: the messages of one key, each less than a gap from another. A session ends one gap after its last
 *  message, and is told when the watermark has come there: no message that is not late can belong to it any more. A message
 *  between two sessions makes them one. */

export interface SessionsOptions {
  readonly gapMs: number;
  /** Open ones, of all keys. */
  readonly sessionsMax: number;
}

/** Sums of whole numbers, so that the order in which messages came means nothing. */
export interface Session {
  readonly key: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly messages: number;
  readonly negative: number;
  readonly positive: number;
}

export type SessionTone = 'negative' | 'neutral' | 'positive';

/** What most of its messages were; `neutral` where neither side has more than half. */
export function toneOf({ messages, negative, positive }: Session): SessionTone {
  if (negative * 2 > messages) return 'negative';
  return positive * 2 > messages ? 'positive' : 'neutral';
}

/** `full`: it would have begun a session beyond `sessionsMax`. `late`: its session has been told already. */
export type SessionOutcome = 'counted' | 'full' | 'late';

export class Sessions {
  readonly #options: SessionsOptions;
  /** Of each key, earliest first. */
  readonly #open = new Map<string, readonly Session[]>();
  #size = 0;
  /** No session ends before. */
  #soonestMs = Number.POSITIVE_INFINITY;

  constructor(options: SessionsOptions, restored: readonly Session[] = []) {
    this.#options = options;
    for (const session of restored) this.#put(session.key, [...(this.#open.get(session.key) ?? []), session]);
  }

  get size(): number {
    return this.#size;
  }

  add(key: string, label: string, timeMs: number, watermarkMs: number): SessionOutcome {
    const { gapMs, sessionsMax } = this.#options;
    if (timeMs + gapMs <= watermarkMs) return 'late';
    const known = this.#open.get(key) ?? [];
    const touched = known.filter(
      ({ firstMs, lastMs }) => timeMs > firstMs - gapMs && timeMs < lastMs + gapMs,
    );
    if (touched.length === 0 && this.#size >= sessionsMax) return 'full';
    const negative = label === 'negative' ? 1 : 0;
    const positive = label === 'positive' ? 1 : 0;
    const own: Session = { key, firstMs: timeMs, lastMs: timeMs, messages: 1, negative, positive };
    const others = known.filter((session) => !touched.includes(session));
    this.#put(
      key,
      [...others, touched.reduce(merge, own)].sort((left, right) => left.firstMs - right.firstMs),
    );
    return 'counted';
  }

  /** The sessions that end at `watermarkMs` or before; earliest end first, then by key. */
  close(watermarkMs: number): readonly Session[] {
    const { gapMs } = this.#options;
    if (this.#soonestMs > watermarkMs) return [];
    const all = [...this.#open.values()].flat();
    const closed = all.filter(({ lastMs }) => lastMs + gapMs <= watermarkMs);
    this.#soonestMs = Number.POSITIVE_INFINITY;
    for (const [key, sessions] of [...this.#open])
      this.#put(
        key,
        sessions.filter(({ lastMs }) => lastMs + gapMs > watermarkMs),
      );
    return closed.sort((left, right) => left.lastMs - right.lastMs || (left.key < right.key ? -1 : 1));
  }

  toState(): readonly Session[] {
    return [...this.#open.values()].flat();
  }

  #put(key: string, sessions: readonly Session[]): void {
    this.#size += sessions.length - (this.#open.get(key)?.length ?? 0);
    if (sessions.length === 0) this.#open.delete(key);
    else this.#open.set(key, sessions);
    for (const { lastMs } of sessions)
      this.#soonestMs = Math.min(this.#soonestMs, lastMs + this.#options.gapMs);
  }
}

function merge(left: Session, right: Session): Session {
  return {
    key: left.key,
    firstMs: Math.min(left.firstMs, right.firstMs),
    lastMs: Math.max(left.lastMs, right.lastMs),
    messages: left.messages + right.messages,
    negative: left.negative + right.negative,
    positive: left.positive + right.positive,
  };
}
