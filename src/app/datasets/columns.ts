/** Which column of a labelled file is what, by the names in its header, or by the keys of its first object. */
import { DatasetError } from './dataset-error.ts';

/** In order of preference; case and white space around them do not matter. */
const LABEL_COLUMNS = ['label', 'sentiment', 'airline_sentiment'] as const;
const TEXT_COLUMNS = ['text', 'tweet', 'content', 'message', 'sentence'] as const;

export interface Columns {
  readonly label: number;
  readonly text: number;
  /** -1: there is none. */
  readonly lang: number;
}

/** @throws a `DatasetError` that says which names are needed. */
export function columnsOf(header: readonly string[], file: string): Columns {
  const names = namesOf(header);
  const find = (what: string, allowed: readonly string[]): number => {
    const at = indexOf(names, allowed);
    if (at !== -1) return at;
    throw new DatasetError(
      `${file}:1: no column for the ${what}; needs ${allowed.join(' or ')}; the file has: ${header.join(', ')}`,
    );
  };
  return {
    label: find('label', LABEL_COLUMNS),
    text: find('text', TEXT_COLUMNS),
    lang: names.indexOf('lang'),
  };
}

/** Whether these are names, and not a first row: one for the label and one for the text. */
export function isHeader(cells: readonly string[]): boolean {
  const names = namesOf(cells);
  return indexOf(names, LABEL_COLUMNS) !== -1 && indexOf(names, TEXT_COLUMNS) !== -1;
}

/** As they are compared; `trim` takes a byte order mark for white space. */
export const namesOf = (header: readonly string[]) => header.map((name) => name.trim().toLowerCase());

/** Of the first allowed name that there is; -1 when there is none. */
export function indexOf(names: readonly string[], allowed: readonly string[]): number {
  const name = allowed.find((candidate) => names.includes(candidate));
  return name === undefined ? -1 : names.indexOf(name);
}
