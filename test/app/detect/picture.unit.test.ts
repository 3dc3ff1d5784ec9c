/** Goal: any length is drawn in bounded memory, no extreme and no alarm is lost, and what a file is called cannot break the SVG. */
import { expect, test } from 'vitest';
import type { Reading } from '../../../src/core/baseline/reading.ts';
import { PictureColumns } from '../../../src/app/detect/picture-columns.ts';
import { drawPicture } from '../../../src/app/detect/picture.ts';

const MINUTE_MS = 60_000;

function columnsOf(count: number, reading: (index: number) => Partial<Reading>): PictureColumns {
  const columns = new PictureColumns();
  for (let i = 0; i < count; i++) {
    const usual = { observed: 10, expected: 10, low: 5, high: 20, score: 0, unusualness: 0 };
    const named = { timeMs: i * MINUTE_MS, direction: 'none', reason: 'usual' } as const;
    columns.add({ ...usual, ...named, ...reading(i) }, 0.5);
  }
  return columns;
}

const draw = (columns: PictureColumns, title = 'a.csv') =>
  drawPicture(columns, { title, sensitivity: 'balanced' });
const dots = (svg: string) => svg.match(/<circle /g)?.length ?? 0;

test('a million observations: at most 2,400 columns, with every extreme and alarm', () => {
  const columns = columnsOf(1_000_000, (i) =>
    i === 123_456 ? { observed: 900, score: 0.9 } : i === 777_777 ? { observed: 0, score: 0.7 } : {},
  );
  const all = columns.all.filter((column) => column !== undefined);
  expect(columns.all.length).toBeLessThanOrEqual(2_400);
  expect(columns.alarms).toBe(2);
  expect(all.filter(({ max }) => max === 900)).toHaveLength(1);
  expect(all.filter(({ min }) => min === 0)).toHaveLength(1);
  expect(all.flatMap(({ alarm }) => (alarm ? [alarm.value] : []))).toEqual([900, 0]);
  const svg = draw(columns);
  expect(dots(svg)).toBe(3); // One of them in the legend.
  expect(svg.length).toBeLessThan(300_000);
});

test.each([
  ['empty', 0, () => ({})],
  ['one', 1, () => ({ expected: undefined, low: undefined, high: undefined })],
  ['constant', 500, () => ({ observed: 0, expected: 0, low: 0, high: 0 })],
  ['negative', 500, (i: number) => ({ observed: -i, expected: -i, low: -i - 5, high: 5 - i })],
  ['tiny', 500, (i: number) => ({ observed: i * 1e-9, expected: 0, low: 0, high: 1e-9 })],
])('%s: no number is missing in the drawing', (_what, count, reading) => {
  const svg = draw(columnsOf(count, reading));
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg.trimEnd().endsWith('</svg>')).toBe(true);
});

test('a peak far above what is usual makes the scale logarithmic', () => {
  expect(draw(columnsOf(500, (i) => ({ observed: i === 250 ? 5_000 : 10 })))).toContain('logarithmic');
  expect(draw(columnsOf(500, (i) => ({ observed: i === 250 ? 50 : 10 })))).not.toContain('logarithmic');
});

test('a long gap is a gap in the line; rows without data are not drawn', () => {
  const paths = (svg: string) => svg.match(/stroke-linejoin/g)?.length ?? 0;
  const whole = columnsOf(500, () => ({}));
  const broken = columnsOf(500, (i) =>
    i > 200 && i < 300 ? { observed: undefined, reason: 'no_data' } : {},
  );
  expect([paths(draw(whole)), paths(draw(broken))]).toEqual([2, 4]);
});

test('a title is text', () => {
  expect(
    draw(
      columnsOf(3, () => ({})),
      '<b>&"x".csv',
    ),
  ).toContain('&#60;b&#62;&#38;&#34;x&#34;.csv');
});
