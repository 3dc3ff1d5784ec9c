/** How much of what is relevant the filter keeps (recall), and how much of what it keeps is relevant (precision): estimated
 *  from marks on a random sample of what it kept and of what it dropped, with 95% intervals. docs/relevance.md has the
 *  formula. */
import type { Verdict } from '../verdict.ts';
import { product, shareOfSum, sum, wilson, Z, type Estimate } from './interval.ts';

/** Messages that had the same chance to be marked. */
export interface Stratum {
  readonly verdict: Verdict;
  /** Share of such messages that was published. */
  readonly sample: number;
  /** Messages published. */
  readonly published: number;
  /** Of these, marked; and of those, marked as relevant. */
  readonly marked: number;
  readonly relevant: number;
}

/** Below this an interval says more about the formula than about the filter. */
export const MARKS_MIN = 30;

export interface AuditEstimate {
  /** Null where nothing that was kept, or nothing that was dropped, was seen: it compares the two. */
  readonly recall: Estimate | null;
  /** Null where nothing that was kept was seen. */
  readonly precision: Estimate | null;
  /** Relevant messages among those dropped, about; null where none of those was seen. */
  readonly missed: Estimate | null;
  readonly strata: readonly Stratum[];
  /** Verdicts with fewer marks than `MARKS_MIN`, though there are messages left to mark. */
  readonly tooFew: readonly Verdict[];
  /** Further marks for an interval of the recall as narrow as was asked for; undefined when not even all that is published
   *  would do, or the recall is not known. */
  readonly needed: readonly { readonly verdict: Verdict; readonly marks: number }[] | undefined;
}

const isKept = ({ verdict }: Pick<Stratum, 'verdict'>) => verdict !== 'drop';

/** Messages that there were: of what is published by chance, one stands for 1 / sample, give or take. */
function size({ published, sample }: Stratum): Estimate {
  const value = published / sample;
  const spread = (Z * Math.sqrt(published * (1 - sample))) / sample;
  return { value, low: Math.max(published, value - spread), high: value + spread };
}

const relevantIn = (stratum: Stratum): Estimate => {
  const all = size(stratum);
  return product(all, wilson(stratum.relevant, stratum.marked, all.value));
};

function recallOf(strata: readonly Stratum[]): Estimate {
  const relevant = (kept: boolean) => sum(strata.filter((one) => isKept(one) === kept).map(relevantIn));
  return shareOfSum(relevant(true), relevant(false));
}

/** `width` of the recall's interval, high minus low, above 0. Strata without a message are passed over. */
export function estimateAudit(all: readonly Stratum[], width: number): AuditEstimate {
  const strata = all.filter(({ published }) => published > 0);
  const kept = strata.filter(isKept);
  const dropped = strata.filter((stratum) => !isKept(stratum));
  const isComparable = kept.length > 0 && dropped.length > 0;
  const keptSize = kept.reduce((total, stratum) => total + size(stratum).value, 0);
  const { value, low, high } = sum(kept.map(relevantIn));
  return {
    recall: isComparable ? recallOf(strata) : null,
    precision:
      kept.length === 0
        ? null
        : { value: value / keptSize, low: low / keptSize, high: Math.min(1, high / keptSize) },
    missed: dropped.length === 0 ? null : sum(dropped.map(relevantIn)),
    strata,
    tooFew: [...new Set(strata.filter(isThin).map(({ verdict }) => verdict))],
    needed: isComparable ? furtherMarks(strata, width) : undefined,
  };
}

const isThin = ({ marked, published }: Stratum) => marked < Math.min(MARKS_MIN, published);

/** Laplace's: also where nothing, or nothing else, was seen yet. */
const expectedShare = ({ marked, relevant }: Stratum) => (relevant + 1) / (marked + 2);

/** Marks are spread over the strata by what each adds to the spread of the recall's log-odds (Neyman, 1934), and their
 *  number is found by halving. */
function furtherMarks(strata: readonly Stratum[], width: number): AuditEstimate['needed'] {
  const expected = strata.map((stratum) => size(stratum).value * expectedShare(stratum));
  const totalOf = (kept: boolean) =>
    expected.reduce(
      (total, part, at) => total + (isKept(strata[at] ?? { verdict: 'drop' }) === kept ? part : 0),
      0,
    );
  const [keptTotal, droppedTotal] = [totalOf(true), totalOf(false)];
  const shares = strata.map((stratum) => {
    const share = expectedShare(stratum);
    const spread = size(stratum).value * Math.sqrt(share * (1 - share));
    return spread / (isKept(stratum) ? keptTotal : droppedTotal);
  });
  const shareTotal = shares.reduce((total, share) => total + share, 0);
  const planned = (marks: number): readonly Stratum[] =>
    strata.map((stratum, at) => {
      const wanted = Math.ceil((marks * (shares[at] ?? 0)) / shareTotal);
      const marked = Math.min(
        stratum.published,
        Math.max(stratum.marked, Math.min(MARKS_MIN, stratum.published), wanted),
      );
      return { ...stratum, marked, relevant: marked * expectedShare(stratum) };
    });
  const isNarrow = (marks: number) => {
    const { low, high } = recallOf(planned(marks));
    return high - low <= width;
  };
  let enough = 1;
  const marksMax =
    2 *
    strata.reduce((total, { published }) => total + published, 0) *
    Math.max(1, ...shares.map((share) => shareTotal / share));
  while (!isNarrow(enough)) {
    if (enough > marksMax) return undefined;
    enough *= 2;
  }
  let tooFew = enough / 2;
  while (enough - tooFew > 1) {
    const middle = Math.floor((enough + tooFew) / 2);
    if (isNarrow(middle)) enough = middle;
    else tooFew = middle;
  }
  return byVerdict(planned(enough), strata);
}

function byVerdict(planned: readonly Stratum[], strata: readonly Stratum[]) {
  const more = new Map<Verdict, number>();
  for (const [at, { verdict, marked }] of planned.entries()) {
    const further = marked - (strata[at]?.marked ?? 0);
    more.set(verdict, (more.get(verdict) ?? 0) + further);
  }
  return [...more].map(([verdict, marks]) => ({ verdict, marks }));
}
