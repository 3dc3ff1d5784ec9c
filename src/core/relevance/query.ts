/** A listening query as the parser leaves it. */

/** One word or one `#tag`, `@mention`, `$CASHTAG` of a term. */
export interface QueryPart {
  /** Folded; with its sign when it is a mark. */
  readonly text: string;
  /** How many word positions it covers in a text. */
  readonly positions: number;
}

/** What must stand in a message: one part, or several that follow each other. */
export interface QueryTerm {
  readonly kind: 'term';
  /** As written in the query, with quotes and `*`. */
  readonly source: string;
  /** At least one. */
  readonly parts: readonly QueryPart[];
  /** The last part is only the beginning of a word. */
  readonly prefix: boolean;
}

export type QueryNode =
  | QueryTerm
  | { readonly kind: 'and' | 'or'; readonly children: readonly QueryNode[] }
  | { readonly kind: 'not'; readonly child: QueryNode };

export interface Query {
  readonly source: string;
  readonly root: QueryNode;
}

export const QUERY_LIMITS = {
  charsMax: 10_000,
  /** The words of a phrase count each. */
  termsMax: 500,
  nestingMax: 64,
} as const;

export type QueryErrorCode = 'QUERY_SYNTAX' | 'QUERY_LIMIT';

const EXCERPT_CHARS = 32;

/** The line around `offset` with a caret under it. */
function excerpt(source: string, offset: number): string {
  const start = Math.max(0, offset - EXCERPT_CHARS);
  const end = Math.min(source.length, offset + EXCERPT_CHARS);
  const before = start > 0 ? '…' : '';
  const line = before + source.slice(start, end).replace(/\s/g, ' ') + (end < source.length ? '…' : '');
  return `  ${line}\n  ${' '.repeat(before.length + offset - start)}^`;
}

/** A query that cannot be used. No retry helps: the text must change. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly code: QueryErrorCode;
  /** UTF-16 offset into the query. */
  readonly offset: number;
  /** What would be allowed there. */
  readonly expected: string;

  constructor(
    code: QueryErrorCode,
    source: string,
    problem: { offset: number; found: string; expected: string },
  ) {
    const { offset, found, expected } = problem;
    super(`query, character ${offset + 1}: found ${found}, expected ${expected}\n${excerpt(source, offset)}`);
    this.code = code;
    this.offset = offset;
    this.expected = expected;
  }
}
