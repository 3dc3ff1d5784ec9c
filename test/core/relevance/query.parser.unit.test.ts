/** Goal: precedence, limits and errors of the parser. What a query finds is told by docs/query.md and its test. */
import { expect, test } from 'vitest';
import { parseQuery } from '../../../src/core/relevance/query.parser.ts';
import { QueryError, type QueryNode } from '../../../src/core/relevance/query.ts';

/** The tree with every parenthesis written. */
function shape(node: QueryNode): string {
  if (node.kind === 'term') return node.parts.map(({ text }) => text).join('_') + (node.prefix ? '*' : '');
  if (node.kind === 'not') return `!${shape(node.child)}`;
  return `(${node.children.map(shape).join(node.kind === 'and' ? ' & ' : ' | ')})`;
}

test.each([
  ['a space is AND', 'a b', '(a & b)'],
  ['AND is AND', 'a AND b c', '(a & b & c)'],
  ['AND binds tighter than OR', 'a OR b c OR d', '(a | (b & c) | d)'],
  ['NOT binds tightest', 'NOT a b OR -c', '((!a & b) | !c)'],
  ['two NOT are none', 'NOT NOT a --b', '(a & b)'],
  ['AND NOT, OR NOT', 'a AND NOT b OR NOT c', '((a & !b) | !c)'],
  ['parentheses', '(a OR b)(c OR d)', '((a | b) & (c | d))'],
  ['NOT of a group', 'NOT (a OR b) -(c d)', '(!(a | b) & !(c & d))'],
  ['needless parentheses', '((a))', 'a'],
  ['operators are upper case', 'a or b And c', '(a & or & b & and & c)'],
  ['a word that begins like an operator', 'ANDROID ORLY', '(android & orly)'],
  ['quoted operators are words', '"AND" "a OR b"', '(and & a_or_b)'],
  ['quotes side by side', '"a b""c d"e', '(a_b & c_d & e)'],
  ['curly quotes', '“a b” „c d“', '(a_b & c_d)'],
  ['an inner hyphen', 'a-b -c-d', '(a_b & !c_d)'],
  ['marks', '#A @b_c $D', '(#a & @b_c & $d)'],
  ['a mark in a phrase', '"late #sky again"', 'late_#sky_again'],
  ['prefixes', 'a* "b c*" #d*', '(a* & b_c* & #d*)'],
  ['whitespace of every kind', ' a\n\tAND\u00a0b ', '(a & b)'],
  ['64 nested parentheses', `${'('.repeat(64)}a${')'.repeat(64)}`, 'a'],
])('parse: %s', (_why, source, expected) => {
  expect(shape(parseQuery(source).root)).toBe(expected);
});

function failure(source: string): QueryError {
  try {
    parseQuery(source);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`no error for ${source}`);
}

test.each([
  ['empty', '', 0, 'a word'],
  ['blank', '  ', 2, 'a word'],
  ['nothing in parentheses', 'a ()', 3, 'a word'],
  ['OR at the end', 'a OR', 4, 'a word'],
  ['OR at the beginning', 'OR a', 0, 'a word'],
  ['two operators', 'a AND OR b', 6, 'a word'],
  ['NOT at the end', 'a NOT', 5, 'a word'],
  ['open', '(a OR (b)', 9, `')'`],
  ['one too many', 'a)', 1, 'the end of the query'],
  ['not closed', 'a "b c', 2, `closing '"'`],
  ['empty phrase', 'a ""', 2, 'a word'],
  ['phrase of punctuation', '"!"', 0, 'a word'],
  ['only punctuation', 'a +', 2, 'a word'],
  ['minus alone', 'a - b', 2, `after '-'`],
  ['minus at the end', 'a -', 2, `after '-'`],
  ['star alone', 'a *', 2, `'*'`],
  ['star before', '*a', 0, `'*'`],
  ['star inside', 'ab*cd', 2, `'*'`],
  ['star inside a phrase', '"a* b"', 2, `'*'`],
  ['two stars', 'a**', 1, `'*'`],
  ['star after an emoji', '😍*', 2, `'*'`],
  ['a field', 'a lang:en', 6, 'no fields'],
  ['an address', 'https://a.example', 5, 'no fields'],
  ['NEAR', 'a NEAR/3 b', 2, 'no NEAR'],
])('syntax: %s', (_why, source, offset, expected) => {
  const error = failure(source);
  expect(error).toMatchObject({ code: 'QUERY_SYNTAX', offset });
  expect(error.expected).toContain(expected);
});

test.each([
  ['characters', 'x'.repeat(10_001), 10_000, 'at most 10000 characters'],
  ['terms', 'a '.repeat(501), 1_000, 'at most 500 terms'],
  ['words of phrases', `"${'a '.repeat(500)}" b`, 1_003, 'at most 500 terms'],
  ['nesting', '('.repeat(65), 64, 'at most 64 nested parentheses'],
  ['nesting, hostile', '('.repeat(10_000), 64, 'at most 64 nested parentheses'],
])('limit: %s', (_why, source, offset, expected) => {
  expect(failure(source)).toMatchObject({ code: 'QUERY_LIMIT', offset, expected });
});

test('an error points at the place, in a window of a long query', () => {
  expect(failure('skyline OR )').message).toBe(
    `query, character 12: found ')', expected a word, "a phrase", #tag, @mention, $CASHTAG, an emoji or (
  skyline OR )
             ^`,
  );
  const [, line = '', caret = ''] = failure(`${'a '.repeat(100)}OR\nAND ${'b '.repeat(100)}`).message.split(
    '\n',
  );
  expect(line.length).toBeLessThan(70);
  expect(line.slice(caret.indexOf('^')).startsWith('AND b')).toBe(true);
});

test.each([
  'NOT '.repeat(2_500),
  `${'-'.repeat(9_999)})`.slice(1),
  '"" '.repeat(3_000),
  'a OR '.repeat(2_000),
  '(a'.repeat(5_000),
])('hostile query %#: refused at once', (source) => {
  const startMs = performance.now();
  failure(source);
  expect(performance.now() - startMs).toBeLessThan(200);
});
