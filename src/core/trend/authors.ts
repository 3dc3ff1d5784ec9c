/** Who wrote the posts of a trend. Up to a limit each is known with the number of his posts, so that posts can be taken back;
 *  beyond, authors are estimated (HyperLogLog), and one whose posts were all taken back stays counted. */
import { DistinctCounter, type DistinctState } from '../window/distinct.ts';

/** Authors of one trend that are known one by one. */
export const AUTHORS_KNOWN_MAX = 512;

export type AuthorsState =
  { readonly posts: readonly (readonly [number, number])[] } | { readonly many: DistinctState };

export class Authors {
  /** Posts by author; undefined beyond the limit. */
  #posts: Map<number, number> | undefined = new Map();
  #many = new DistinctCounter();

  /** Takes a `hash53`. */
  add(author: number, posts = 1): void {
    if (!this.#posts) return this.#many.add(author);
    this.#posts.set(author, (this.#posts.get(author) ?? 0) + posts);
    if (this.#posts.size > AUTHORS_KNOWN_MAX) this.#toMany();
  }

  takeBack(author: number): void {
    const posts = this.#posts?.get(author);
    if (posts === undefined) return;
    if (posts > 1) this.#posts?.set(author, posts - 1);
    else this.#posts?.delete(author);
  }

  get count(): number {
    return this.#posts?.size ?? this.#many.count;
  }

  merge(other: Authors): void {
    if (!other.#posts && this.#posts) this.#toMany();
    if (other.#posts) for (const [author, posts] of other.#posts) this.add(author, posts);
    else this.#many.merge(other.#many);
  }

  toState(): AuthorsState {
    return this.#posts ? { posts: [...this.#posts] } : { many: this.#many.toState() };
  }

  static fromState(state: AuthorsState): Authors {
    const authors = new Authors();
    if ('posts' in state) authors.#posts = new Map(state.posts);
    else {
      authors.#posts = undefined;
      authors.#many = DistinctCounter.fromState(state.many);
    }
    return authors;
  }

  #toMany(): void {
    for (const author of this.#posts?.keys() ?? []) this.#many.add(author);
    this.#posts = undefined;
  }
}
