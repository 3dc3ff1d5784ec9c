/** Rows of files in which a line is a row: NDJSON, or columns apart by a tab. */
import type { Readable } from 'node:stream';
import { errorText } from '../../core/errors/error-text.ts';
import { quote } from '../../core/message/dead.ts';
import { splitLines } from '../split-lines.ts';
import { columnsOf, isHeader } from './columns.ts';
import { DatasetError } from './dataset-error.ts';
import { decodeEscapes } from './escapes.ts';
import { DATASET_LIMITS } from './limits.ts';
import type { RawRow } from './raw-row.ts';

type ReadLine = (content: string, line: number) => RawRow;

/** The first line that is not blank says which of the two it is, and whether the columns have names. */
export async function* lineRows(bytes: Readable, file: string): AsyncGenerator<RawRow> {
  const { lineBytesMax } = DATASET_LIMITS;
  let read: ReadLine | undefined;
  let line = 0;
  for await (const buffer of splitLines(bytes, { bytesMax: lineBytesMax + 1 })) {
    line += 1;
    if (buffer.length > lineBytesMax) {
      throw new DatasetError(
        `${file}:${line}: longer than ${lineBytesMax} bytes, which is what a line may hold`,
      );
    }
    const content = buffer.toString('utf8').replace(/^\ufeff/, '');
    if (content.trim() === '') continue;
    if (read === undefined) {
      const cells = content.split('\t');
      if (isHeader(cells)) {
        read = headedReader(file, cells);
        continue;
      }
      read = content.trimStart().startsWith('{') ? jsonReader(file) : columnReader(file, content);
    }
    yield read(content, line);
  }
}

interface JsonRow {
  readonly label?: unknown;
  /** In place of `label`, as in CSV. */
  readonly sentiment?: unknown;
  readonly text?: unknown;
  readonly lang?: unknown;
}

function jsonReader(file: string): ReadLine {
  return (content, line) => {
    const wrong = (what: string) =>
      new DatasetError(`${file}:${line}: ${what}; a row is {"label", "text", "lang"?}`);
    let row: unknown;
    try {
      row = JSON.parse(content);
    } catch (error) {
      throw wrong(`not JSON: ${errorText(error)}`);
    }
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw wrong(`${quote(row)} is no object`);
    const { text, lang, sentiment, label = sentiment }: JsonRow = row;
    if (typeof label !== 'string' && typeof label !== 'number') {
      throw wrong(
        label === undefined ? 'label is missing' : `label must be text or a number, not ${quote(label)}`,
      );
    }
    if (typeof text !== 'string') {
      throw wrong(text === undefined ? 'text is missing' : `text must be a string, not ${quote(text)}`);
    }
    return { line, label: String(label).trim(), text, ...(typeof lang === 'string' ? { lang } : {}) };
  };
}

/** Columns as the header names them. Further tabs belong to the text, where that is the last column. */
function headedReader(file: string, header: readonly string[]): ReadLine {
  const columns = columnsOf(header, file);
  return (content, line) => {
    const cells = content.split('\t');
    const [label, lang] = [cells[columns.label], cells[columns.lang]];
    const text =
      columns.text === header.length - 1 ? cells.slice(columns.text).join('\t') : cells[columns.text];
    if (label === undefined || cells.length <= columns.text || text === undefined)
      throw new DatasetError(`${file}:${line}: has ${cells.length} columns, too few for the header`);
    return { line, label: label.trim(), text: decodeEscapes(text), ...(lang === undefined ? {} : { lang }) };
  };
}

/** A name, not a sentence. */
const SOURCE = /^[\w.-]{1,64}$/;

/** The first line says whether the second of its columns is a source. Further tabs belong to the text. */
function columnReader(file: string, first: string): ReadLine {
  const [, second, third] = first.split('\t');
  const hasSource = third !== undefined && SOURCE.test(second ?? '');
  const shape = hasSource
    ? 'label<TAB>source<TAB>text, as the first one'
    : 'label<TAB>text or label<TAB>source<TAB>text';
  return (content, line) => {
    const [label = '', ...columns] = content.split('\t');
    const source = hasSource ? columns.shift() : undefined;
    if (columns.length === 0) throw new DatasetError(`${file}:${line}: ${quote(content)} is not ${shape}`);
    const text = decodeEscapes(columns.join('\t'));
    return { line, label: label.trim(), text, ...(source === undefined ? {} : { source }) };
  };
}
