/** An audit, for people. */
import { MARKS_MIN, type AuditEstimate } from '../core/relevance/audit/audit.ts';
import type { LeftOut } from '../core/relevance/audit/count.ts';
import type { Estimate } from '../core/relevance/audit/interval.ts';
import { formatTable } from './table.ts';

export interface Audit extends AuditEstimate {
  readonly pipeline: string;
  /** That the further marks aim at. */
  readonly width: number;
  readonly drawn: boolean;
  readonly leftOut: LeftOut;
}

const SIDE = { keep: 'kept', review: 'kept for review', drop: 'dropped' } as const;

export function formatAudit(audit: Audit): string {
  const { pipeline, strata, leftOut } = audit;
  const marked = strata.reduce((sum, stratum) => sum + stratum.marked, 0);
  const share = ({ value, low, high }: Estimate) => [value, low, high].map((number) => number.toFixed(3));
  const count = ({ value, low, high }: Estimate) => [value, low, high].map((number) => number.toFixed(0));
  const figures = formatTable(
    [{ title: pipeline, align: 'left' }, { title: 'about' }, { title: 'at least' }, { title: 'at most' }],
    [
      ['recall: of what is relevant, kept', ...share(audit.recall)],
      ['precision: of what is kept, relevant', ...share(audit.precision)],
      ['relevant messages dropped', ...count(audit.missed)],
    ],
  );
  const rows = formatTable(
    [
      { title: 'verdict', align: 'left' },
      { title: 'sample' },
      { title: 'published' },
      { title: 'marked' },
      { title: 'relevant' },
    ],
    strata.map(({ verdict, sample, ...one }) =>
      [verdict, sample, one.published, one.marked, one.relevant].map(String),
    ),
  );
  const notes = [
    ...(marked === 0
      ? ['no marks yet: draw messages with --draw, mark them, send them with `earshot mark --file`']
      : []),
    ...(marked > 0 && !audit.drawn
      ? [
          'no mark is on a message drawn at random: what people happened to see is not what there is; use --draw',
        ]
      : []),
    ...audit.tooFew.map((verdict) => `too few marks on what was ${SIDE[verdict]}: fewer than ${MARKS_MIN}`),
    needed(audit),
    ...leftOutNotes(leftOut),
  ];
  return `${figures}\n${rows}\n${notes.map((note) => `${note}\n`).join('')}`;
}

function needed({ needed: marks, width, recall }: Audit): string {
  const is = `the interval of the recall is ${(recall.high - recall.low).toFixed(3)} wide`;
  if (marks === undefined) {
    return `${is}; not even marks on all that is published make it ${width}: publish more drops (dropped.sample)`;
  }
  const more = marks
    .filter((one) => one.marks > 0)
    .map((one) => `${one.marks} on what was ${SIDE[one.verdict]}`);
  if (more.length === 0) return `${is}, ${width} was asked for: no further marks are needed`;
  return `${is}; for ${width} about so many further marks are needed: ${more.join(', ')}`;
}

function leftOutNotes({ repeated, notDrawn, otherReason, unplaced }: LeftOut): string[] {
  const why: readonly [number, string][] = [
    [repeated, 'marked again later'],
    [notDrawn, 'not drawn at random'],
    [otherReason, 'dropped for another reason than the filter'],
    [unplaced, 'of messages that are not there any more, or that nobody knows the verdict of'],
  ];
  return why.filter(([marks]) => marks > 0).map(([marks, reason]) => `marks left out: ${marks} (${reason})`);
}
