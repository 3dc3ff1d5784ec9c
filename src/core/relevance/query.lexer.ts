/** A query's source as symbols. Linear in its length. */
import { QueryError, type QueryPart, type QueryTerm } from './query.ts';
import { tokenize } from './text-tokens.ts';

export type QuerySymbol =
  | {
      readonly kind: 'and' | 'or' | 'not' | 'open' | 'close' | 'end';
      readonly offset: number;
      readonly source: string;
    }
  | { readonly kind: 'term'; readonly offset: number; readonly source: string; readonly term: QueryTerm };

export const A_TERM = 'a word, "a phrase", #tag, @mention, $CASHTAG, an emoji or (';

const OPERATORS = { AND: 'and', OR: 'or', NOT: 'not' } as const;
/** Straight quotes, and the curly ones that word processors make of them; any of them closes any. */
const QUOTE = /["“”„]/;
const ENDS_ATOM = /[\s()"“”„]/;

/** The words and marks of a term, in order. */
function partsOf(text: string): QueryPart[] {
  const { words, marks } = tokenize(text);
  const parts: QueryPart[] = [];
  for (let position = 0; position < words.length;) {
    const mark = marks.get(position);
    const part = {
      text: mark ?? words[position] ?? '',
      positions: mark === undefined ? 1 : tokenize(mark).words.length,
    };
    parts.push(part);
    position += part.positions;
  }
  return parts;
}

/** The symbols of a query, the last of them `end`. Throws `QueryError`. */
export function* lexQuery(source: string): Generator<QuerySymbol, void> {
  const fail = (offset: number, found: string, expected: string) =>
    new QueryError('QUERY_SYNTAX', source, { offset, found, expected });

  const termOf = (offset: number, written: string, inner: string, innerOffset: number): QuerySymbol => {
    const star = inner.indexOf('*');
    if (star !== -1 && (star !== inner.length - 1 || !/[\p{L}\p{N}\p{M}_]\*$/u.test(inner)))
      throw fail(
        innerOffset + star,
        `'*'`,
        `'*' only directly after the beginning of a word, at the end of a term`,
      );
    const prefix = star !== -1;
    const parts = partsOf(prefix ? inner.slice(0, -1) : inner);
    if (parts.length === 0) throw fail(offset, `'${written.slice(0, 40)}', which holds no word`, A_TERM);
    return { kind: 'term', offset, source: written, term: { kind: 'term', source: written, parts, prefix } };
  };

  const phraseAt = (offset: number): QuerySymbol => {
    let end = offset + 1;
    while (end < source.length && !QUOTE.test(source.charAt(end))) end += 1;
    if (end === source.length) throw fail(offset, 'a phrase that is not closed', `a closing '"'`);
    return termOf(offset, source.slice(offset, end + 1), source.slice(offset + 1, end), offset + 1);
  };

  const atomAt = (offset: number): QuerySymbol => {
    let end = offset + 1;
    while (end < source.length && !ENDS_ATOM.test(source.charAt(end))) end += 1;
    const written = source.slice(offset, end);
    if (Object.hasOwn(OPERATORS, written))
      return { kind: OPERATORS[written as keyof typeof OPERATORS], offset, source: written };
    // Other tools give these a meaning. Reading them as words would listen to something else without a word of warning.
    if (/^NEAR(?:\/\d+)?$/.test(written))
      throw fail(offset, `'${written}'`, 'a term: there is no NEAR; to find the word itself, quote it');
    const colon = written.indexOf(':');
    if (colon !== -1)
      throw fail(
        offset + colon,
        `':'`,
        'a term without a colon: there are no fields; to find it in the text, quote it',
      );
    return termOf(offset, written, written, offset);
  };

  for (let at = 0; at < source.length;) {
    const char = source.charAt(at);
    const next = source.charAt(at + 1);
    if (/\s/.test(char)) at += 1;
    else {
      let symbol: QuerySymbol;
      if (char === '(') symbol = { kind: 'open', offset: at, source: char };
      else if (char === ')') symbol = { kind: 'close', offset: at, source: char };
      else if (QUOTE.test(char)) symbol = phraseAt(at);
      else if (char !== '-') symbol = atomAt(at);
      else if (next === '' || /[\s)]/.test(next)) throw fail(at, `'-' alone`, `a term directly after '-'`);
      else symbol = { kind: 'not', offset: at, source: char };
      yield symbol;
      at += symbol.source.length;
    }
  }
  yield { kind: 'end', offset: source.length, source: '' };
}
