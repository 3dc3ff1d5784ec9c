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
  /** The message is not among what was published, or the mark does not name it. */
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
  /** Messages that were marked, and where they were seen: the mark of one that nobody saw speaks for none that is counted. */
  readonly #asked = new Map<string, { readonly verdict: Verdict | undefined; place?: Place }>();
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
      if (message !== undefined) this.#asked.set(message, { verdict });
  }

  /** Counts one message as the pipeline published it. */
  see(message: Published): void {
    const place = placeOf(message);
    if (place === undefined) return;
    const key = keyOf(place);
    const stratum = this.#published.get(key) ?? { ...place, published: 0 };
    stratum.published += 1;
    this.#published.set(key, stratum);
    const asked = message.id === undefined ? undefined : this.#asked.get(message.id);
    // An edit is judged anew: the mark is on what the filter had said then.
    if (asked !== undefined && (asked.verdict ?? place.verdict) === place.verdict) asked.place = place;
  }

  result(): { readonly strata: readonly Stratum[]; readonly leftOut: LeftOut } {
    const counts = new Map([...this.#published].map(([key]) => [key, { marked: 0, relevant: 0 }]));
    let unplaced = 0;
    for (const mark of this.#marks) {
      const place = mark.message === undefined ? undefined : this.#asked.get(mark.message)?.place;
      const count = place === undefined ? undefined : counts.get(keyOf(place));
      if (count === undefined) unplaced += 1;
      else {
        count.marked += 1;
        if (mark.mark === 'keep') count.relevant += 1;
      }
    }
    const strata = [...this.#published].map(([key, stratum]) => {
      const { marked, relevant } = counts.get(key) ?? { marked: 0, relevant: 0 };
      return { ...stratum, marked, relevant };
    });
    return { strata, leftOut: { ...this.#leftOut, unplaced } };
  }
}
