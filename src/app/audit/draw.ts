/** Draws messages at random to be marked: half of what the filter dropped, half of what it kept. */
import { takenFrom } from '../../core/relevance/marks/mark-request.ts';
import type { Published } from './streams.ts';

/** A request for a mark that waits for its word: `mark` is to become keep or drop. */
export interface DrawnMark {
  readonly pipeline: string;
  readonly mark: null;
  readonly drawn: true;
  readonly message: Pick<Published, 'id' | 'text' | 'relevance' | 'dropped'>;
}

/** Each message of a side has the same chance, however many there are: reservoir sampling (Vitter, 1985). */
export class Draw {
  readonly #sides = { drop: [] as Published[], keep: [] as Published[] };
  readonly #seen = { drop: 0, keep: 0 };
  readonly #perSide: number;
  readonly #random: () => number;

  /** `random`: uniform in [0, 1). */
  constructor(messages: number, random: () => number) {
    this.#perSide = Math.ceil(messages / 2);
    this.#random = random;
  }

  see(message: Published): void {
    const { verdict, reason, message: id } = takenFrom(message);
    if (id === undefined || message.text.trim() === '') return;
    if (reason !== undefined && reason !== 'irrelevant') return;
    const side = verdict === 'drop' ? 'drop' : 'keep';
    const [held, seen] = [this.#sides[side], (this.#seen[side] += 1)];
    if (held.length < this.#perSide) held.push(message);
    else {
      const at = Math.floor(this.#random() * seen);
      if (at < this.#perSide) held[at] = message;
    }
  }

  /** In random order: who marks is not to tell a drop by its place. */
  drawn(pipeline: string): readonly DrawnMark[] {
    return [...this.#sides.drop, ...this.#sides.keep]
      .map((message) => ({ message, order: this.#random() }))
      .sort((left, right) => left.order - right.order)
      .map(({ message: { id, text, relevance, dropped } }): DrawnMark => {
        const shown = { id, text, ...(relevance ? { relevance } : {}), ...(dropped ? { dropped } : {}) };
        return { pipeline, mark: null, drawn: true, message: shown };
      });
  }
}
