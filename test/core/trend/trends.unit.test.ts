/** Goal: what trends, what does not, and how a trend lives. */
import { expect, test } from 'vitest';
import type { Message } from '../../../src/core/message/message.ts';
import type { TrendEvent } from '../../../src/core/trend/board.ts';
import { trendConfig } from '../../../src/core/trend/trend.config.ts';
import type { TrendView } from '../../../src/core/trend/trend-view.ts';
import { Trends, TrendsStateError, type TrendsState } from '../../../src/core/trend/trends.ts';
import { seededRandom } from '../../support/random.ts';
import { about, chatter, DAY, everyday, HOUR, inTime, MINUTE, START_MS, type Post } from './stream.ts';

/** A small sketch: these streams have few terms. */
const SMALL = { limits: { cellsPerRow: 16_384 } };
const open = (config: object = {}, restored?: TrendsState) =>
  new Trends('acme', trendConfig.parse({ ...SMALL, ...config }), restored);

function feed(trends: Trends, messages: readonly Message[], untilMs?: number): TrendEvent[] {
  const events: TrendEvent[] = [];
  for (const message of messages) {
    trends.observe(message);
    events.push(...trends.advance(message.time));
  }
  if (untilMs !== undefined) events.push(...trends.advance(untilMs));
  return events;
}
/** Each trend as it was last told. */
function found(messages: readonly Message[], config: object = {}): TrendView[] {
  const trends = open(config);
  const views = new Map<string, TrendView>();
  for (const { trend } of feed(trends, messages, (messages.at(-1)?.time ?? 0) + 5 * DAY))
    views.set(trend.id, trend);
  return [...views.values()];
}
const named = (trends: readonly TrendView[], word: string) =>
  trends.filter(({ terms }) => terms.some(({ text }) => text.toLowerCase().includes(word)));

const calm = everyday(1, { hours: 64, perHour: 20 });
const eventMs = START_MS + 60 * HOUR;

test('a calm stream has hardly a trend, once a day has shown what is usual', () => {
  const week = everyday(1, { hours: 7 * 24, perHour: 40 });
  const later = found(inTime(week)).filter(({ startMs }) => startMs > START_MS + DAY);
  expect(later.length).toBeLessThanOrEqual(2);
});

test('what many write of a sudden is found within its first posts, as one trend with its words', () => {
  const burst = about('Zeppelin crash', { fromMs: eventMs, count: 40, overMs: HOUR });
  const [trend, ...others] = named(found(inTime(calm, burst)), 'zeppelin');
  expect(others).toEqual([]);
  expect(trend?.terms.map(({ text }) => text)).toEqual(
    expect.arrayContaining(['Zeppelin', 'crash', 'Zeppelin crash']),
  );
  expect(trend).toMatchObject({
    title: 'Zeppelin crash',
    kind: 'phrase',
    channel: 'social',
    authors: 40,
    texts: 40,
    rank: 1,
  });
  expect((trend?.startMs ?? 0) - eventMs).toBeLessThan(10 * MINUTE);
  expect(trend?.onsetMs).toBe(eventMs);
  expect(trend?.examples).toHaveLength(5);
  expect(trend?.examples.every(({ text }) => text.includes('Zeppelin'))).toBe(true);
});

/** A thousand copies by fifty accounts, each a little other. */
const flood: Post[] = Array.from({ length: 1_000 }, (_, at) => ({
  timeMs: eventMs + at * 3_000,
  text: `RT @seller${at % 7}: Zeppelin shares will double before June, get in now with our free list http://x.example/${at}`,
  author: `bot${at % 50}`,
}));

test('a coordinated flood is no trend; counted copy by copy it would be one', () => {
  expect(named(found(inTime(calm, flood)), 'zeppelin')).toEqual([]);
  expect(named(found(inTime(calm, flood), { copies: 'each' }), 'zeppelin')).not.toEqual([]);
});

/** A short text by hundreds, of which each exchanges a word: runs of words do not tell that it is one. */
function spunFlood(count: number, accounts: number): Post[] {
  const random = seededRandom(3);
  const spice = ['amazing', 'super', 'really', 'incredible', 'wow'];
  return Array.from({ length: count }, (_, at) => {
    const words = 'Buy Zeppelin now before it explodes'.split(' ');
    words[Math.floor(random() * words.length)] = spice[at % spice.length] ?? '';
    const author = `bot${Math.floor(random() * accounts)}`;
    return { timeMs: eventMs + Math.floor((at * 2 * HOUR) / count), text: words.join(' '), author };
  });
}

test.each([
  [740, 250],
  [1_600, 550],
])(
  'a flood of %i copies by %i accounts that exchange words is no trend, alone and in a busy hour',
  (n, of) => {
    const busy = everyday(4, { hours: 2, perHour: 200 }).map((post) => ({
      ...post,
      timeMs: post.timeMs + 60 * HOUR,
    }));
    for (const others of [[], busy])
      expect(named(found(inTime(calm, spunFlood(n, of), others)), 'explodes')).toEqual([]);
  },
);

test('what a new channel is about is no trend in its first posts; much about one thing within hours is', () => {
  const brand = Array.from({ length: 40 }, (_, at) => ({
    timeMs: START_MS + at * 4 * HOUR,
    text: `${chatter(seededRandom(at))} Zeppelin`,
    author: `u${at}`,
  }));
  expect(found(inTime(brand))).toEqual([]);
  const crisis = about('Zeppelin', { fromMs: START_MS, count: 50, overMs: 4 * HOUR });
  expect(named(found(inTime(crisis)), 'zeppelin')).toHaveLength(1);
  const mixed = inTime(crisis, everyday(6, { hours: 5, perHour: 30 }));
  expect(named(found(mixed), 'zeppelin')).toHaveLength(1);
});

test('copies that weigh a tenth do not found a trend by themselves', () => {
  expect(named(found(inTime(calm, flood), { copies: 'weighted' }), 'zeppelin')).toEqual([]);
});

test('one author with many texts is no trend; a hundred authors are', () => {
  const posts = about('Zeppelin', { fromMs: eventMs, count: 100, overMs: HOUR });
  expect(
    named(
      found(
        inTime(
          calm,
          posts.map((post) => ({ ...post, author: 'one' })),
        ),
      ),
      'zeppelin',
    ),
  ).toEqual([]);
  expect(named(found(inTime(calm, posts)), 'zeppelin')).toHaveLength(1);
});

test('posts that do not say who wrote them count each for itself', () => {
  const anonymous = about('Zeppelin', { fromMs: eventMs, count: 30, overMs: HOUR }).map(
    ({ timeMs, text }) => ({
      timeMs,
      text,
    }),
  );
  expect(named(found(inTime(calm, anonymous)), 'zeppelin')).toHaveLength(1);
});

test('what is written all the time does not trend, though it is written often, nor in a busy hour', () => {
  const steady = about('airline', { fromMs: START_MS, count: 720, overMs: 72 * HOUR });
  const busy = everyday(2, { hours: 2, perHour: 400 }).map((post, at) => ({
    ...post,
    timeMs: post.timeMs + 60 * HOUR,
    text: at % 5 === 0 ? `${post.text} airline` : post.text,
    author: `busy${at}`,
  }));
  const airline = named(found(inTime(calm, steady, busy)), 'airline');
  expect(airline.filter(({ startMs }) => startMs > START_MS + 30 * HOUR)).toEqual([]);
});

test('two events at a time are two trends', () => {
  const messages = inTime(
    calm,
    about('Zeppelin', { fromMs: eventMs, count: 30, overMs: HOUR, seed: 5 }),
    about('Comet', { fromMs: eventMs, count: 30, overMs: HOUR, seed: 6 }),
  );
  const all = found(messages);
  const [zeppelin, comet] = [named(all, 'zeppelin'), named(all, 'comet')];
  expect([zeppelin.length, comet.length]).toEqual([1, 1]);
  expect(zeppelin[0]?.id).not.toBe(comet[0]?.id);
});

test('channels have trends of their own', () => {
  const burst = about('Zeppelin', { fromMs: eventMs, count: 30, overMs: HOUR });
  const elsewhere = calm.map((post) => ({ ...post, channel: 'chat' }));
  const channels = named(found(inTime(calm, elsewhere, burst)), 'zeppelin').map(({ channel }) => channel);
  expect(channels).toEqual(['social']);
});

test('a trend rises, peaks, fades and is over, each once, in this order', () => {
  const burst = about('Zeppelin', { fromMs: eventMs, count: 60, overMs: 2 * HOUR });
  const trends = open();
  const events = feed(trends, inTime(calm, burst), eventMs + 8 * DAY).filter(
    ({ trend }) => trend.title === 'Zeppelin',
  );
  expect(events.map(({ trend }) => trend.state)).toEqual(['rising', 'peak', 'fading', 'over']);
  expect(new Set(events.map(({ trend }) => trend.id)).size).toBe(1);
  const [rising, , fading, over] = events.map(({ trend }) => trend);
  expect(over?.endMs).toBe(events[3]?.atMs);
  expect(over?.peakMs).toBeGreaterThan(rising?.startMs ?? 0);
  expect(fading?.score).toBeLessThan(0.7 * (fading?.peakScore ?? 0));
  expect(trends.top()).toEqual([]);
});

test('the strongest first, at most as many as asked for, of one channel or all', () => {
  const messages = inTime(
    calm,
    about('Zeppelin', { fromMs: eventMs, count: 60, overMs: HOUR, seed: 5 }),
    about('Comet', { fromMs: eventMs, count: 10, overMs: HOUR, seed: 6 }),
  );
  const trends = open();
  feed(
    trends,
    messages.filter(({ time }) => time <= eventMs + HOUR),
  );
  expect(trends.top(2).map(({ title }) => title)).toEqual(['Zeppelin', 'Comet']);
  expect(trends.top(1)).toHaveLength(1);
  expect(trends.top(9, 'chat')).toEqual([]);
});

test('sentiment is counted where it is known', () => {
  const probability = { negative: 1, neutral: 0, positive: 0 };
  const sentiment = { label: 'negative', score: -1, probability, engine: 'test' } as const;
  const trends = open();
  const burst = about('Zeppelin', { fromMs: eventMs, count: 30, overMs: HOUR });
  for (const message of inTime(calm, burst).filter(({ time }) => time <= eventMs + HOUR)) {
    trends.observe(message.author?.id?.startsWith('fan') === true ? { ...message, sentiment } : message);
  }
  const [trend] = named(trends.top(), 'zeppelin');
  expect(trend?.sentiment).toEqual({ negative: 30, neutral: 0, positive: 0, uncertain: 0 });
});

test('a late post counts at its own time', () => {
  const burst = about('Zeppelin', { fromMs: eventMs, count: 30, overMs: HOUR });
  const messages = inTime(calm, burst);
  const late = [...messages].sort((a, b) => a.time + lag(a) - (b.time + lag(b)));
  const [one, other] = [named(found(messages), 'zeppelin'), named(found(late), 'zeppelin')];
  expect(other).toHaveLength(1);
  expect(Math.abs((other[0]?.peakScore ?? 0) - (one[0]?.peakScore ?? 0))).toBeLessThan(0.5);
});
const lag = ({ id }: Message) => (Number(id.slice(1)) % 5) * MINUTE;

test('only posts count: no edits, deletes or engagement', () => {
  const burst = inTime(about('Zeppelin', { fromMs: eventMs, count: 30, overMs: HOUR }));
  const trends = open();
  feed(trends, inTime(calm));
  for (const kind of ['edit', 'delete', 'engagement', 'status'] as const)
    feed(
      trends,
      burst.map((message) => ({ ...message, kind })),
    );
  expect(named(trends.top(), 'zeppelin')).toEqual([]);
});

test('every limit holds, and what it leaves out is counted', () => {
  const random = seededRandom(3);
  const posts = Array.from({ length: 3_000 }, (_, at) => ({
    timeMs: START_MS + at * 1_000,
    text: chatter(random, 2_700),
    author: `u${at}`,
    channel: `c${at % 5}`,
  }));
  const limits = { cellsPerRow: 1_024, candidatesMax: 64, trendsMax: 1, channelsMax: 3 };
  const trends = open({ limits, scoreMin: 1 });
  feed(trends, inTime(posts));
  expect(trends.top(99).length).toBeLessThanOrEqual(1);
  expect(trends.limits.channels).toBe(1_200);
  expect(trends.limits.candidates).toBeGreaterThan(0);
  expect(trends.limits.trends).toBeGreaterThan(0);
});

test('restored from a snapshot it goes on as if nothing had happened, with the same ids', () => {
  const messages = inTime(calm, about('Zeppelin', { fromMs: eventMs, count: 60, overMs: 2 * HOUR }));
  const untilMs = eventMs + 5 * DAY;
  for (const cut of [1, messages.findIndex(({ time }) => time > eventMs + HOUR)]) {
    const whole = open();
    feed(whole, messages.slice(0, cut));
    const state = JSON.parse(JSON.stringify(whole.snapshot())) as TrendsState;
    const restored = open({}, state);
    expect(feed(restored, messages.slice(cut), untilMs)).toEqual(feed(whole, messages.slice(cut), untilMs));
    expect(restored.snapshot()).toEqual(whole.snapshot());
  }
});

test('a state of another pipeline or version is refused', () => {
  const state = open().snapshot();
  expect(() => new Trends('other', trendConfig.parse(SMALL), state)).toThrow(TrendsStateError);
  expect(() => open({}, { ...state, version: 0 as 2 })).toThrow('version 0');
});

test('two watchers that saw half each find together what one finds that saw all', () => {
  const messages = inTime(calm, about('Zeppelin', { fromMs: eventMs, count: 60, overMs: HOUR })).filter(
    ({ time }) => time <= eventMs + HOUR,
  );
  const [whole, even, odd] = [open(), open(), open()];
  feed(whole, messages);
  feed(
    even,
    messages.filter((_, at) => at % 2 === 0),
  );
  feed(
    odd,
    messages.filter((_, at) => at % 2 === 1),
  );
  even.merge(odd);
  even.advance(eventMs + HOUR + MINUTE);
  whole.advance(eventMs + HOUR + MINUTE);
  const [merged, all] = [even.top(1)[0], whole.top(1)[0]];
  expect(merged?.terms.map(({ text }) => text)).toContain('Zeppelin');
  expect(Math.abs((merged?.score ?? 0) - (all?.score ?? 0))).toBeLessThan(0.05 * (all?.score ?? 0));
  // A half may take another word of the same posts for a part of the trend.
  expect(Math.abs((merged?.authors ?? 0) - (all?.authors ?? 0))).toBeLessThan(0.1 * (all?.authors ?? 0));
});
