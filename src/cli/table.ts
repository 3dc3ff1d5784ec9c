/** Figures in aligned columns, for a terminal. */
import pc from 'picocolors';
import { printable } from './io.ts';

export interface Column {
  readonly title: string;
  /** Default: right, as figures are. */
  readonly align?: 'left' | 'right';
}

/** One line for the titles and one for each row, each with its newline. A row has a cell for each column. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title }, at) =>
    Math.max(length(title), ...cells.map((row) => length(row[at] ?? ''))),
  );
  const format = (row: readonly string[]) =>
    columns
      .map(({ align = 'right' }, at) => {
        const cell = row[at] ?? '';
        const space = ' '.repeat((widths[at] ?? 0) - length(cell));
        return align === 'left' ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd();
  const title = pc.bold(format(columns.map((column) => column.title)));
  return [title, ...cells.map(format)].map((line) => `${line}\n`).join('');
}

/** Code points: what a terminal shows takes one place each, but for East Asian text and emoji. */
function length(text: string): number {
  return [...text].length;
}
