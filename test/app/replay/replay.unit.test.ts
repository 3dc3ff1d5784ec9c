/** Goal: a file comes out row by row as it is, in its pace, and what is wrong with it is told with its name. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/app/clock.ts';
import { parseColumns } from '../../../src/app/replay/columns.ts';
import { replay, type ReplayOptions, type ReplayProgress } from '../../../src/app/replay/replay.ts';
import { BusError, type Bus } from '../../../src/core/bus/bus.port.ts';
import { memoryBus, stored, withPublish } from '../../support/bus.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder: string;
let bus: Bus;
beforeAll(async () => {
  folder = await tempFolder('replay');
});
afterAll(() => removeFolder(folder));
beforeEach(async () => {
  bus = await memoryBus();
});
afterEach(() => bus.close());

async function run(
  name: string,
  content: string | Uint8Array | undefined,
  options: Partial<ReplayOptions> = {},
) {
  const file = join(folder, name);
  if (content !== undefined) await writeFile(file, content);
  const fixed = {
    bus,
    file,
    speed: Number.POSITIVE_INFINITY,
    source: 'replay',
    channel: 'none',
    runId: 'run',
    clock: systemClock,
  };
  const result = await replay({ ...fixed, ...options });
  const messages = await stored(bus, 'in');
  return {
    result,
    subjects: messages.map(({ subject }) => subject),
    texts: messages.map(({ data }) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(data)),
  };
}

test.each<[string, string, string[]]>([
  ['lines', '{"id":1}\n{"id":2}\n', ['{"id":1}', '{"id":2}']],
  ['no newline at the end', '{"id":1}\n{"id":2}', ['{"id":1}', '{"id":2}']],
  ['CRLF', '{"id":1}\r\n{"id":2}\r\n', ['{"id":1}', '{"id":2}']],
  ['blank lines', '\n{"id":1}\n   \n\r\n', ['{"id":1}']],
  [
    'U+2028 and a lone CR belong to a text',
    '{"id":"a\u2028b"}\n{"id":\r2}\n',
    ['{"id":"a\u2028b"}', '{"id":\r2}'],
  ],
  ['what is no JSON goes on: it becomes a dead letter', 'garbage\n', ['garbage']],
  ['an empty file', '', []],
  ['only a newline', '\n', []],
])('NDJSON: %s', async (_what, content, expected) => {
  const { result, texts } = await run('a.ndjson', content);
  expect(texts).toEqual(expected);
  expect(result).toMatchObject({ rows: expected.length, published: expected.length, aborted: false });
  for (const name of ['a.ndjson.gz', 'packed.ndjson']) {
    const { result } = await run(name, gzipSync(content), { runId: name });
    expect(result.published).toBe(expected.length);
  }
});

const columns = parseColumns(
  'id=tweet,time=ts,text=body,tag=brand,tag=topic,author.followers=reach,channel=via',
);

test.each<[string, string, string, object[]]>([
  [
    'CSV',
    'a.csv',
    'tweet,ts,body,brand,topic,reach,via\n1,1700000000000,"hi, ""you""\nthere",acme,,12,X y\n',
    [
      {
        id: '1',
        time: 1_700_000_000_000,
        text: 'hi, "you"\nthere',
        tags: ['acme'],
        author: { followers: '12' },
        channel: 'X y',
      },
    ],
  ],
  [
    'TSV: a quote is a character',
    'a.tsv',
    'tweet\tts\tbody\tbrand\ttopic\treach\tvia\r\n1\t2026-01-01T00:00:00Z\t"quoted start, no end\ta\tb\t\t\r\n',
    [{ id: '1', time: '2026-01-01T00:00:00Z', text: '"quoted start, no end', tags: ['a', 'b'] }],
  ],
  [
    'U+2028 within a cell',
    'a.csv',
    'tweet,ts,body,brand,topic,reach,via\n1,,a\u2028b,,,,\n',
    [{ id: '1', text: 'a\u2028b' }],
  ],
  [
    'a BOM and an upper-case ending',
    'A.CSV',
    '\uFEFFtweet,ts,body,brand,topic,reach,via\n1,,,,,,\n',
    [{ id: '1' }],
  ],
  ['a header alone', 'a.csv', 'tweet,ts,body,brand,topic,reach,via\n', []],
  ['nothing', 'a.csv', '', []],
  ['short rows', 'a.csv', 'tweet,ts,body,brand,topic,reach,via\n1,,x\n', [{ id: '1', text: 'x' }]],
])('columns: %s', async (_what, name, content, expected) => {
  const { texts } = await run(name, content, { columns });
  expect(texts.map((text) => JSON.parse(text) as unknown)).toEqual(expected);
});

test('subjects: the channel of the row, else the one given; progress ends at the whole file', async () => {
  const progress: ReplayProgress[] = [];
  const content = '{"id":1,"channel":"X chat","time":1000000000000}\n{"id":2,"time":1000000005000}\n';
  const { result, subjects } = await run('s.ndjson', content, { onProgress: (now) => progress.push(now) });
  expect(subjects).toEqual(['earshot.in.replay.x_chat', 'earshot.in.replay.none']);
  expect(result).toMatchObject({ firstTimeMs: 1e12, lastTimeMs: 1e12 + 5_000 });
  expect(progress.at(-1)).toEqual({ rows: 2, published: 2, share: 1, timeMs: 1e12 + 5_000 });
});

test('offsetMs counts from startMs; the broker takes a row once per run', async () => {
  const line = '{"offsetMs":1500,"id":"a"}\n';
  const { texts } = await run('o.ndjson', line, { startMs: 1e12 });
  expect(texts).toEqual([`{"id":"a","time":${1e12 + 1_500}}`]);
  await run('o.ndjson', line, { startMs: 1e12 });
  expect((await run('o.ndjson', line, { startMs: 1e12, runId: 'another' })).texts).toHaveLength(2);
});

test.each([
  ['as fast as it goes, the sample ends now', Number.POSITIVE_INFINITY, [-3_600_000, 0]],
  ['at sixty times, its first message is written 59 minutes of an hour ago', 60, [-3_540_000, 60_000]],
  ['as it was, it begins now', 1, [0, 3_600_000]],
])('without startMs: %s', async (_why, speed, offsetsMs) => {
  let monotonicMs = 0;
  const clock = { nowMs: () => 1e12, monotonicMs: () => (monotonicMs += 1e8) }; // Every wait is over when asked for.
  const content = '{"offsetMs":0,"id":"a"}\n{"offsetMs":3600000,"id":"b"}\n';
  const { texts } = await run('n.ndjson', content, { speed, clock });
  const times = texts.map((text) => (JSON.parse(text) as { time: number }).time - 1e12);
  expect(times).toEqual(offsetsMs);
});

test.each<[string, string, string | Uint8Array | undefined, Partial<ReplayOptions>, RegExp]>([
  ['a file that is not there', 'absent.ndjson', undefined, {}, /absent\.ndjson: cannot be read: ENOENT/],
  [
    'gzip that ends too early',
    'cut.ndjson.gz',
    gzipSync('{"id":1}\n'.repeat(1_000)).subarray(0, 40),
    {},
    /cut\.ndjson\.gz: cannot be read: the gzip data end too early/,
  ],
  [
    'a CSV file that is not there, without columns',
    'absent.csv',
    undefined,
    {},
    /absent\.csv: cannot be read: ENOENT/,
  ],
  ['CSV without columns', 'a.csv', 'id\n1\n', {}, /a\.csv: a CSV file needs --columns/],
  ['columns for NDJSON', 'a.ndjson', '{"id":1}\n', { columns }, /--columns is for CSV and TSV files/],
  [
    'a column that is not there',
    'a.csv',
    'id,text\n1,x\n',
    { columns: parseColumns('id=id,text=body') },
    /^--columns: no column 'body' for text; the file has: id, text$/,
  ],
  [
    'a quote that is never closed',
    'open.csv',
    `id\n"${'x\n'.repeat(700_000)}`,
    { columns: parseColumns('id=id') },
    /open\.csv: cannot be read: .*1000000/,
  ],
])('%s', async (_what, name, content, options, message) => {
  await expect(run(name, content, options)).rejects.toThrow(message);
});

test.each([
  ['text=body', '--columns: needs id=<column>'],
  ['id', "--columns: 'id' is not field=column"],
  ['id=', "--columns: 'id=' is not field=column"],
  ['id=a,id=b', '--columns: id is given twice; only tag, mention, link, media may be'],
])('--columns %s', (text, message) => {
  expect(() => parseColumns(text)).toThrow(message);
});
test('--columns: an unknown field is told with those there are; a column name may hold =', () => {
  expect(() => parseColumns('id=a,title=b')).toThrow(
    /unknown field 'title'; allowed: id, time, text, channel/,
  );
  expect(parseColumns('id = a=b')).toEqual([{ field: 'id', column: 'a=b' }]);
});

test('a failing publish ends the replay with what the bus says', async () => {
  const failing = withPublish(bus, () =>
    Promise.reject(new BusError('BUS_NO_STREAM', 'no stream', { canRetry: false })),
  );
  await expect(run('f.ndjson', '{"id":1}\n{"id":2}\n', { bus: failing })).rejects.toThrow('no stream');
});

/** Sees when each row goes out, on a clock of its own. */
const paced = (offsetsMs: readonly number[]) =>
  offsetsMs.map((offsetMs) => JSON.stringify({ id: String(offsetMs), offsetMs })).join('\n');

test.each<[string, Partial<ReplayOptions>, number[]]>([
  ['in the pace of event time, sped up', { speed: 1_000 }, [0, 50, 120]],
  ['at a rate', { ratePerSecondMax: 25 }, [0, 40, 80]],
  ['at the slower of both', { speed: 1_000, ratePerSecondMax: 15 }, [0, 66, 133]],
])('%s', async (_what, options, dueMs) => {
  const sentMs: number[] = [];
  const timed = withPublish(bus, (message, real) => {
    sentMs.push(performance.now());
    return real(message);
  });
  await run('p.ndjson', paced([0, 50_000, 120_000]), { bus: timed, ...options });
  const sinceFirst = sentMs.map((ms) => ms - (sentMs[0] ?? 0));
  for (const [index, due] of dueMs.entries()) expect(sinceFirst[index]).toBeGreaterThanOrEqual(due - 15); // Never early.
});

test.each([60_000, 40 * 86_400_000])(
  'an abort ends a wait of %i ms at once, and keeps what was published',
  async (gapMs) => {
    const abort = new AbortController();
    const aborting = withPublish(bus, (message, real) => {
      setImmediate(() => abort.abort());
      return real(message);
    });
    const { result, texts } = await run('w.ndjson', paced([0, gapMs]), {
      bus: aborting,
      speed: 1,
      signal: abort.signal,
    });
    expect(result).toMatchObject({ rows: 1, published: 1, aborted: true });
    expect(texts).toHaveLength(1);
  },
);
