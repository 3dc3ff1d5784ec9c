/** Labelled texts out of a file: for training and evaluation. */
import { quote } from '../../core/message/dead.ts';
import { DatasetError } from './dataset-error.ts';
import {
  areSigns,
  guessedCoding,
  isRating,
  labelNames,
  LABELS_ALLOWED,
  parseLabels,
  parseRating,
  type Coding,
  type DatasetLabel,
  type LabelNames,
} from './labels.ts';
import { DATASET_LIMITS, type DatasetLimits } from './limits.ts';
import type { RawRow } from './raw-row.ts';
import { readRawRows } from './raw-rows.ts';

interface DatasetText {
  readonly text: string;
  /** As the file says it; nothing is assumed where it says nothing. */
  readonly lang?: string;
  readonly source?: string;
}

export interface LabelledText extends DatasetText {
  /** At least one; several where the raters named several. */
  readonly labels: readonly DatasetLabel[];
}

export interface RatedText extends DatasetText {
  /** How good people found it, on the file's own scale. */
  readonly rating: number;
}

/** In the file's order; at least one row. */
export type Dataset =
  | {
      readonly file: string;
      readonly kind: 'labels';
      readonly rows: readonly LabelledText[];
      /** What numbers were taken for, where too few occur to tell: a set of two classes, or a part of one of three. */
      readonly guessed?: Coding;
    }
  | { readonly file: string; readonly kind: 'ratings'; readonly rows: readonly RatedText[] };

export const DATASET_KINDS = ['auto', 'labels', 'ratings'] as const;
/** `auto`: ratings when any label is a number that is negative or not whole, and not all are -1, 0 or 1; else labels. */
export type DatasetKind = (typeof DATASET_KINDS)[number];

/** Reads the file whole. Formats: `label<TAB>text`, `label<TAB>source<TAB>text`, columns apart by tabs or CSV with a header,
 *  NDJSON `{label, text, lang?}`; each also packed by gzip. Rejects with a `DatasetError`. */
export async function readDataset(
  file: string,
  kind: DatasetKind = 'auto',
  { rowsMax, charsMax }: Omit<DatasetLimits, 'lineBytesMax'> = DATASET_LIMITS,
): Promise<Dataset> {
  const rows: RawRow[] = [];
  let chars = 0;
  for await (const row of readRawRows(file)) {
    chars += row.text.length;
    if (rows.length >= rowsMax)
      throw new DatasetError(`${file}:${row.line}: more than ${rowsMax} rows; split the file`);
    if (chars > charsMax) {
      throw new DatasetError(`${file}:${row.line}: more than ${charsMax} characters of text; split the file`);
    }
    rows.push(row);
  }
  if (rows.length === 0) throw new DatasetError(`${file}: holds no rows`);
  const given = new Set(rows.map((row) => row.label));
  const rated = kind === 'auto' && !areSigns(given) ? rows.find((row) => isRating(row.label)) : undefined;
  if (kind === 'labels' || (kind === 'auto' && rated === undefined)) {
    const names = labelNames(given);
    const guessed = guessedCoding(given);
    return {
      ...{ file, kind: 'labels', rows: rows.map((row) => label(file, row, names)) },
      ...(guessed && { guessed }),
    };
  }
  const why =
    rated === undefined ? '' : ` (taken for ratings because of ${quote(rated.label)} in line ${rated.line})`;
  return { file, kind: 'ratings', rows: rows.map((row) => rate(file, row, why)) };
}

function label(file: string, row: RawRow, names: LabelNames): LabelledText {
  const labels = parseLabels(row.label, names);
  if (labels !== undefined) return { ...textOf(row), labels };
  throw new DatasetError(
    `${file}:${row.line}: label ${quote(row.label)} is not allowed; allowed: ${LABELS_ALLOWED}; human ratings need kind ratings`,
  );
}

function rate(file: string, row: RawRow, why: string): RatedText {
  const rating = parseRating(row.label);
  if (rating !== undefined) return { ...textOf(row), rating };
  throw new DatasetError(
    `${file}:${row.line}: rating ${quote(row.label)} is not allowed; allowed: a decimal number${why}`,
  );
}

function textOf({ text, lang, source }: RawRow): DatasetText {
  return { text, ...(lang === undefined ? {} : { lang }), ...(source === undefined ? {} : { source }) };
}
