/** Goal: every example of docs/query.md does what the page says. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/core/message/message.ts';
import { parseQuery } from '../../../src/core/relevance/query.parser.ts';
import { queryWarnings } from '../../../src/core/relevance/query.warnings.ts';
import { matchedIn, message } from './support.ts';

const page = readFileSync(new URL('../../../docs/query.md', import.meta.url), 'utf8').trimEnd();

/** Cells of the rows of every table whose header is `header`. */
function rows(header: string): string[][] {
  return page
    .split('\n\n')
    .map((block) => block.split('\n'))
    .filter(([first]) => first === header)
    .flatMap(([, , ...lines]) => lines.map((line) => line.slice(2, -2).split(' | ')));
}
const code = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const examples = rows('| query | finds | does not find |');
const refusals = rows('| query | because |');
const suspicions = rows('| query | warning |');

test('the page has its tables', () => {
  expect([examples.length, refusals.length, suspicions.length]).toEqual([69, 19, 22]);
});

/** A cell is a text, or the fields of a message. */
function messageOf(cell: string): Message {
  if (!cell.startsWith('{')) return message(cell);
  const { text = '', ...rest } = JSON.parse(cell) as Partial<Message>;
  return message(text, rest);
}

test.each(examples)('%s finds %s, not %s', (query, found, notFound) => {
  const [source = ''] = code(query);
  expect(code(found).filter((cell) => matchedIn(source, messageOf(cell)) === undefined)).toEqual([]);
  expect(code(notFound).filter((cell) => matchedIn(source, messageOf(cell)) !== undefined)).toEqual([]);
});

test.each(refusals)('%s is refused: %s', (query, because = '') => {
  expect(() => parseQuery(code(query)[0] ?? '')).toThrow(because);
});

test.each(suspicions)('%s is suspicious: %s', (query, warning = '') => {
  expect(queryWarnings(parseQuery(code(query)[0] ?? ''))).toEqual([expect.stringContaining(warning)]);
});

test('the pipeline example parses without a warning', () => {
  const [, source = ''] = /query: '(.+)'/.exec(page) ?? [];
  expect(queryWarnings(parseQuery(source))).toEqual([]);
});
