/** Listening queries: `("skyline air" OR @skylineair) AND NOT "skyline tools"`. The language is described in
 *  docs/query.md. */
import { A_TERM, lexQuery, type NearOperator, type QuerySymbol } from './query.lexer.ts';
import {
  QUERY_LIMITS,
  QueryError,
  type Query,
  type QueryNear,
  type QueryNode,
  type QueryPlace,
} from './query.ts';

function describe(symbol: QuerySymbol): string {
  return symbol.kind === 'end' ? 'the end of the query' : `'${symbol.source.slice(0, 40)}'`;
}

/** Whether NEAR can look for it: words and phrases, joined by OR or by NEAR. */
function isPlace(node: QueryNode): node is QueryPlace {
  if (node.kind === 'or') return node.children.every(isPlace);
  return node.kind === 'near' || (node.kind === 'term' && node.otherWordsMax === undefined);
}

/** What NEAR cannot look for, in words. */
function describeNode(node: QueryNode): string {
  if (node.kind === 'field') return `the field ${node.source.slice(0, 40)}`;
  if (node.kind === 'term') return `${node.source.slice(0, 40)}, which has no place of its own`;
  return node.kind === 'or'
    ? 'parentheses that hold more than words'
    : `${node.kind.toUpperCase()} in parentheses`;
}

const nearDepth = (place: QueryPlace): number => {
  if (place.kind === 'or') return Math.max(...place.children.map(nearDepth));
  return place.kind === 'near' ? place.depth : 0;
};

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
      else if (kind !== 'leaf' && kind !== 'not' && kind !== 'open') break;
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
    const child = this.#near();
    return negated ? { kind: 'not', child } : child;
  }

  #near(): QueryNode {
    let left = this.#primary();
    while (this.#symbol.kind === 'near') {
      const operator = this.#symbol;
      this.#take();
      left = this.#nearOf(operator, left, this.#primary());
    }
    return left;
  }

  #nearOf(
    { offset, source, ordered, wordsBetweenMax }: NearOperator,
    left: QueryNode,
    right: QueryNode,
  ): QueryNear {
    const fail = (code: 'QUERY_SYNTAX' | 'QUERY_LIMIT', found: string, expected: string) =>
      new QueryError(code, this.#source, { offset, found, expected });
    if (!isPlace(left) || !isPlace(right))
      throw fail(
        'QUERY_SYNTAX',
        `'${source}' beside ${isPlace(left) ? describeNode(right) : describeNode(left)}`,
        `words and phrases on both sides of ${source}, or several of them in parentheses with OR`,
      );
    const depth = 1 + Math.max(nearDepth(left), nearDepth(right));
    const { nearDepthMax } = QUERY_LIMITS;
    if (depth > nearDepthMax)
      throw fail(
        'QUERY_LIMIT',
        `NEAR ${depth} deep`,
        `at most ${nearDepthMax} NEAR within each other or in a row`,
      );
    return { kind: 'near', operator: source, left, right, ordered, wordsBetweenMax, depth };
  }

  #primary(): QueryNode {
    if (this.#symbol.kind === 'leaf') {
      const { leaf } = this.#symbol;
      this.#terms += leaf.kind === 'term' ? leaf.parts.length : 1;
      const { termsMax } = QUERY_LIMITS;
      if (this.#terms > termsMax) throw this.#overLimit(`term ${this.#terms}`, `at most ${termsMax} terms`);
      this.#take();
      return leaf;
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
