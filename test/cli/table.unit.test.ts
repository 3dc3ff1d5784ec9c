/** Goal: columns stay aligned, whatever the cells hold. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { formatTable, type Column } from '../../src/cli/table.ts';

const COLUMNS: Column[] = [{ title: 'name', align: 'left' }, { title: 'n' }];
const lines = (rows: string[][]) => stripVTControlCharacters(formatTable(COLUMNS, rows)).split('\n');

test.each<[string, string[][], string[]]>([
  ['no rows', [], ['name  n', '']],
  ['left and right', [['a', '1'], ['longer', '10']], ['name     n', 'a        1', 'longer  10', '']],
  ['missing cells are blank', [['a'], ['bc', '100']], ['name    n', 'a', 'bc    100', '']],
  ['code points, not units', [['😀😀', '1'], ['abcde', '2']], ['name   n', '😀😀     1', 'abcde  2', '']],
  ['nothing moves the cursor', [['a\u001b[2J\nb', '1']], ['name     n', 'a [2J b  1', '']],
])('%s', (_what, rows, expected) => {
  expect(lines(rows)).toEqual(expected);
}); // prettier-ignore
