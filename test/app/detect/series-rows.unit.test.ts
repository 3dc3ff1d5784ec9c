/** Goal: every way to write a time and a value, and a problem that names line and value for any other. */
import { expect, test } from 'vitest';
import type { SeriesKind } from '../../../src/core/baseline/baseline.config.ts';
import { createRowReader } from '../../../src/app/detect/series-rows.ts';

const AT = Date.UTC(2015, 1, 26, 21, 42, 53);

function readAll(kind: SeriesKind, lines: readonly string[]) {
  const read = createRowReader(kind);
  return lines.map(read).filter((row) => row !== undefined);
}

test.each([
  ['a space, taken as UTC', '2015-02-26 21:42:53', AT],
  ['ISO', '2015-02-26T21:42:53Z', AT],
  ['ISO with a zone', '2015-02-26T22:42:53+01:00', AT],
  ['epoch seconds', String(AT / 1_000), AT],
  ['epoch milliseconds', String(AT), AT],
  ['a date', '2015-02-26', Date.UTC(2015, 1, 26)],
])('time: %s', (_how, timestamp, timeMs) => {
  expect(readAll('count', [`${timestamp},7`])).toEqual([{ timestamp, timeMs, value: 7, line: 1 }]);
});

const T = '2015-02-26 21:42:53';

test.each<[string, string[], (number | undefined)[]]>([
  ['no header', [`${T},1`], [1]],
  ['a header', ['timestamp,value', `${T},1`], [1]],
  ['a header with a byte order mark and quotes', ['\uFEFF"timestamp","value"', `"${T}","1"`], [1]],
  ['columns by name', ['id,value,Time', `5,1,${T}`], [1]],
  ['other names: the first two columns', ['when,mentions', `${T},1`], [1]],
  ['blank lines', ['', 'timestamp,value', '', `${T},1`, ''], [1]],
  ['more columns than needed', ['timestamp,value,label', `${T},1,x`], [1]],
  [
    'missing, which is not zero',
    [`${T},`, `${T},NaN`, `${T},null`, `${T},0`],
    [undefined, undefined, undefined, 0],
  ],
  ['exponents and fractions', [`${T},1e3`, `${T},0.5`], [1000, 0.5]],
])('layout: %s', (_what, lines, values) => {
  expect(readAll('count', lines).map((row) => 'value' in row && row.value)).toEqual(values);
});

test.each<[string, SeriesKind, string[], number, string]>([
  ['no time', 'count', [`${T},1`, 'soon,1'], 2, 'time "soon" is not a time; allowed: ISO 8601 such as'],
  ['no number', 'count', [`${T},1`, `${T},many`], 2, 'value "many" is not a count; allowed: a number from 0'],
  ['a negative count', 'count', [`${T},-1`], 1, 'value "-1" is not a count; allowed: a number from 0'],
  ['a number of another kind', 'count', [`${T},-1`], 1, 'a number from 0; --kind value takes any number'],
  ['a share above 1', 'share', [`${T},1.5`], 1, 'value "1.5" is not a share; allowed: a number from 0 to 1'],
  ['no value', 'value', ['timestamp,value', '', T], 3, 'value is missing; a line is timestamp,value'],
  ['a first line that is no header', 'count', ['tomorrow,5'], 1, 'time "tomorrow" is not a time'],
])('problem: %s', (_what, kind, lines, line, problem) => {
  const last = readAll(kind, lines).at(-1);
  expect(last).toMatchObject({ line });
  expect(last && 'problem' in last && last.problem).toContain(problem);
});
