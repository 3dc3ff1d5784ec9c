/** Texts that people judged relevant or irrelevant, out of a file: for training filters and measuring them. */
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { errorText } from '../../core/errors/error-text.ts';
import { normalizeText } from '../../core/message/text.ts';
import type { RelevanceText } from '../../core/relevance/filter/train/corpus.ts';
import { openBytes } from '../file-bytes.ts';
import { splitLines } from '../split-lines.ts';
import { indexOf, namesOf } from './columns.ts';
import { csvRecords } from './csv-records.ts';
import { DatasetError } from './dataset-error.ts';
import { decodeEscapes } from './escapes.ts';
import { DATASET_LIMITS } from './limits.ts';
import { readLabels } from './relevance-labels.ts';

export interface RelevanceDataset {
  readonly file: string;
  /** In the file's order, normalized as messages are; at least one of each kind. */
  readonly texts: readonly RelevanceText[];
}

export interface RelevanceDatasetOptions {
  /** Labels that mean relevant; without it they are recognized. */
  readonly relevant?: readonly string[];
  /** Column that names the group of a text (an event, a video). */
  readonly group?: string;
}

/** One row as it stands in the file. */
interface Row {
  readonly line: number;
  readonly label: string;
  readonly text: string;
  readonly group?: string;
}

/** Reads the file whole. Formats: `label<TAB>text`, columns apart by a tab under a header, NDJSON, CSV with a header; each also
 *  packed by gzip. Columns: `label` (or `class`, `spam`, `relevant`, …) and `text` (or `content`, `message`, …). Rejects with a
 *  `DatasetError`. */
export async function readRelevanceDataset(
  file: string,
  options: RelevanceDatasetOptions = {},
): Promise<RelevanceDataset> {
  const { rows, column } = await readRows(file, options.group);
  if (rows.length === 0) throw new DatasetError(`${file}: holds no rows`);
  const meanings = readLabels(file, new Set(rows.map(({ label }) => label)), {
    ...(options.relevant === undefined ? {} : { relevant: options.relevant }),
    ...(column === undefined ? {} : { column }),
  });
  return {
    file,
    texts: rows.map(({ label, text, group }) => ({
      text: normalizeText(text, 'auto'),
      relevant: meanings.get(label) === true,
      ...(group === undefined ? {} : { group }),
    })),
  };
}

/** Header names in order of preference; case and white space around them do not matter. */
const LABEL_COLUMNS = [
  'label',
  'class',
  'spam',
  'is_spam',
  'relevant',
  'relevance',
  'informativeness',
  'category',
  'v1',
];
const TEXT_COLUMNS = ['text', 'content', 'message', 'comment', 'tweet', 'tweet text', 'body', 'v2'];

interface Columns {
  readonly names: readonly string[];
  readonly label: number;
  readonly text: number;
  /** -1: nobody asked. */
  readonly group: number;
}

/** Undefined when the line is no header. */
function columnsOf(header: readonly string[], group: string | undefined, file: string): Columns | undefined {
  const names = namesOf(header);
  const [label, text] = [indexOf(names, LABEL_COLUMNS), indexOf(names, TEXT_COLUMNS)];
  if (label === -1 || text === -1) return undefined;
  const at = group === undefined ? -1 : names.indexOf(group.trim().toLowerCase());
  if (group !== undefined && at === -1) throw noGroup(file, group, header);
  return { names, label, text, group: at };
}

const noGroup = (file: string, group: string, has: readonly string[]) =>
  new DatasetError(`${file}: no column '${group}'; the file has: ${has.join(', ')}`);

interface Rows {
  readonly rows: readonly Row[];
  /** Name of the label column. */
  readonly column?: string;
}

async function readRows(file: string, group: string | undefined): Promise<Rows> {
  const { bytes } = openBytes(file);
  try {
    return /\.csv(\.gz)?$/i.test(basename(file))
      ? await readCsv(bytes, file, group)
      : await readLines(bytes, file, group);
  } catch (error) {
    if (error instanceof DatasetError) throw error;
    throw new DatasetError(`${file}: cannot be read: ${errorText(error)}`, { cause: error });
  } finally {
    bytes.destroy();
  }
}

/** Collects rows within the limits of a data set. */
function collector(file: string): { readonly rows: Row[]; readonly take: (row: Row) => void } {
  const rows: Row[] = [];
  let chars = 0;
  return {
    rows,
    take: (row) => {
      chars += row.text.length;
      if (rows.length >= DATASET_LIMITS.rowsMax || chars > DATASET_LIMITS.charsMax) {
        const { rowsMax, charsMax } = DATASET_LIMITS;
        throw new DatasetError(
          `${file}:${row.line}: more than ${rowsMax} rows or ${charsMax} characters of text; split the file`,
        );
      }
      rows.push(row);
    },
  };
}

function rowOf(cells: readonly string[], { label, text, group }: Columns, line: number, file: string): Row {
  const [labelCell, textCell, groupCell] = [cells[label], cells[text], cells[group]];
  if (labelCell === undefined || textCell === undefined) {
    throw new DatasetError(`${file}:${line}: has ${cells.length} columns, too few for the header`);
  }
  return {
    line,
    label: labelCell.trim(),
    text: textCell,
    ...(groupCell === undefined ? {} : { group: groupCell.trim() }),
  };
}

async function readCsv(bytes: Readable, file: string, group: string | undefined): Promise<Rows> {
  const { rows, take } = collector(file);
  let columns: Columns | undefined;
  for await (const { record, line } of csvRecords(bytes)) {
    if (columns !== undefined) take(rowOf(record, columns, line, file));
    else {
      columns = columnsOf(record, group, file);
      if (columns === undefined) throw noColumns(file, record);
    }
  }
  return { rows, ...(columns === undefined ? {} : { column: columns.names[columns.label] ?? '' }) };
}

const noColumns = (file: string, has: readonly string[]) =>
  new DatasetError(
    `${file}:1: needs a column for the label (${LABEL_COLUMNS.join(', ')}) and one for the text (${TEXT_COLUMNS.join(', ')}); the file has: ${has.join(', ')}`,
  );

async function readLines(bytes: Readable, file: string, group: string | undefined): Promise<Rows> {
  const { rows, take } = collector(file);
  let column: string | undefined;
  let read: ((content: string, line: number) => Row) | undefined;
  let line = 0;
  for await (const buffer of splitLines(bytes, { bytesMax: DATASET_LIMITS.lineBytesMax + 1 })) {
    line += 1;
    if (buffer.length > DATASET_LIMITS.lineBytesMax) {
      throw new DatasetError(`${file}:${line}: longer than ${DATASET_LIMITS.lineBytesMax} bytes`);
    }
    const content = buffer.toString('utf8').replace(/^\ufeff|\r$/g, '');
    if (content.trim() === '') continue;
    if (read !== undefined) {
      take(read(content, line));
      continue;
    }
    if (content.trimStart().startsWith('{')) {
      const columns = keysOf(content, file, group);
      column = columns.label;
      read = (json, at) => jsonRow(json, at, columns, file);
      take(read(content, line));
      continue;
    }
    const header = content.split('\t');
    const columns = header.length > 1 ? columnsOf(header, group, file) : undefined;
    if (columns !== undefined) {
      column = columns.names[columns.label];
      read = (row, at) => rowOf(cellsOf(row, columns), columns, at, file);
    } else {
      if (group !== undefined) throw noGroup(file, group, ['label', 'text']);
      read = (row, at) => plainRow(row, at, file);
      take(read(content, line));
    }
  }
  return { rows, ...(column === undefined ? {} : { column }) };
}

/** Further tabs belong to the text, where that is the last column. */
function cellsOf(row: string, { names, text }: Columns): string[] {
  const cells = row.split('\t');
  if (text !== names.length - 1) return cells;
  return [
    ...cells.slice(0, text),
    ...(cells.length > text ? [decodeEscapes(cells.slice(text).join('\t'))] : []),
  ];
}

function plainRow(content: string, line: number, file: string): Row {
  const at = content.indexOf('\t');
  if (at === -1) throw new DatasetError(`${file}:${line}: is not label<TAB>text`);
  return { line, label: content.slice(0, at).trim(), text: decodeEscapes(content.slice(at + 1)) };
}

interface Keys {
  readonly label: string;
  readonly text: string;
  readonly group?: string;
}

function parseObject(content: string, line: number, file: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(content) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new DatasetError(`${file}:${line}: not JSON: ${errorText(error)}`);
  }
}

function keysOf(content: string, file: string, group: string | undefined): Keys {
  const keys = Object.keys(parseObject(content, 1, file));
  const columns = columnsOf(keys, group, file);
  if (columns === undefined) throw noColumns(file, keys);
  return {
    label: keys[columns.label] ?? 'label',
    text: keys[columns.text] ?? 'text',
    ...(columns.group === -1 ? {} : { group: keys[columns.group] ?? '' }),
  };
}

function jsonRow(content: string, line: number, keys: Keys, file: string): Row {
  const row = parseObject(content, line, file);
  const [label, text] = [row[keys.label], row[keys.text]];
  const isLabel = typeof label === 'string' || typeof label === 'number' || typeof label === 'boolean';
  if (!isLabel || typeof text !== 'string') {
    throw new DatasetError(`${file}:${line}: a row needs '${keys.label}' and '${keys.text}'`);
  }
  const group = keys.group === undefined ? undefined : row[keys.group];
  const isGroup = typeof group === 'string' || typeof group === 'number';
  return { line, label: String(label).trim(), text, ...(isGroup ? { group: String(group) } : {}) };
}
