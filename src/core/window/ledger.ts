/** Which messages are counted and what each of them counts, so that a message counts once: a copy not again, an edit
 *  instead of what it changes, a deletion takes it back. In whatever order they come, the newest version stands, where the
 *  post was made: at the earliest time that a create of it gave. An edit or a deletion that comes before its create waits
 *  for it; by itself it is not a post.
 *
 *  A message is known for `retentionMs` of event time, if it is among the last `messagesRetainedMax`. Ids are told apart by
 *  53 bits: among a million, that two are taken for one has p = 0.00006. */
import type { MessageKind } from '../message/message.ts';
import { SENTIMENT_LABELS } from '../sentiment/engine.port.ts';
import { WEIGHT_UNITS, type Counted, type Post } from './aggregate.ts';
import { hash53 } from './distinct.ts';
import { Retained, type RetainedState } from './retained.ts';
import { compareVersions, SCHEMES, versionOrder, type VersionOrder } from './versions.ts';

/** What a message counts, without its text. */
export interface Contribution extends Counted {
  /** The group that counts it. */
  readonly channel: string;
  readonly timeMs: number;
}

/** What became of a version.
 *  `counted`: the post counts for the first time.
 *  `replaced`, `retracted`: what an earlier version counted is taken back.
 *  `duplicate`: this version is known. `outdated`: a newer one is.
 *  `held`: what it changes is not known, not yet or no more. */
type LedgerOutcome = 'counted' | 'replaced' | 'retracted' | 'duplicate' | 'outdated' | 'held';

/** What is told of a version that is no new post. `too_late`: the panes that it would change are gone. */
export type VersionOutcome = Exclude<LedgerOutcome, 'counted'> | 'too_late';

export interface Change {
  readonly outcome: LedgerOutcome;
  /** To be taken back. */
  readonly before?: Contribution;
  /** To be counted. */
  readonly after?: Contribution;
}

export interface LedgerOptions {
  /** Of event time, from a message's first version on. */
  readonly retentionMs: number;
  readonly messagesRetainedMax: number;
}

export interface LedgerState {
  readonly retained: RetainedState;
  readonly channels: readonly string[];
  readonly completeFromMs: number;
}

/** Flags: two bits each for label, scheme and rank, then these two, then what it weighs less than another. */
const SCHEME_BIT = 2;
const RANK_BIT = 4;
/** No create has come yet. */
const UNMADE = 1 << 6;
const DELETED = 1 << 7;
const COUNTS_NOT = UNMADE | DELETED;
const LIGHTER_BIT = 8;
/** Scores are kept as unsigned numbers. */
const SCORE_ZERO = 2 ** 31;
/** Names of channels that no row carries are dropped when there are so many. */
const SPARE_CHANNELS_MAX = 1_024;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NOBODY: Contribution = {
  channel: '',
  timeMs: 0,
  label: 'uncertain',
  scoreUnits: 0,
  weightUnits: 0,
  authorHash: undefined,
  sequence: 0,
};
const DUPLICATE: Change = { outcome: 'duplicate' };
const OUTDATED: Change = { outcome: 'outdated' };
const HELD: Change = { outcome: 'held' };

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #retained: Retained;
  #channels: string[];
  #numbers: Map<string, number>;
  #completeFromMs: number;
  /** What the limit cost since the last `retire`. */
  #lost = 0;

  constructor(options: LedgerOptions, restored?: LedgerState) {
    this.#options = options;
    this.#retained = new Retained(restored?.retained);
    this.#channels = [...(restored?.channels ?? [])];
    this.#numbers = new Map(this.#channels.map((channel, number) => [channel, number]));
    this.#completeFromMs = restored?.completeFromMs ?? 0;
  }

  get size(): number {
    return this.#retained.size;
  }

  get bytes(): number {
    return this.#retained.bytes;
  }

  /** No message of an earlier time was forgotten before its own: the limit was not reached. */
  get completeFromMs(): number {
    return this.#completeFromMs;
  }

  /** Whether a version of this message is known, or of the one that it would change. */
  knows(kind: MessageKind, id: string): boolean {
    return this.#find(kind, id) !== undefined;
  }

  /** `channel` names the group that would count it. Undefined for what is neither a post nor changes one. */
  take(post: Post, timeMs: number, nowMs: number, channel: string): Change | undefined {
    const { id, kind, version } = post.message;
    const next = versionOrder(kind, version, timeMs);
    if (!next) return undefined;
    const known = this.#find(kind, id);
    if (known !== undefined) return this.#change(known, post, next, timeMs, channel);
    if (this.size >= this.#options.messagesRetainedMax) this.#lose();
    const row = this.#retained.append(keyOf(kind, id), nowMs);
    this.#write(row, post, next);
    this.#weigh(row, post);
    const { flags } = this.#retained.columns;
    if (next.rank > 0) flags[row] = (flags[row] ?? 0) | UNMADE;
    this.#place(row, timeMs, channel);
    return next.rank > 0 ? HELD : { outcome: 'counted', after: this.#read(row) };
  }

  /** Forgets what is older than the retention, and returns how many messages `messagesRetainedMax` cost since the last time. */
  retire(nowMs: number): number {
    const { retentionMs, messagesRetainedMax } = this.#options;
    while (this.size > messagesRetainedMax) this.#lose(); // Restored, and the limit is lower now.
    const { since } = this.#retained.columns;
    for (let row = this.#retained.oldest; row !== undefined; row = this.#retained.oldest) {
      if ((since[row] ?? 0) >= nowMs - retentionMs) break;
      this.#retained.dropOldest();
    }
    if (this.#channels.length > this.size + SPARE_CHANNELS_MAX) this.#renumber();
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  /** All that counts and has a time from `fromMs` to before `toMs`. What is visited is valid during the visit only: there may
   *  be millions of them. */
  forEach(fromMs: number, toMs: number, visit: (contribution: Contribution) => void): void {
    const { timeMs, flags } = this.#retained.columns;
    const visited: Writable<Contribution> = { ...NOBODY };
    this.#retained.forEachRow((row) => {
      const atMs = timeMs[row] ?? 0;
      if (atMs < fromMs || atMs >= toMs || ((flags[row] ?? 0) & COUNTS_NOT) !== 0) return;
      this.#readInto(visited, row);
      visit(visited);
    });
  }

  toState(): LedgerState {
    return {
      retained: this.#retained.toState(),
      channels: [...this.#channels],
      completeFromMs: this.#completeFromMs,
    };
  }

  #lose(): void {
    const row = this.#retained.oldest;
    if (row === undefined) return;
    const { timeMs } = this.#retained.columns;
    this.#completeFromMs = Math.max(this.#completeFromMs, (timeMs[row] ?? 0) + 1);
    this.#retained.dropOldest();
    this.#lost += 1;
  }

  /** A survey's id is not a post's; an edit or a deletion may mean either. */
  #find(kind: MessageKind, id: string): number | undefined {
    const row = this.#retained.find(keyOf(kind, id));
    const mayBeSurvey = row === undefined && (kind === 'edit' || kind === 'delete');
    return mayBeSurvey ? this.#retained.find(keyOf('survey', id)) : row;
  }

  #change(row: number, post: Post, next: VersionOrder, timeMs: number, channel: string): Change {
    const { columns } = this.#retained;
    const flags = columns.flags[row] ?? 0;
    const known: VersionOrder = {
      rank: ((flags >> RANK_BIT) & 3) as VersionOrder['rank'],
      scheme: SCHEMES[(flags >> SCHEME_BIT) & 3] ?? 'opaque',
      order: columns.order[row] ?? 0,
    };
    const isUnmade = (flags & UNMADE) !== 0;
    const isCopy = next.rank === known.rank && columns.version[row] === versionMark(post.message.version);
    const makes = next.rank === 0 && (isUnmade || timeMs < (columns.timeMs[row] ?? 0));
    const replaces = !isCopy && compareVersions(next, known) > 0;
    if (!makes && !replaces) return isCopy ? DUPLICATE : OUTDATED;
    const before = (flags & COUNTS_NOT) === 0 ? this.#read(row) : undefined;
    if (replaces) this.#write(row, post, next);
    const deleted = (columns.flags[row] ?? 0) & ~UNMADE;
    columns.flags[row] = isUnmade && !makes ? deleted | UNMADE : deleted;
    if (makes) this.#place(row, timeMs, before?.channel ?? channel);
    if (makes && isUnmade) this.#weigh(row, post);
    const after = ((columns.flags[row] ?? 0) & COUNTS_NOT) === 0 ? this.#read(row) : undefined;
    if (before) return after ? { outcome: 'replaced', before, after } : { outcome: 'retracted', before };
    if (after) return { outcome: isUnmade ? 'counted' : 'replaced', after };
    return isUnmade && !makes ? HELD : OUTDATED;
  }

  #write(row: number, { message, scoreUnits, authorHash, sequence }: Post, next: VersionOrder): void {
    const { columns } = this.#retained;
    const label = SENTIMENT_LABELS.indexOf(message.sentiment.label);
    const order = (SCHEMES.indexOf(next.scheme) << SCHEME_BIT) | (next.rank << RANK_BIT);
    const lighter = (columns.flags[row] ?? 0) >> LIGHTER_BIT;
    columns.flags[row] = label | order | (next.rank === 2 ? DELETED : 0) | (lighter << LIGHTER_BIT);
    columns.order[row] = next.order;
    columns.version[row] = versionMark(message.version);
    columns.score[row] = scoreUnits + SCORE_ZERO;
    columns.author[row] = authorHash ?? 0;
    columns.sequence[row] = sequence;
  }

  /** Once, when it is made: a later version weighs what the first did. */
  #weigh(row: number, { weightUnits }: Post): void {
    const { flags } = this.#retained.columns;
    const others = (flags[row] ?? 0) & ((1 << LIGHTER_BIT) - 1);
    flags[row] = others | ((WEIGHT_UNITS - weightUnits) << LIGHTER_BIT);
  }

  #place(row: number, timeMs: number, channel: string): void {
    const { columns } = this.#retained;
    columns.timeMs[row] = timeMs;
    columns.channel[row] = this.#numberOf(channel);
  }

  #read(row: number): Contribution {
    const contribution: Writable<Contribution> = { ...NOBODY };
    this.#readInto(contribution, row);
    return contribution;
  }

  #readInto(contribution: Writable<Contribution>, row: number): void {
    const { columns } = this.#retained;
    const author = columns.author[row] ?? 0;
    contribution.channel = this.#channels[columns.channel[row] ?? 0] ?? '';
    contribution.timeMs = columns.timeMs[row] ?? 0;
    contribution.label = SENTIMENT_LABELS[(columns.flags[row] ?? 0) & 3] ?? 'uncertain';
    contribution.scoreUnits = (columns.score[row] ?? 0) - SCORE_ZERO;
    contribution.weightUnits = WEIGHT_UNITS - ((columns.flags[row] ?? 0) >> LIGHTER_BIT);
    contribution.authorHash = author === 0 ? undefined : author;
    contribution.sequence = columns.sequence[row] ?? 0;
  }

  #numberOf(channel: string): number {
    let number = this.#numbers.get(channel);
    if (number === undefined) {
      number = this.#channels.push(channel) - 1;
      this.#numbers.set(channel, number);
    }
    return number;
  }

  /** Keeps the names that a row carries. */
  #renumber(): void {
    const before = this.#channels;
    const { channel } = this.#retained.columns;
    this.#channels = [];
    this.#numbers = new Map();
    this.#retained.forEachRow((row) => {
      channel[row] = this.#numberOf(before[channel[row] ?? 0] ?? '');
    });
  }
}

function keyOf(kind: MessageKind, id: string): number {
  return hash53(kind === 'survey' ? `survey:${id}` : id);
}

/** 32 bits by which copies of a version are known. */
function versionMark(version: string): number {
  return hash53(version) >>> 0;
}
