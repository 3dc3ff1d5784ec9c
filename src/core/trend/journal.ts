/** The last messages, and what each counted, so that it can be taken back: in the order in which they came. A message is
 *  known while it weighs in `span`, if it is among the last `retractableMax`. Which of its versions stands follows from the
 *  versions alone (`core/window/versions.ts`), and an edit or deletion that comes before its message waits for it. A message
 *  of two channels is one in each. */
import type { Slices } from '../snapshot/slices.ts';
import type { SentimentLabel } from '../sentiment/engine.port.ts';
import { compareVersions, versionOrder, type VersionOrder } from '../window/versions.ts';
import { hashOf, keyOf, type Hash } from './hash.ts';
import { packMarks, unpackMarks, type Marks } from './marks.ts';
import type { Observed } from './observed.ts';

/** A message as it was counted. */
export interface CountedPost {
  readonly id: string;
  /** Of the id: see `numberOf`. */
  readonly number: number;
  readonly channel: string;
  readonly timeMs: number;
  readonly author: Hash;
  /** As trends count authors. */
  readonly authorHash: number;
  label?: SentimentLabel;
  readonly scoreUnits: number;
  /** Of its text, by which copies are told; held by the first who shows them. */
  readonly runs: Marks;
  /** Terms, by channel; held by who counts them: an author counts once. Phrases that were not yet phrases are left out. */
  readonly terms: Marks;
  weight: number;
  /** Its text is no copy, or copies count. */
  isOwn: boolean;
  /** Ids of the trends that count it. */
  readonly trends: string[];
}

/** Entries that are written in one go. */
const SLICE_ENTRIES = 1_000;

interface Entry {
  readonly number: number;
  readonly sinceMs: number;
  newest: VersionOrder;
  version: string;
  /** Where and when it was made; absent until its create comes. */
  made?: { readonly channel: string; readonly timeMs: number };
  /** An edit that waits for its create. */
  waiting?: Observed;
  post?: CountedPost;
}

/** How many marks a post has of each. */
type PostState = Omit<CountedPost, 'runs' | 'terms'> & { readonly runs: number; readonly terms: number };
type EntryState = Omit<Entry, 'post'> & { readonly key: number; readonly post?: PostState };

export interface JournalState {
  readonly entries: readonly EntryState[];
  /** Of all posts, one after the other. */
  readonly marks: string;
}

/** What a version changes. */
export interface Amendment {
  readonly takeBack?: CountedPost;
  /** As it is to be counted. */
  readonly count?: Observed;
  /** Whoever counts it puts here what that was. */
  readonly entry: { post?: CountedPost };
}

export class Journal {
  /** By channel and number. */
  readonly #entries = new Map<number, Entry>();
  /** The channel that an id was last of: an edit or a deletion may not say. */
  readonly #lastKeys = new Map<number, number>();
  readonly #keepMs: number;
  readonly #max: number;
  #forgotten = 0;

  constructor({ keepMs, max }: { keepMs: number; max: number }, restored?: JournalState) {
    this.#keepMs = keepMs;
    this.#max = max;
    if (restored) this.#restore(restored);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Messages that had to make room before their time. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Undefined for what changes nothing: a copy, an older version, what is no post. */
  take(message: Observed, nowMs: number): Amendment | undefined {
    const { kind, version } = message;
    const next = versionOrder(kind, version, message.time);
    if (!next) return undefined;
    this.#retire(nowMs);
    const entry = this.#find(message);
    if (entry) return amend(entry, message, next);
    const made = next.rank === 0 ? { made: { channel: message.channel, timeMs: message.time } } : {};
    const waiting = next.rank === 1 ? { waiting: message } : {};
    const number = numberOf(message);
    const fresh: Entry = { number, sinceMs: nowMs, newest: next, version, ...made, ...waiting };
    this.#put(keyFor(number, message.channel), fresh);
    return next.rank === 0 ? { count: message, entry: fresh } : undefined;
  }

  get(number: number, channel: string): CountedPost | undefined {
    return this.#entries.get(keyFor(number, channel))?.post;
  }

  /** Of this channel, in the order in which they came. */
  *posts(channel: string): Generator<CountedPost> {
    for (const { post } of this.#entries.values()) if (post?.channel === channel) yield post;
  }

  merge(other: Journal): void {
    for (const [key, entry] of other.#entries) if (!this.#entries.has(key)) this.#put(key, entry);
  }

  *toStateInSlices(): Slices<JournalState> {
    const entries: EntryState[] = [];
    const marks: Marks[] = [];
    for (const [key, { post, ...entry }] of this.#entries) {
      if (post) marks.push(post.runs, post.terms);
      const state = post && {
        ...post,
        trends: [...post.trends],
        runs: post.runs.size,
        terms: post.terms.size,
      };
      entries.push({ ...entry, key, ...(state && { post: state }) });
      if (entries.length % SLICE_ENTRIES === 0) yield;
    }
    return { entries, marks: packMarks(marks) };
  }

  #restore({ entries, marks }: JournalState): void {
    const sizes = entries.flatMap(({ post }) => (post ? [post.runs, post.terms] : []));
    const all = unpackMarks(marks, sizes).values();
    for (const { key, post, ...entry } of entries) {
      const [runs, terms] = post ? [all.next().value, all.next().value] : [];
      const opened = post && runs && terms && { ...post, trends: [...post.trends], runs, terms };
      this.#put(key, { ...entry, ...(opened && { post: opened }) });
    }
  }

  #put(key: number, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#lastKeys.set(entry.number, key);
  }

  /** A survey's id is not a post's; an edit or a deletion may mean either, and of any channel. */
  #find({ kind, id, channel }: Observed): Entry | undefined {
    const own = numberOf({ kind, id });
    const entry = this.#entries.get(keyFor(own, channel));
    if (entry || (kind !== 'edit' && kind !== 'delete')) return entry;
    for (const number of [own, numberOf({ kind: 'survey', id })]) {
      const key = this.#lastKeys.get(number);
      if (key !== undefined) return this.#entries.get(key);
    }
    return undefined;
  }

  #retire(nowMs: number): void {
    for (const [key, { sinceMs, number }] of this.#entries) {
      const isFull = this.#entries.size >= this.#max;
      if (!isFull && sinceMs >= nowMs - this.#keepMs) return;
      if (sinceMs >= nowMs - this.#keepMs) this.#forgotten += 1;
      this.#entries.delete(key);
      if (this.#lastKeys.get(number) === key) this.#lastKeys.delete(number);
    }
  }
}

function amend(entry: Entry, message: Observed, next: VersionOrder): Amendment | undefined {
  const { newest, made, waiting, post } = entry;
  const makes = next.rank === 0 && !made;
  const isCopy = next.rank === newest.rank && message.version === entry.version;
  const replaces = !isCopy && compareVersions(next, newest) > 0;
  if (!makes && !replaces) return undefined;
  const place = made ?? (makes ? { channel: message.channel, timeMs: message.time } : undefined);
  const content = replaces ? message : waiting;
  delete entry.post;
  delete entry.waiting;
  if (place) entry.made = place;
  if (replaces) Object.assign(entry, { newest: next, version: message.version });
  const stands = content && entry.newest.rank < 2 ? content : undefined;
  if (stands && !place) entry.waiting = stands;
  const count = stands && place && { ...stands, channel: place.channel, time: place.timeMs };
  return { entry, ...(post && { takeBack: post }), ...(count && { count }) };
}

/** 53 bits of its id. */
export function numberOf({ kind, id }: Pick<Observed, 'kind' | 'id'>): number {
  return keyOf(hashOf(kind === 'survey' ? `survey:${id}` : id));
}

function keyFor(number: number, channel: string): number {
  return keyOf(hashOf(`${number} ${channel}`));
}
