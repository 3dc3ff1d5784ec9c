/** A listening query as the parser leaves it. */

/** One word or one `#tag`, `@mention`, `$CASHTAG` of a term. */
export interface QueryPart {
  /** Folded; with its sign when it is a mark, with `ANY_LETTER` for each `?`. */
  readonly text: string;
  /** How many word positions it covers in a text. */
  readonly positions: number;
  readonly isMark: boolean;
  /** Only the beginning of a word. */
  readonly prefix: boolean;
  /** Has a `?`. */
  readonly wildcard: boolean;
  /** Of an exact term: `text` before folding, which is what must stand there. */
  readonly written?: string;
}

/** What must stand in a message: one part, or several that follow each other. */
export interface QueryTerm {
  readonly kind: 'term';
  /** As written in the query, with quotes and wildcards. */
  readonly source: string;
  /** At least one. */
  readonly parts: readonly QueryPart[];
  /** Of `"…"~n`: the parts may stand in any order, with at most so many other words among them. */
  readonly otherWordsMax?: number;
}

/** What NEAR takes on either side. */
export type QueryPlace =
  QueryTerm | QueryNear | { readonly kind: 'or'; readonly children: readonly QueryPlace[] };

/** Both sides apart from each other, with at most `wordsBetweenMax` words between them. */
export interface QueryNear {
  readonly kind: 'near';
  /** `NEAR/3`. */
  readonly operator: string;
  readonly left: QueryPlace;
  readonly right: QueryPlace;
  /** ONEAR: the left side comes first. */
  readonly ordered: boolean;
  readonly wordsBetweenMax: number;
  /** How many NEAR this holds within each other, itself included. */
  readonly depth: number;
}

/** What must be true of a message beside its text. */
export interface QueryField {
  readonly kind: 'field';
  /** `lang:en`. */
  readonly source: string;
  readonly test: FieldTest;
}

export type FieldTest =
  | { readonly name: ValueFieldName; /** Folded. */ readonly value: string }
  | { readonly name: 'followers'; /** Both inclusive. */ readonly min: number; readonly max: number }
  | {
      readonly name: AddressFieldName;
      readonly domain: string;
      /** Empty, or with its first `/`. */ readonly path: string;
    };

/** What `has:` and `is:` take. */
export const HAS = ['link', 'media', 'mention', 'hashtag'] as const;
export const IS = ['reply', 'repost', 'question'] as const;

export type ValueFieldName = 'lang' | 'channel' | 'source' | 'author' | 'verified' | 'has' | 'is' | 'kind';
export type AddressFieldName = 'link' | 'url';

export type QueryLeaf = QueryTerm | QueryNear | QueryField;

export type QueryNode =
  | QueryLeaf
  | { readonly kind: 'and' | 'or'; readonly children: readonly QueryNode[] }
  | { readonly kind: 'not'; readonly child: QueryNode };

export interface Query {
  readonly source: string;
  readonly root: QueryNode;
}

export const QUERY_LIMITS = {
  charsMax: 10_000,
  /** The words of a phrase count each, and each field. */
  termsMax: 500,
  nestingMax: 64,
  /** The n of `NEAR/n`, `ONEAR/n` and `"…"~n`. */
  wordsBetweenMax: 100,
  /** NEAR within NEAR. */
  nearDepthMax: 4,
  /** Pairs of places in one text that a NEAR within another NEAR looks at; further ones are not looked at. */
  nearPairsMax: 512,
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
