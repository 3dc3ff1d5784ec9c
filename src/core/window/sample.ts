/** A few posts that stand for many: a random sample in which a post is the likelier, the later it was made, half as likely
 *  for each `SAMPLE_HALF_LIFE_MS`. Chance comes from the ids, so a sample depends on the posts alone, not on their order.
 *
 *  Weighted sampling without replacement by keys (Efraimidis and Spirakis 2006); weights that grow with the time of the post
 *  instead of fading with its age keep their order for ever (forward decay: Cormode and others 2009). */
import type { EvidencePost } from '../alert/alert.ts';
import { hash53 } from './distinct.ts';
import type { RankedPost } from './evidence.ts';

const SAMPLE_HALF_LIFE_MS = 86_400_000;
const DECAY_MS = SAMPLE_HALF_LIFE_MS / Math.LN2;

interface Drawn extends RankedPost {
  readonly key: number;
}

export class Sample {
  readonly #postsMax: number;
  /** By key, least first. */
  readonly #drawn: Drawn[] = [];

  constructor(postsMax: number, restored: readonly RankedPost[] = []) {
    this.#postsMax = postsMax;
    for (const { post, sequence } of restored) this.add(post, sequence, () => post);
  }

  get posts(): readonly RankedPost[] {
    return this.#drawn;
  }

  /** Whether it is drawn; the post is made only then. */
  add({ id, time }: Pick<EvidencePost, 'id' | 'time'>, sequence: number, make: () => EvidencePost): boolean {
    const key = keyOf(id, time);
    const last = this.#drawn.at(-1);
    if (this.#drawn.length >= this.#postsMax && last && !comesBefore(key, sequence, last)) return false;
    let at = this.#drawn.length;
    for (; at > 0; at--) {
      const before = this.#drawn[at - 1];
      if (before && !comesBefore(key, sequence, before)) break;
    }
    this.#drawn.splice(at, 0, { post: make(), sequence, key });
    if (this.#drawn.length > this.#postsMax) this.#drawn.pop();
    return true;
  }

  /** What it had displaced does not come back. */
  takeBack(sequence: number): void {
    const at = this.#drawn.findIndex((drawn) => drawn.sequence === sequence);
    if (at >= 0) this.#drawn.splice(at, 1);
  }

  toState(): readonly RankedPost[] {
    return this.#drawn.map(({ post, sequence }) => ({ post, sequence }));
  }
}

function comesBefore(key: number, sequence: number, other: Drawn): boolean {
  return key < other.key || (key === other.key && sequence < other.sequence);
}

/** The logarithm of Efraimidis and Spirakis' exponential key: -ln(u) / weight, with weight = e^(time / DECAY_MS). */
function keyOf(id: string, timeMs: number): number {
  const chance = hash53(id) / 2 ** 53;
  return Math.log(-Math.log(chance)) - timeMs / DECAY_MS;
}
