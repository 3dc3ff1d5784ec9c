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
  const figures = formatTable(
    [{ title: pipeline, align: 'left' }, { title: 'about' }, { title: 'at least' }, { title: 'at most' }],
    [
      ['recall: of what is relevant, kept', ...figuresOf(audit.recall, 3)],
      ['precision: of what is kept, relevant', ...figuresOf(audit.precision, 3)],
      ['relevant messages dropped', ...figuresOf(audit.missed, 0)],
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
    ...(marked === 0 && leftOut.unplaced === 0
      ? ['no marks yet: draw messages with --draw, mark them, send them with `earshot mark --file`']
      : []),
    ...(marked > 0 && !audit.drawn
      ? [
          'no mark is on a message drawn at random: what people happened to see is not what there is; use --draw',
        ]
      : []),
    ...audit.tooFew.map((verdict) => `too few marks on what was ${SIDE[verdict]}: fewer than ${MARKS_MIN}`),
    ...(audit.recall === null ? unknown(audit) : [needed(audit, audit.recall)]),
    ...leftOutNotes(leftOut),
  ];
  return `${figures}\n${rows}\n${notes.map((note) => `${note}\n`).join('')}`;
}

const figuresOf = (estimate: Estimate | null, digits: number) =>
  estimate === null
    ? ['–', '–', '–']
    : [estimate.value, estimate.low, estimate.high].map((figure) => figure.toFixed(digits));

/** Why the recall is. */
function unknown({ strata }: Audit): string[] {
  const isDrop = strata.map(({ verdict }) => verdict === 'drop');
  return [
    ...(isDrop.includes(true)
      ? []
      : [
          'the recall is unknown: nothing that the filter dropped is there, and whether it dropped nothing or nothing of it was published cannot be told apart; publish drops (dropped.sample), or give those published (--dropped)',
        ]),
    ...(isDrop.includes(false)
      ? []
      : ['the recall is unknown: nothing that was kept is there; give what was scored (--kept)']),
  ];
}

function needed({ needed: marks, width, leftOut }: Audit, recall: Estimate): string {
  const is = `the interval of the recall is ${(recall.high - recall.low).toFixed(3)} wide`;
  if (marks === undefined) {
    return `${is}; not even marks on all that is published make it ${width}: publish more drops (dropped.sample)`;
  }
  const more = marks
    .filter((one) => one.marks > 0)
    .map((one) => `${one.marks} on what was ${SIDE[one.verdict]}`);
  if (more.length === 0 && leftOut.unplaced > 0) {
    return `${is}, ${width} was asked for: narrow enough for what is there, but not all that was marked is`;
  }
  if (more.length === 0) return `${is}, ${width} was asked for: no further marks are needed`;
  return `${is}; for ${width} about so many further marks are needed: ${more.join(', ')}`;
}

function leftOutNotes({ repeated, notDrawn, otherReason, unplaced }: LeftOut): string[] {
  const why: readonly [number, string][] = [
    [repeated, 'marked again later'],
    [notDrawn, 'not drawn at random'],
    [otherReason, 'dropped for another reason than the filter'],
    [unplaced, 'of messages that are not among what was read, or that the mark does not name'],
  ];
  return why.filter(([marks]) => marks > 0).map(([marks, reason]) => `marks left out: ${marks} (${reason})`);
}
