/** From marks, and from what a pipeline published, to the strata of an audit. */
import type { RelevanceMark } from '../marks/mark.ts';
import type { readPublished } from '../marks/mark-request.ts';
import type { Verdict } from '../verdict.ts';
import type { Stratum } from './audit.ts';

type Published = NonNullable<ReturnType<typeof readPublished>>;

interface Place {
  readonly verdict: Verdict;
  readonly sample: number;
}

/** What was left out of the estimate, and why. */
export interface LeftOut {
  /** Marked again later: the last word counts. */
  readonly repeated: number;
  /** The message was not drawn at random, while others were. */
  readonly notDrawn: number;
  /** Dropped for its language or as a duplicate: not the filter's doing. */
  readonly otherReason: number;
  /** Neither the mark nor what is published says what the filter had said of it. */
  readonly unplaced: number;
}

const FILTER_REASON = 'irrelevant';

/** What the filter had said of a published message; undefined where the filter was not asked. */
function placeOf({ relevance, dropped }: Published): Place | undefined {
  if (dropped === undefined) return { verdict: relevance?.verdict ?? 'keep', sample: 1 };
  return dropped.reason === FILTER_REASON ? { verdict: 'drop', sample: dropped.sample ?? 1 } : undefined;
}

const keyOf = ({ verdict, sample }: Place) => `${verdict} ${sample}`;

export class AuditCount {
  /** Whether the marks are on messages drawn at random. */
  readonly isDrawn: boolean;
  readonly #marks: readonly RelevanceMark[];
  readonly #leftOut: { repeated: number; notDrawn: number; otherReason: number };
  /** Messages whose mark does not say what the filter had said. */
  readonly #asked = new Map<string, Place | undefined>();
  readonly #published = new Map<string, Place & { published: number }>();

  /** `marks` of one pipeline, oldest first. */
  constructor(marks: readonly RelevanceMark[]) {
    const last = new Map(marks.map((mark) => [mark.message ?? `mark ${mark.id}`, mark]));
    const words = [...last.values()];
    this.isDrawn = words.some(({ drawn }) => drawn === true);
    const drawn = this.isDrawn ? words.filter((mark) => mark.drawn === true) : words;
    this.#marks = drawn.filter(({ reason }) => reason === undefined || reason === FILTER_REASON);
    this.#leftOut = {
      repeated: marks.length - words.length,
      notDrawn: words.length - drawn.length,
      otherReason: drawn.length - this.#marks.length,
    };
    for (const { verdict, message } of this.#marks)
      if (verdict === undefined && message !== undefined) this.#asked.set(message, undefined);
  }

  /** Counts one message as the pipeline published it. */
  see(message: Published): void {
    const place = placeOf(message);
    if (place === undefined) return;
    const key = keyOf(place);
    const stratum = this.#published.get(key) ?? { ...place, published: 0 };
    stratum.published += 1;
    this.#published.set(key, stratum);
    if (message.id !== undefined && this.#asked.has(message.id)) this.#asked.set(message.id, place);
  }

  result(): { readonly strata: readonly Stratum[]; readonly leftOut: LeftOut } {
    const counts = new Map([...this.#published].map(([key]) => [key, { marked: 0, relevant: 0 }]));
    let unplaced = 0;
    for (const mark of this.#marks) {
      const count = counts.get(keyOf(this.#placeOfMark(mark) ?? NOWHERE));
      if (count === undefined) unplaced += 1;
      else {
        count.marked += 1;
        if (mark.mark === 'keep') count.relevant += 1;
      }
    }
    const strata = [...this.#published].map(([key, stratum]) => {
      const { marked, relevant } = counts.get(key) ?? { marked: 0, relevant: 0 };
      // More marks than messages: the stream let go of some that were marked.
      return { ...stratum, published: Math.max(stratum.published, marked), marked, relevant };
    });
    return { strata, leftOut: { ...this.#leftOut, unplaced } };
  }

  #placeOfMark({ verdict, sample = 1, message }: RelevanceMark): Place | undefined {
    if (verdict !== undefined) return { verdict, sample };
    return message === undefined ? undefined : this.#asked.get(message);
  }
}

const NOWHERE: Place = { verdict: 'drop', sample: 0 };
