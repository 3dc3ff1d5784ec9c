/** Rows of a CSV or TSV file as messages: which column fills which field. */

/** Fields of a message that a column can fill. `tag`, `mention`, `link` and `media` may be given several times. */
export const COLUMN_FIELDS = [
  'id', 'time', 'text', 'channel', 'source', 'lang', 'url', 'kind', 'version', 'conversation', 'replyTo', 'repostOf',
  'campaign', 'author', 'author.id', 'author.handle', 'author.name', 'author.followers', 'tag', 'mention', 'link', 'media',
] as const; // prettier-ignore
type ColumnField = (typeof COLUMN_FIELDS)[number];

const LISTS: Readonly<Record<string, string>> = {
  tag: 'tags',
  mention: 'mentions',
  link: 'links',
  media: 'media',
};

export interface ColumnMapping {
  readonly field: ColumnField;
  readonly column: string;
}

export class ColumnsError extends Error {
  override readonly name = 'ColumnsError';
  readonly code = 'REPLAY_COLUMNS';
  readonly canRetry = false;
}

/** `time=ts_ms,id=tweet_id,tag=brand`. Throws a `ColumnsError` that names the part and what is allowed. */
export function parseColumns(text: string): ColumnMapping[] {
  const mappings = text.split(',').map((part) => {
    const [field = '', ...rest] = part.split('=').map((side) => side.trim());
    const column = rest.join('='); // A column may be named so.
    if (column === '') throw new ColumnsError(`--columns: '${part}' is not field=column`);
    if (!isField(field)) {
      throw new ColumnsError(`--columns: unknown field '${field}'; allowed: ${COLUMN_FIELDS.join(', ')}`);
    }
    return { field, column };
  });
  const twice = mappings.find(({ field }, index) => {
    return LISTS[field] === undefined && mappings.findIndex((other) => other.field === field) < index;
  });
  if (twice)
    throw new ColumnsError(
      `--columns: ${twice.field} is given twice; only ${Object.keys(LISTS).join(', ')} may be`,
    );
  if (!mappings.some(({ field }) => field === 'id')) throw new ColumnsError('--columns: needs id=<column>');
  return mappings;
}

function isField(text: string): text is ColumnField {
  return (COLUMN_FIELDS as readonly string[]).includes(text);
}

/** Throws a `ColumnsError` that names the missing column and those there are. */
export function checkColumns(mappings: readonly ColumnMapping[], header: readonly string[]): void {
  for (const { field, column } of mappings) {
    if (header.includes(column)) continue;
    throw new ColumnsError(
      `--columns: no column '${column}' for ${field}; the file has: ${header.join(', ')}`,
    );
  }
}

/** One row as a message; empty cells are left out. */
export function rowToMessage(
  mappings: readonly ColumnMapping[],
  row: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  const author: Record<string, unknown> = {};
  for (const { field, column } of mappings) {
    const cell = row[column] ?? '';
    if (cell === '') continue;
    const list = LISTS[field];
    if (list !== undefined) message[list] = [...((message[list] as string[] | undefined) ?? []), cell];
    else if (field === 'author') author.id = cell;
    else if (field.startsWith('author.')) author[field.slice('author.'.length)] = cell;
    else message[field] = field === 'time' && /^\d+$/.test(cell) ? Number(cell) : cell;
  }
  if (Object.keys(author).length > 0) message.author = author;
  return message;
}
