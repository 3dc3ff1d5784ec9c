/** Goal: files as people have them become streams of messages, and trends come out as they change. */
import { expect, test } from 'vitest';
import { findTrends, ndjsonLines, type TrendFinding } from '../../../src/app/trends/find-trends.ts';
import { formatTrend, trendRow, TREND_COLUMNS } from '../../../src/app/trends/trend-format.ts';
import { readTrendLine } from '../../../src/app/trends/trend-lines.ts';
import { trendConfig } from '../../../src/core/trend/trend.config.ts';
import type { TrendView } from '../../../src/core/trend/trend-view.ts';
import { about, DAY, everyday, HOUR, inTime, START_MS } from '../../core/trend/stream.ts';

const config = trendConfig.parse({ limits: { cellsPerRow: 16_384 } });
const eventMs = START_MS + 30 * HOUR;
const messages = inTime(
  everyday(1, { hours: 48, perHour: 20 }),
  about('Zeppelin', { fromMs: eventMs, count: 40, overMs: HOUR }),
);
const linesOf = (list: readonly object[]) => list.map((message) => `${JSON.stringify(message)}\n`);

async function find(lines: readonly string[], by = 'channel'): Promise<TrendFinding[]> {
  async function* bytes() {
    yield await Promise.resolve(Buffer.from(lines.join('')));
  }
  const findings: TrendFinding[] = [];
  for await (const finding of findTrends(ndjsonLines(bytes()), { config, by })) findings.push(finding);
  return findings;
}
/** As the command prints them. */
const ended = (findings: readonly TrendFinding[]): TrendView[] =>
  findings.flatMap((finding) => {
    if ('last' in finding) return [finding.last];
    return 'event' in finding && finding.event.trend.state === 'over' ? [finding.event.trend] : [];
  });

test('each trend begins once and ends once, or is there when the messages end', async () => {
  const findings = await find(linesOf(messages));
  const [trend, ...others] = ended(findings).filter(({ title }) => title === 'Zeppelin');
  expect(others).toEqual([]);
  if (!trend) throw new Error('no trend');
  const line = JSON.parse(formatTrend(trend)) as Record<string, unknown>;
  expect(line).toMatchObject({
    title: 'Zeppelin',
    kind: 'keyword',
    terms: ['Zeppelin'],
    channel: 'social',
    rank: 1,
    authors: 40,
    messages: 40,
    texts: 40,
    onset: new Date(eventMs).toISOString(),
  });
  expect(String(line.start) <= String(line.peak)).toBe(true);
  expect(line.examples).toHaveLength(5);
  expect(trendRow(trend)).toHaveLength(TREND_COLUMNS.length);
});

test('one stream after the other in a file, and each by itself, give the same trends', async () => {
  const other = messages.map((message) => ({ ...message, channel: 'chat', time: message.time - 60 * DAY }));
  const [both, one, two] = await Promise.all([
    find(linesOf([...messages, ...other])),
    find(linesOf(messages)),
    find(linesOf(other)),
  ]);
  expect(ended(both)).toEqual([...ended(one), ...ended(two)]);
});

test('trends are told apart by any field, or not at all', async () => {
  const brands = messages.map(({ channel: _none, ...message }, at) => ({
    ...message,
    tags: [message.text.includes('Zeppelin') || at % 2 === 0 ? 'a' : 'b'],
  }));
  const channels = async (by: string) =>
    new Set(ended(await find(linesOf(brands), by)).map(({ channel }) => channel));
  expect(await channels('tags')).toContain('a');
  expect(await channels('channel')).toEqual(new Set(['all']));
  expect(await channels('all')).toEqual(new Set(['all']));
});

test('no messages, no trends', async () => {
  expect(await find([])).toEqual([]);
  expect(await find(['\n', '  \n'])).toEqual([]);
});

test.each([
  ['no JSON', 'hello', 'hello'],
  ['no object', '[1]', 'a list where an object is needed'],
  ['no time', '{"id":"1","text":"a"}', 'time is missing'],
  ['no id', '{"time":1700000000000,"text":"a"}', 'no id'],
  ['a time that is none', '{"id":"1","time":"soon","text":"a"}', '"soon" is not a time'],
  ['a channel that is none', '{"id":"1","time":1700000000000,"channel":{}}', 'channel an object is no name'],
])('a line with %s is named', (_what, text, problem) => {
  const read = readTrendLine(Buffer.from(text), 7, 'channel');
  expect(read).toMatchObject({ line: 7, problem: expect.stringContaining(problem) as string });
});

test('the channel is kept as it is written', () => {
  const line = Buffer.from('{"id":1,"time":1700000000000,"channel":"AAPL","text":"x"}');
  expect(readTrendLine(line, 1, 'channel')).toMatchObject({ channel: 'AAPL', id: '1' });
});
