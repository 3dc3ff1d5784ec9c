/** Goal: files of known incidents, and what counts as caught, missed and false. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdAgainst } from '../../../src/app/backtest/against-incidents.ts';
import { readIncidents } from '../../../src/app/backtest/incident-file.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';
import { MINUTE_MS } from './streams.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('incidents');
});
afterAll(() => removeFolder(folder));

async function read(text: string) {
  const file = join(folder, 'incidents');
  await writeFile(file, text);
  return readIncidents(file);
}

const DAY = Date.UTC(2026, 0, 5);
const OUTAGE = { startMs: DAY, endMs: DAY + 3_600_000, name: 'outage, large' };

test.each([
  ['CSV with a header', 'name,end,start\n"outage, large",2026-01-05T01:00:00Z,2026-01-05\n'],
  ['CSV without one', '2026-01-05,2026-01-05T01:00:00Z,"outage, large"\n\n'],
  [
    'a byte order mark and a carriage return',
    '\uFEFFstart,end,name\r\n2026-01-05,2026-01-05 01:00,"outage, large"\r\n',
  ],
  ['NDJSON', `\n${JSON.stringify({ start: DAY, end: DAY + 3_600_000, name: 'outage, large' })}\n`],
])('%s', async (_what, text) => {
  expect(await read(text)).toEqual([OUTAGE]);
});

test('packed by gzip, and as UTF-16', async () => {
  const text = 'start,end,name\n2026-01-05,2026-01-05T01:00:00Z,"outage, large"\n';
  for (const bytes of [gzipSync(text), Buffer.from(`\uFEFF${text}`, 'utf16le')]) {
    const file = join(folder, 'packed');
    await writeFile(file, bytes);
    expect(await readIncidents(file)).toEqual([OUTAGE]);
  }
});

test('an empty file is none; one without a name is called by its start', async () => {
  expect(await read('')).toEqual([]);
  expect(await read('start,end,name\n')).toEqual([]);
  expect((await read('2026-01-05,2026-01-06'))[0]?.name).toBe('2026-01-05T00:00:00.000Z');
});

test.each([
  ['a bad time', 'start,end,name\nsoon,2026-01-05,x\n', ':2: start: time "soon" is not a time; allowed:'],
  ['no end', 'start,end,name\n2026-01-05\n', ':2: end: time undefined is not a time'],
  ['an end before its start', '2026-01-05,2026-01-04,x', ':1: end "2026-01-04" is before start "2026-01-05"'],
  ['no JSON', '{"start": 1}\n{"start": \n', ':2: must be an object {"start", "end", "name"}'],
  ['a list', '{}\n[]\n', ':2: must be an object'],
  ['too many', '2026-01-05,2026-01-06,x\n'.repeat(10_001), 'holds 10001 incidents; at most 10000 are read'],
  ['an open quote', '2026-01-05,"2026-01-06,x\n', 'not CSV'],
])('refused: %s', async (_what, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test('a file that is not there', async () => {
  await expect(readIncidents(join(folder, 'none'))).rejects.toMatchObject({
    code: 'INCIDENTS_INVALID',
    message: expect.stringContaining('none: cannot be read: ENOENT') as string,
  });
});

/** Minutes. */
const alert = (start: number, end: number) => ({ startMs: start * MINUTE_MS, endMs: end * MINUTE_MS });
const INCIDENT = { ...alert(100, 160), name: 'outage' };

test.each<[string, [number, number][], object]>([
  ['before it', [[90, 95]], { outcome: 'caught', leadMs: 10 * MINUTE_MS }],
  ['as it begins', [[100, 101]], { outcome: 'caught', leadMs: 0 }],
  [
    'during it, twice',
    [
      [120, 130],
      [110, 111],
    ],
    { outcome: 'caught', leadMs: -10 * MINUTE_MS },
  ],
  ['as it ends', [[160, 170]], { outcome: 'caught', leadMs: -60 * MINUTE_MS }],
  ['after it', [[161, 170]], { outcome: 'missed' }],
  ['too early, and over', [[60, 69]], { outcome: 'missed' }],
  ['too early, and still firing', [[60, 120]], { outcome: 'already_firing' }],
  [
    'firing for long, and once more',
    [
      [60, 120],
      [130, 140],
    ],
    { outcome: 'caught', leadMs: -30 * MINUTE_MS },
  ],
  ['never', [], { outcome: 'missed' }],
])('an alert %s', (_what, alerts, result) => {
  const { incidents } = holdAgainst(
    alerts.map(([start, end]) => alert(start, end)),
    [INCIDENT],
    30 * MINUTE_MS,
  );
  expect(incidents).toEqual([{ name: 'outage', start: '1970-01-01T01:40:00.000Z', ...result }]);
});

test('figures of several', () => {
  const incidents = [INCIDENT, { ...alert(300, 310), name: 'b' }, { ...alert(500, 510), name: 'c' }];
  const alerts = [alert(95, 96), alert(200, 210), alert(305, 306), alert(400, 800)];
  expect(holdAgainst(alerts, incidents, 10 * MINUTE_MS)).toMatchObject({
    ...{ caught: 2, alreadyFiring: 1, missed: 0, recall: 2 / 3, falseAlerts: 1, precision: 3 / 4 },
    leadMs: { least: -5 * MINUTE_MS, median: 0, most: 5 * MINUTE_MS },
  });
  expect(holdAgainst([], [], 0)).toEqual({
    ...{ caught: 0, alreadyFiring: 0, missed: 0, falseAlerts: 0, incidents: [] },
  });
});
