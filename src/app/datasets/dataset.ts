/** Labelled texts out of a file: for training and evaluation. */
import { quote } from '../../core/message/dead.ts';
import { DatasetError } from './dataset-error.ts';
import { isRating, LABELS_ALLOWED, parseLabels, parseRating, type DatasetLabel } from './labels.ts';
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
  | { readonly file: string; readonly kind: 'labels'; readonly rows: readonly LabelledText[] }
  | { readonly file: string; readonly kind: 'ratings'; readonly rows: readonly RatedText[] };

export const DATASET_KINDS = ['auto', 'labels', 'ratings'] as const;
/** `auto`: ratings when any label is a number that is negative or not whole, else labels. */
export type DatasetKind = (typeof DATASET_KINDS)[number];

/** Reads the file whole. Formats: `label<TAB>text`, `label<TAB>source<TAB>text`, NDJSON `{label, text, lang?}`, CSV with a
 *  header; each also as `.gz`. Rejects with a `DatasetError`. */
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
  const rated = kind === 'auto' ? rows.find((row) => isRating(row.label)) : undefined;
  if (kind === 'labels' || (kind === 'auto' && rated === undefined)) {
    return { file, kind: 'labels', rows: rows.map((row) => label(file, row)) };
  }
  const why =
    rated === undefined ? '' : ` (taken for ratings because of ${quote(rated.label)} in line ${rated.line})`;
  return { file, kind: 'ratings', rows: rows.map((row) => rate(file, row, why)) };
}

function label(file: string, row: RawRow): LabelledText {
  const labels = parseLabels(row.label);
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
