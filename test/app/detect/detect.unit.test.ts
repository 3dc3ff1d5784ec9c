/** Goal: a stream of lines becomes a stream of detections, by the core's own readings, in one pass. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Baseline } from '../../../src/core/baseline/baseline.ts';
import { detect, readBytes, type Detection } from '../../../src/app/detect/detect.ts';
import { formatDetection } from '../../../src/app/detect/detection-format.ts';
import type { RowProblem } from '../../../src/app/detect/series-rows.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

const START_MS = Date.UTC(2024, 0, 1);
const PANE_MS = 300_000;
const valueAt = (i: number) => 10 + (i % 7) + (i === 900 ? 500 : 0);
const lineAt = (i: number) => `${START_MS + i * PANE_MS},${valueAt(i)}\n`;
const lines = (count: number) => Array.from({ length: count }, (_, i) => lineAt(i));

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('detect');
});
afterAll(() => removeFolder(folder));

async function* chunks(parts: readonly string[]) {
  yield* parts.map((part) => Buffer.from(part));
  await Promise.resolve();
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

function all(parts: readonly string[]): Promise<(Detection | RowProblem)[]> {
  return collect(detect(chunks(parts), 'count'));
}

test('readings are those of a baseline with the rows’ own pane', async () => {
  const baseline = new Baseline({ kind: 'count', pane: PANE_MS });
  const expected = Array.from({ length: 1_000 }, (_, i) =>
    baseline.observe(START_MS + i * PANE_MS, valueAt(i)),
  );
  const found = await all(lines(1_000));
  expect(found.map((result) => 'reading' in result && result.reading)).toEqual(expected);
  expect(expected[900]?.reason).toBe('unusual');
});

test.each([0, 1, 2, 31, 32, 33])('a file of %i lines', async (count) => {
  expect(await all(lines(count))).toHaveLength(count);
});

test('what comes later changes nothing that was said before', async () => {
  const [short, long] = [await all(lines(950)), await all(lines(1_000))];
  expect(long.slice(0, 950)).toEqual(short);
});

test('a line that is not later is named, and kept in the output without a score', async () => {
  const found = await all([...lines(40), lineAt(3), lineAt(40)]);
  expect(found).toHaveLength(43);
  expect(found[40]).toEqual({
    line: 41,
    problem: `timestamp '${START_MS + 3 * PANE_MS}' is not later than one before it`,
  });
  expect(found[41]).toMatchObject({ row: { line: 41 }, reading: { reason: 'out_of_order', score: 0 } });
  expect(found[42]).toMatchObject({ reading: { reason: 'warming_up' } });
});

test('.gz is unpacked; a file that is not there is named', async () => {
  await writeFile(join(folder, 'a.csv.gz'), gzipSync(lines(50).join('')));
  const found = await collect(detect(readBytes(join(folder, 'a.csv.gz')), 'count'));
  expect(found).toHaveLength(50);
  for (const name of ['none.csv', 'none.csv.gz']) {
    await expect(collect(readBytes(join(folder, name)))).rejects.toThrow(`${name}: cannot be read: ENOENT`);
  }
  await writeFile(join(folder, 'b.csv'), gzipSync(lines(50).join('')));
  expect(await collect(detect(readBytes(join(folder, 'b.csv')), 'count')), 'whatever its name').toEqual(
    found,
  );
  await writeFile(join(folder, 'broken.csv.gz'), gzipSync(lines(50).join('')).subarray(0, -9));
  await expect(collect(readBytes(join(folder, 'broken.csv.gz')))).rejects.toThrow(
    'broken.csv.gz: cannot be read',
  );
});

test('formats', async () => {
  const [first, second] = await all(['2024-01-01 00:00:00,5\n', '2024-01-01 00:05:00,\n']);
  if (!first || !second || 'problem' in first || 'problem' in second) throw new Error('problems');
  expect(formatDetection(first, 'csv')).toBe('2024-01-01 00:00:00,5,,,,0\n');
  expect(formatDetection(second, 'csv')).toMatch(/^2024-01-01 00:05:00,,5,[\d.]+,[\d.]+,0\n$/);
  expect(JSON.parse(formatDetection(first, 'ndjson'))).toEqual({
    timestamp: '2024-01-01 00:00:00',
    value: 5,
    score: 0,
    direction: 'none',
    reason: 'warming_up',
  });
});
