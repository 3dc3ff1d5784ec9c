/** Session windows: the messages of one key, each less than a gap from another. A session ends one gap after its last
 *  message, and is told when the watermark has come there: no message that is not late can belong to it any more. A message
 *  between two sessions makes them one; one that is taken back may leave two. */

/** Messages of one session that can be taken back: the last ones. */
export const SESSION_POSTS_MAX = 32;

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

export interface SessionPost {
  /** Tells it from all others: a `hash53` of its id. */
  readonly number: number;
  readonly key: string;
  readonly label: string;
  readonly timeMs: number;
}

type KnownPost = Omit<SessionPost, 'key'>;

/** Of the posts that are no longer known one by one, only the sums are left. */
export interface OpenSession extends Session {
  readonly posts?: readonly KnownPost[];
  readonly others?: Session;
}

export class Sessions {
  readonly #options: SessionsOptions;
  /** Of each key, earliest first. */
  readonly #open = new Map<string, readonly OpenSession[]>();
  /** Keys of the posts that can be taken back. */
  readonly #keys = new Map<number, string>();
  #size = 0;
  /** No session ends before. */
  #soonestMs = Number.POSITIVE_INFINITY;

  constructor(options: SessionsOptions, restored: readonly OpenSession[] = []) {
    this.#options = options;
    for (const session of restored) this.#put(session.key, [...(this.#open.get(session.key) ?? []), session]);
  }

  get size(): number {
    return this.#size;
  }

  add({ key, ...post }: SessionPost, watermarkMs: number): SessionOutcome {
    const { gapMs, sessionsMax } = this.#options;
    const { timeMs } = post;
    if (timeMs + gapMs <= watermarkMs) return 'late';
    const known = this.#open.get(key) ?? [];
    const touched = known.filter(
      ({ firstMs, lastMs }) => timeMs > firstMs - gapMs && timeMs < lastMs + gapMs,
    );
    if (touched.length === 0 && this.#size >= sessionsMax) return 'full';
    const others = known.filter((session) => !touched.includes(session));
    this.#put(key, inOrder([...others, touched.reduce(merge, sessionOf(key, post))]));
    return 'counted';
  }

  /** Takes back a post of an open session, and says of which key it was; undefined when it is not known any more. */
  takeBack(number: number): string | undefined {
    const key = this.#keys.get(number);
    if (key === undefined) return undefined;
    const known = this.#open.get(key) ?? [];
    const session = known.find(({ posts }) => posts?.some((post) => post.number === number));
    const left = session?.posts?.filter((post) => post.number !== number) ?? [];
    const parts = [
      ...(session?.others ? [bare(session.others)] : []),
      ...left.map((post) => sessionOf(key, post)),
    ];
    const unchanged = known.filter((other) => other !== session);
    this.#put(key, inOrder([...unchanged, ...this.#joined(inOrder(parts))]));
    return key;
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
    closed.sort((left, right) => left.lastMs - right.lastMs || (left.key < right.key ? -1 : 1));
    return closed.map(sums);
  }

  toState(): readonly OpenSession[] {
    return [...this.#open.values()].flat();
  }

  /** Of sessions in order, those that are less than a gap apart are one. */
  #joined(parts: readonly OpenSession[]): OpenSession[] {
    const joined: OpenSession[] = [];
    for (const part of parts) {
      const last = joined.at(-1);
      if (last && part.firstMs < last.lastMs + this.#options.gapMs) joined.splice(-1, 1, merge(last, part));
      else joined.push(part);
    }
    return joined;
  }

  #put(key: string, sessions: readonly OpenSession[]): void {
    const before = this.#open.get(key) ?? [];
    this.#size += sessions.length - before.length;
    for (const { posts } of before) for (const { number } of posts ?? []) this.#keys.delete(number);
    for (const { posts } of sessions) for (const { number } of posts ?? []) this.#keys.set(number, key);
    if (sessions.length === 0) this.#open.delete(key);
    else this.#open.set(key, sessions);
    for (const { lastMs } of sessions)
      this.#soonestMs = Math.min(this.#soonestMs, lastMs + this.#options.gapMs);
  }
}

function sessionOf(key: string, post: KnownPost): OpenSession {
  const { label, timeMs } = post;
  const negative = label === 'negative' ? 1 : 0;
  const positive = label === 'positive' ? 1 : 0;
  return { key, firstMs: timeMs, lastMs: timeMs, messages: 1, negative, positive, posts: [post] };
}

/** Whose posts are not known one by one. */
function bare(session: Session): OpenSession {
  return { ...session, posts: [], others: session };
}

function inOrder(sessions: readonly OpenSession[]): OpenSession[] {
  return [...sessions].sort((left, right) => left.firstMs - right.firstMs);
}

function merge(left: OpenSession, right: OpenSession): OpenSession {
  const posts = [...(left.posts ?? []), ...(right.posts ?? [])].sort((a, b) => a.timeMs - b.timeMs);
  const forgotten = posts.slice(0, -SESSION_POSTS_MAX).map((post) => sums(sessionOf(left.key, post)));
  const others = [unknown(left), unknown(right), ...forgotten].filter((one) => one !== undefined);
  const [first, ...rest] = others;
  return {
    ...added(left, right),
    posts: posts.slice(-SESSION_POSTS_MAX),
    ...(first && { others: rest.reduce(added, first) }),
  };
}

/** What is not in its posts. A state of before posts were kept has none. */
function unknown(session: OpenSession): Session | undefined {
  return session.posts ? session.others : sums(session);
}

function sums({ key, firstMs, lastMs, messages, negative, positive }: Session): Session {
  return { key, firstMs, lastMs, messages, negative, positive };
}

function added(left: Session, right: Session): Session {
  return {
    key: left.key,
    firstMs: Math.min(left.firstMs, right.firstMs),
    lastMs: Math.max(left.lastMs, right.lastMs),
    messages: left.messages + right.messages,
    negative: left.negative + right.negative,
    positive: left.positive + right.positive,
  };
}
