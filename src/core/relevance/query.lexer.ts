/** A query's source as symbols. Linear in its length. */
import { readField } from './query.fields.ts';
import { QUERY_LIMITS, QueryError, type QueryField, type QueryTerm } from './query.ts';
import { misplacedStar, partsOf } from './query.terms.ts';

interface Place {
  readonly offset: number;
  readonly source: string;
}

export interface NearOperator extends Place {
  readonly kind: 'near';
  readonly ordered: boolean;
  readonly wordsBetweenMax: number;
}

export type QuerySymbol =
  | (Place & { readonly kind: 'and' | 'or' | 'not' | 'open' | 'close' | 'end' })
  | NearOperator
  | (Place & { readonly kind: 'leaf'; readonly leaf: QueryTerm | QueryField });

export const A_TERM = 'a word, "a phrase", #tag, @mention, $CASHTAG, an emoji, field:value or (';

const OPERATORS = { AND: 'and', OR: 'or', NOT: 'not' } as const;
/** Straight quotes, and the curly ones that word processors make of them; any of them closes any. */
const QUOTE = /["“”„]/;
const ENDS_ATOM = /[\s()"“”„]/;
/** `"…"c` and `"…"~3`. */
const PHRASE_ENDING = /(c?)(?:~(\d{0,6}))?(?=[\s()"“”„]|$)/y;
const NEAR = /^(O?)NEAR(?:\/(\d{1,6}))?$/;
const NEAR_LIKE = /^O?NEAR(?:\/.*)?$/;
const FIELD = /^([a-z]+):/i;
const { wordsBetweenMax: BETWEEN_MAX } = QUERY_LIMITS;

class Lexer {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  symbolAt(offset: number): QuerySymbol {
    const char = this.#source.charAt(offset);
    const next = this.#source.charAt(offset + 1);
    if (char === '(') return { kind: 'open', offset, source: char };
    if (char === ')') return { kind: 'close', offset, source: char };
    if (QUOTE.test(char)) return this.#phraseAt(offset);
    if (char !== '-') return this.#atomAt(offset);
    if (next === '' || /[\s)]/.test(next)) throw this.#fail(offset, `'-' alone`, `a term directly after '-'`);
    return { kind: 'not', offset, source: char };
  }

  #fail(offset: number, found: string, expected: string): QueryError {
    return new QueryError('QUERY_SYNTAX', this.#source, { offset, found, expected });
  }

  /** The index behind the quote that closes the one at `offset`. */
  #closingQuote(offset: number): number {
    let end = offset + 1;
    while (end < this.#source.length && !QUOTE.test(this.#source.charAt(end))) end += 1;
    if (end === this.#source.length) throw this.#fail(offset, 'a phrase that is not closed', `a closing '"'`);
    return end + 1;
  }

  #phraseAt(offset: number): QuerySymbol {
    const end = this.#closingQuote(offset);
    PHRASE_ENDING.lastIndex = end;
    const [ending, exact, words] = PHRASE_ENDING.exec(this.#source) ?? [''];
    if (words === undefined && this.#source.charAt(end) === '~')
      throw this.#fail(end, `'~' without a number`, `a number of words after '~', such as '~3'`);
    const otherWordsMax = words === undefined ? undefined : this.#wordsBetween(end, `~${words}`, words);
    const written = this.#source.slice(offset, end + ending.length);
    const inner = { text: this.#source.slice(offset + 1, end - 1), offset: offset + 1 };
    const term = this.#term(offset, written, inner, { quoted: true, exact: exact === 'c' });
    const leaf = otherWordsMax === undefined ? term : { ...term, otherWordsMax };
    return { kind: 'leaf', offset, source: written, leaf };
  }

  #wordsBetween(offset: number, written: string, digits: string): number {
    const words = Number(digits);
    if (digits !== '' && words <= BETWEEN_MAX) return words;
    throw this.#fail(offset, `'${written}'`, `a number of words from 0 to ${BETWEEN_MAX}, such as 3`);
  }

  #atomAt(offset: number): QuerySymbol {
    let end = offset + 1;
    while (end < this.#source.length && !ENDS_ATOM.test(this.#source.charAt(end))) end += 1;
    const source = this.#source.slice(offset, end);
    if (Object.hasOwn(OPERATORS, source))
      return { kind: OPERATORS[source as keyof typeof OPERATORS], offset, source };
    if (NEAR_LIKE.test(source)) return this.#nearAt(offset, source);
    const [, fieldName] = FIELD.exec(source) ?? [];
    if (fieldName !== undefined) return this.#fieldAt(offset, source, fieldName);
    // Other tools give these a meaning. Reading them as words would listen to something else without a word of warning.
    const colon = source.indexOf(':');
    if (colon !== -1)
      throw this.#fail(
        offset + colon,
        `':'`,
        `the name of a field before ':'; to find it in the text, quote it`,
      );
    const tilde = source.indexOf('~');
    if (tilde !== -1)
      throw this.#fail(offset + tilde, `'~'`, `'~' and a number only directly after a phrase: "…"~3`);
    const leaf = this.#term(offset, source, { text: source, offset }, { quoted: false, exact: false });
    return { kind: 'leaf', offset, source, leaf };
  }

  #nearAt(offset: number, source: string): QuerySymbol {
    const [, ordered, digits] = NEAR.exec(source) ?? [];
    if (digits === undefined)
      throw this.#fail(
        offset,
        `'${source.slice(0, 40)}'`,
        `NEAR/n or ONEAR/n with a number, such as NEAR/5; to find the word itself, quote it`,
      );
    return {
      kind: 'near',
      offset,
      source,
      ordered: ordered === 'O',
      wordsBetweenMax: this.#wordsBetween(offset, source, digits),
    };
  }

  #fieldAt(offset: number, atom: string, name: string): QuerySymbol {
    const valueOffset = offset + name.length + 1;
    const isQuoted = valueOffset === offset + atom.length && QUOTE.test(this.#source.charAt(valueOffset));
    const end = isQuoted ? this.#closingQuote(valueOffset) : offset + atom.length;
    const value = isQuoted
      ? this.#source.slice(valueOffset + 1, end - 1)
      : this.#source.slice(valueOffset, end);
    const read = readField(name, value.trim());
    if ('fault' in read)
      throw this.#fail(read.fault === 'name' ? offset : valueOffset, read.found, read.expected);
    const source = this.#source.slice(offset, end);
    return { kind: 'leaf', offset, source, leaf: { kind: 'field', source, test: read } };
  }

  #term(
    offset: number,
    source: string,
    inner: { text: string; offset: number },
    how: { quoted: boolean; exact: boolean },
  ): QueryTerm {
    const star = misplacedStar(inner.text);
    if (star !== -1)
      throw this.#fail(
        inner.offset + star,
        `'*'`,
        `'*' only directly after the beginning of a word, at its end`,
      );
    const parts = partsOf(inner.text, how);
    const shown = `'${source.slice(0, 40)}'`;
    if (parts === undefined)
      throw this.#fail(
        offset,
        `${shown}, with a word of wildcards only`,
        `'?' and '*' only in a word with a letter or digit`,
      );
    if (parts.length === 0) throw this.#fail(offset, `${shown}, which holds no word`, A_TERM);
    return { kind: 'term', source, parts };
  }
}

/** The symbols of a query, the last of them `end`. Throws `QueryError`. */
export function* lexQuery(source: string): Generator<QuerySymbol, void> {
  const lexer = new Lexer(source);
  for (let at = 0; at < source.length;) {
    if (/\s/.test(source.charAt(at))) at += 1;
    else {
      const symbol = lexer.symbolAt(at);
      yield symbol;
      at += symbol.source.length;
    }
  }
  yield { kind: 'end', offset: source.length, source: '' };
}
