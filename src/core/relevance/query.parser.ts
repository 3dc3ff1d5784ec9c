/** Listening queries: `("skyline air" OR @skylineair) AND NOT "skyline tools"`. The language is described in
 *  docs/query.md. */
import { A_TERM, lexQuery, type QuerySymbol } from './query.lexer.ts';
import { QUERY_LIMITS, QueryError, type Query, type QueryNode } from './query.ts';

function describe(symbol: QuerySymbol): string {
  return symbol.kind === 'end' ? 'the end of the query' : `'${symbol.source.slice(0, 40)}'`;
}

/** Recursive descent, one symbol ahead; recursion is bounded by `QUERY_LIMITS.nestingMax`. */
class Parser {
  readonly #source: string;
  readonly #symbols: Generator<QuerySymbol, void>;
  #symbol: QuerySymbol;
  #terms = 0;
  #nesting = 0;

  constructor(source: string) {
    this.#source = source;
    this.#symbols = lexQuery(source);
    this.#symbol = this.#next();
  }

  parse(): QueryNode {
    const root = this.#or();
    if (this.#symbol.kind !== 'end') throw this.#unexpected('AND, OR, another term or the end of the query');
    return root;
  }

  #next(): QuerySymbol {
    const { value } = this.#symbols.next();
    return value ?? { kind: 'end', offset: this.#source.length, source: '' };
  }

  /** The present symbol; moves on to the next. */
  #take(): QuerySymbol {
    const symbol = this.#symbol;
    this.#symbol = this.#next();
    return symbol;
  }

  #unexpected(expected: string): QueryError {
    const { offset } = this.#symbol;
    return new QueryError('QUERY_SYNTAX', this.#source, { offset, found: describe(this.#symbol), expected });
  }

  #overLimit(found: string, expected: string): QueryError {
    const { offset } = this.#symbol;
    return new QueryError('QUERY_LIMIT', this.#source, { offset, found, expected });
  }

  #close(): void {
    if (this.#symbol.kind !== 'close') throw this.#unexpected(`AND, OR, another term or ')'`);
    this.#take();
  }

  #or(): QueryNode {
    const first = this.#and();
    const children = [first];
    while (this.#symbol.kind === 'or') {
      this.#take();
      children.push(this.#and());
    }
    return children.length === 1 ? first : { kind: 'or', children };
  }

  #and(): QueryNode {
    const first = this.#unary();
    const children = [first];
    for (;;) {
      const { kind } = this.#symbol;
      if (kind === 'and') this.#take();
      else if (kind !== 'term' && kind !== 'not' && kind !== 'open') break;
      children.push(this.#unary());
    }
    return children.length === 1 ? first : { kind: 'and', children };
  }

  #unary(): QueryNode {
    let negated = false;
    while (this.#symbol.kind === 'not') {
      this.#take();
      negated = !negated;
    }
    const child = this.#primary();
    return negated ? { kind: 'not', child } : child;
  }

  #primary(): QueryNode {
    if (this.#symbol.kind === 'term') {
      this.#terms += this.#symbol.term.parts.length;
      const { termsMax } = QUERY_LIMITS;
      if (this.#terms > termsMax) throw this.#overLimit(`term ${this.#terms}`, `at most ${termsMax} terms`);
      const { term } = this.#symbol;
      this.#take();
      return term;
    }
    if (this.#symbol.kind !== 'open') throw this.#unexpected(A_TERM);
    this.#nesting += 1;
    const { nestingMax } = QUERY_LIMITS;
    if (this.#nesting > nestingMax)
      throw this.#overLimit(`parentheses ${this.#nesting} deep`, `at most ${nestingMax} nested parentheses`);
    this.#take();
    const inner = this.#or();
    this.#close();
    this.#nesting -= 1;
    return inner;
  }
}

/** Reads a listening query. Throws a `QueryError` that names the place and what is allowed there. */
export function parseQuery(source: string): Query {
  const { charsMax } = QUERY_LIMITS;
  if (source.length > charsMax)
    throw new QueryError('QUERY_LIMIT', source, {
      offset: charsMax,
      found: `${source.length} characters`,
      expected: `at most ${charsMax} characters`,
    });
  return { source, root: new Parser(source).parse() };
}
