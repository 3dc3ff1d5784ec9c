/** What a watcher knows besides its groups' numbers, for alerts to show: the words of a text, what was said before, who wrote
 *  how much, and which texts are copies. */
import { Duplicates, type DuplicatesLimits, type DuplicatesState } from '../duplicates/duplicates.ts';
import type { DuplicatesConfig } from '../duplicates/duplicates.config.ts';
import type { ScoredMessage } from '../message/message.ts';
import type { Explain } from '../scorer/explain.ts';
import { WEIGHT_UNITS, type Post } from '../window/aggregate.ts';
import { concentrationOf } from '../window/concentration.ts';
import { cutText, type RankedPost } from '../window/evidence.ts';
import type { Ledger } from '../window/ledger.ts';
import { Sample } from '../window/sample.ts';
import type { AuthorConcentration, EvidenceCluster, EvidencePost } from './alert.ts';
import { LeftOut, type LimitOutput } from './left-out.ts';

export interface WitnessState {
  readonly before: readonly RankedPost[];
  /** Not told yet. */
  readonly news?: SeenNews;
  /** Of other settings: not used. */
  readonly duplicates?: { readonly definition: string; readonly state: DuplicatesState };
}

/** What changed in the sample of what was said before: posts drawn, and the sequences of those that were taken back. */
export interface SeenNews {
  readonly posts: readonly RankedPost[];
  readonly gone: readonly number[];
}

export interface WitnessOptions {
  readonly ledger: Ledger;
  readonly explain?: Explain;
  /** Absent: copies are not looked for. */
  readonly duplicates?: DuplicatesConfig;
  /** Whether there is a rule whose alerts show what was said before. */
  readonly remembers: boolean;
  /** Whether somebody else wants to know what it remembers. */
  readonly tells?: boolean;
}

/** Posts of the pipeline by which a span is judged; half of them are at most a day older than the newest. */
const BEFORE_POSTS_MAX = 512;
/** A channel with fewer of them is held against all channels. */
const CHANNEL_POSTS_MIN = 30;
const CLUSTERS_MAX = 5;
/** Among which those of one subject are looked for. */
const CLUSTERS_READ_MAX = 50;
/** Two posts that are alike are no cluster to speak of. */
const CLUSTER_POSTS_MIN = 3;

type PostsByAuthor = Map<number, number>;

export class Witness {
  readonly #options: WitnessOptions;
  readonly #before: Sample;
  readonly #duplicates: Duplicates | undefined;
  /** By sequence: a post drawn since it was last asked, or none where one was taken back. */
  readonly #news = new Map<number, RankedPost | undefined>();
  readonly #leftOut = new LeftOut<keyof DuplicatesLimits>('duplicates');
  /** Of the ledger as it is, for the span last asked for. */
  #authors: { readonly fromMs: number; readonly byChannel: ReadonlyMap<string, PostsByAuthor> } | undefined;

  constructor(options: WitnessOptions, restored?: WitnessState) {
    this.#options = options;
    this.#before = new Sample(BEFORE_POSTS_MAX, restored?.before);
    for (const post of restored?.news?.posts ?? []) this.#news.set(post.sequence, post);
    for (const sequence of restored?.news?.gone ?? []) this.#news.set(sequence, undefined);
    const { duplicates } = options;
    if (!duplicates) return;
    const known = restored?.duplicates;
    const isSame = known?.definition === definitionOf(duplicates);
    this.#duplicates = new Duplicates(duplicates, isSame ? known.state : undefined);
  }

  /** What the message weighs among its copies, in thousandths. Every message is to be asked for once, in order. */
  weigh(message: ScoredMessage, timeMs: number): number {
    if (!this.#duplicates) return WEIGHT_UNITS;
    const { weight } = this.#duplicates.observe(
      message.time === timeMs ? message : { ...message, time: timeMs },
    );
    return Math.round(weight * WEIGHT_UNITS);
  }

  /** A post that counts. */
  add({ message, sequence, evidence }: Post): void {
    if (!this.#options.remembers) return;
    const isDrawn = this.#before.add(message, sequence, evidence);
    if (isDrawn && this.#options.tells) this.#news.set(sequence, { post: evidence(), sequence });
  }

  takeBack(sequence: number): void {
    this.#before.takeBack(sequence);
    if (this.#options.tells) this.#news.set(sequence, undefined);
  }

  /** What changed since it was last asked. */
  takeNews(): SeenNews {
    const news = this.#newsNow();
    this.#news.clear();
    return news;
  }

  /** Takes what another one was asked for. */
  merge({ posts, gone }: SeenNews): void {
    for (const sequence of gone) this.#before.takeBack(sequence);
    for (const { post, sequence } of posts) this.#before.add(post, sequence, () => post);
  }

  /** The ledger has changed. */
  touch(): void {
    this.#authors = undefined;
  }

  /** With the words that made its sentiment. */
  explained(post: EvidencePost): EvidencePost {
    const because = this.#options.explain?.(post.text, post.lang) ?? [];
    return because.length > 0 ? { ...post, because } : post;
  }

  /** A sample of the posts before this time, of the channel if enough of it is known. */
  before(channel: string | undefined, startMs: number): readonly RankedPost[] {
    const earlier = this.#before.posts.filter(({ post }) => post.time < startMs);
    const own = earlier.filter(({ post }) => post.channel === channel);
    return own.length >= CHANNEL_POSTS_MIN ? own : earlier;
  }

  /** Of all posts from this time on that the ledger still knows. */
  authors(channel: string | undefined, fromMs: number): AuthorConcentration | undefined {
    if (this.#authors?.fromMs !== fromMs) this.#authors = { fromMs, byChannel: this.#countAuthors(fromMs) };
    const { byChannel } = this.#authors;
    if (channel !== undefined) return concentrationOf(byChannel.get(channel) ?? new Map());
    const whole: PostsByAuthor = new Map();
    for (const posts of byChannel.values())
      for (const [author, count] of posts) whole.set(author, (whole.get(author) ?? 0) + count);
    return concentrationOf(whole);
  }

  /** Texts that were copied since, the most copied first, with all their copies. Undefined when copies are not looked for.
   *  `about`: whether a text is of those that are meant. */
  clusters(
    channel: string | undefined,
    sinceMs: number,
    about?: (text: string) => boolean,
  ): readonly EvidenceCluster[] | undefined {
    const wanted = { sinceMs, copiesMin: CLUSTER_POSTS_MIN, ...(channel !== undefined && { channel }) };
    return this.#duplicates
      ?.clusters(about ? CLUSTERS_READ_MAX : CLUSTERS_MAX, wanted)
      .filter(({ representative }) => about?.(representative.text) ?? true)
      .slice(0, CLUSTERS_MAX)
      .map(({ id, representative, copies: count, authors, verdict }) => ({
        ...{ id, text: cutText(representative.text), count, authors, verdict },
      }));
  }

  /** What limits left out since it was last asked. */
  limits(): readonly LimitOutput[] {
    return this.#duplicates ? this.#leftOut.since(this.#duplicates.limits) : [];
  }

  toState(): WitnessState {
    const { duplicates } = this.#options;
    const state = this.#duplicates?.snapshot();
    return {
      before: this.#before.toState(),
      ...(this.#options.tells && { news: this.#newsNow() }),
      ...(duplicates && state && { duplicates: { definition: definitionOf(duplicates), state } }),
    };
  }

  #newsNow(): SeenNews {
    const posts = [...this.#news.values()].filter((post) => post !== undefined);
    const gone = [...this.#news].flatMap(([sequence, post]) => (post ? [] : sequence));
    return { posts, gone };
  }

  #countAuthors(fromMs: number): Map<string, PostsByAuthor> {
    const byChannel = new Map<string, PostsByAuthor>();
    this.#options.ledger.forEach(fromMs, Number.POSITIVE_INFINITY, ({ channel, authorHash }) => {
      if (authorHash === undefined) return;
      const posts = byChannel.get(channel) ?? new Map<number, number>();
      byChannel.set(channel, posts.set(authorHash, (posts.get(authorHash) ?? 0) + 1));
    });
    return byChannel;
  }
}

/** What a state must agree on; the rest is judged anew. */
function definitionOf({ keep, similarity, limits }: DuplicatesConfig): string {
  return JSON.stringify({ keep, similarity, limits });
}
