/** The last posts that may turn out to belong to a trend: a trend is seen to have begun some posts after its first. */
import type { Observed } from './observed.ts';

export interface RecentPost {
  /** Of its id. */
  readonly number: number;
  readonly id: string;
  readonly text: string;
  readonly timeMs: number;
  /** Who says so; else the id. */
  readonly authorId: string;
  readonly author?: string;
  readonly url?: string;
  readonly label?: NonNullable<Observed['sentiment']>['label'];
  readonly score?: number;
  readonly sequence?: number;
}

export class RecentPosts {
  readonly #byNumber = new Map<number, RecentPost>();
  readonly #max: number;

  constructor(max: number, restored: readonly RecentPost[] = []) {
    this.#max = max;
    for (const post of restored) this.add(post);
  }

  get(number: number): RecentPost | undefined {
    return this.#byNumber.get(number);
  }

  /** Beyond the limit the oldest is forgotten. */
  add(post: RecentPost): void {
    this.#byNumber.set(post.number, post);
    if (this.#byNumber.size <= this.#max) return;
    for (const oldest of this.#byNumber.keys()) {
      this.#byNumber.delete(oldest);
      return;
    }
  }

  delete(number: number): void {
    this.#byNumber.delete(number);
  }

  merge(other: RecentPosts): void {
    for (const post of other.#byNumber.values()) this.add(post);
  }

  toState(): RecentPost[] {
    return [...this.#byNumber.values()];
  }
}

export function recentPost(message: Observed, number: number): RecentPost {
  const { id, text, time, author, url, sentiment, sequence } = message;
  const name = author?.handle ?? author?.id;
  return {
    number,
    id,
    text,
    timeMs: time,
    authorId: author?.id ?? author?.handle ?? `post:${id}`,
    ...(name === undefined ? {} : { author: name }),
    ...(url === undefined ? {} : { url }),
    ...(sentiment === undefined ? {} : { label: sentiment.label, score: sentiment.score }),
    ...(sequence === undefined ? {} : { sequence }),
  };
}
