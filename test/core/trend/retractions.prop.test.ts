/** Goal: what was deleted was never there. The oracle is a stream without the deleted messages: sums of every term are the
 *  same but for rounding, and so are posts, texts and authors of trends; whatever was written by one author twice, or
 *  copied, before or after what is deleted. Not the same: how crowded a term was (taken back in proportion), and which
 *  runs of words were phrases then. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/core/message/message.ts';
import { combine, hashOf } from '../../../src/core/trend/hash.ts';
import { TermSketch, type Usage } from '../../../src/core/trend/sketch.ts';
import { trendConfig } from '../../../src/core/trend/trend.config.ts';
import { Trends, type TrendsState } from '../../../src/core/trend/trends.ts';
import { termsOf } from '../../../src/core/trend/terms.ts';
import { about, everyday, HOUR, inTime, START_MS } from './stream.ts';

const config = trendConfig.parse({
  kinds: ['hashtag', 'keyword'],
  limits: { cellsPerRow: 4_096 },
});
const KINDS = new Set(config.kinds);
const TOPICS = ['zeppelin', 'comet', 'bridge', 'harbour', 'glacier', 'orchard', 'lantern', 'compass'];

const open = (restored?: TrendsState) => new Trends('acme', config, restored);
const deletion = (message: Message, time: number): Message => ({
  ...message,
  kind: 'delete',
  version: '9',
  text: '',
  time,
});

interface Made {
  readonly topics: readonly number[];
  readonly author: number;
  /** Repeats the text of an earlier one. */
  readonly copies?: number | undefined;
  readonly isDeleted: boolean;
  /** Place of its deletion among what follows, 0 to 1; some come before the post. */
  readonly deletedAt: number;
}

const posts = fc.array(
  fc.record({
    topics: fc.uniqueArray(fc.nat(TOPICS.length - 1), { minLength: 3, maxLength: 6 }),
    author: fc.nat(5),
    copies: fc.option(fc.nat(20), { nil: undefined, freq: 3 }),
    isDeleted: fc.boolean(),
    deletedAt: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 40 },
);

function messagesOf(made: readonly Made[]): Message[] {
  const texts: string[] = [];
  return made.map(({ topics, author, copies }, at) => {
    const own = `${topics.map((topic) => TOPICS[topic]).join(' ')} #tag${topics[0] ?? 0}`;
    const text = copies === undefined || at === 0 ? own : (texts[copies % at] ?? own);
    texts.push(text);
    const time = START_MS + at * 20_000;
    return {
      id: `p${at}`,
      version: '0',
      kind: 'create',
      time,
      channel: 'x',
      source: 't',
      text,
      author: { id: `u${author}` },
    };
  });
}

/** Sums of every term, as of the end. */
function sumsOf(trends: Trends): Usage[] {
  const { sketch } = (JSON.parse(JSON.stringify(trends.snapshot())) as TrendsState).tables;
  const options = {
    cellsPerRow: 4_096,
    burstMs: config.burst,
    spanMs: config.span,
    memoryMs: config.memory,
  };
  const reader = new TermSketch(options, sketch);
  reader.advance(START_MS + HOUR);
  const words = [...TOPICS, ...TOPICS.map((_, at) => `#tag${at}`)];
  return words
    .flatMap((text) => termsOf({ text }, KINDS).terms)
    .map(({ hash }) => {
      const usage = { burst: 0, span: 0, past: 0, burstCrowd: 0, spanCrowd: 0 };
      reader.locate(combine(hashOf('channel:x'), hash));
      reader.read(usage);
      return usage;
    });
}

function close(some: readonly Usage[], others: readonly Usage[]): void {
  for (const [at, one] of some.entries()) {
    expect(Math.abs(one.burst - (others[at]?.burst ?? 0))).toBeLessThan(1e-3);
    expect(Math.abs(one.span - (others[at]?.span ?? 0))).toBeLessThan(1e-3);
  }
}

const standing = (made: readonly Made[]) => messagesOf(made).filter((_, at) => made[at]?.isDeleted === false);
/** With deletions somewhere after, or a little before, what they delete. */
function withDeletions(made: readonly Made[]): Message[] {
  const all = messagesOf(made);
  const endMs = all.at(-1)?.time ?? START_MS;
  const sent = all.flatMap((message, at) => {
    const { isDeleted = false, deletedAt = 0 } = made[at] ?? {};
    const deletedMs = message.time - 30_000 + deletedAt * (endMs - message.time + 60_000);
    const create = { atMs: message.time, message };
    return isDeleted ? [create, { atMs: deletedMs, message: deletion(message, deletedMs) }] : [create];
  });
  return sent.sort((a, b) => a.atMs - b.atMs).map(({ message }) => message);
}

function run(messages: readonly Message[], restartAt = -1): Trends {
  let trends = open();
  for (const [at, message] of messages.entries()) {
    if (at === restartAt) trends = open(JSON.parse(JSON.stringify(trends.snapshot())) as TrendsState);
    trends.observe(message);
  }
  trends.advance(START_MS + HOUR);
  return trends;
}

test('the sums of all terms are those of a stream without what was deleted', () => {
  fc.assert(
    fc.property(posts, fc.nat(60), (made, restartAt) => {
      close(sumsOf(run(withDeletions(made), restartAt)), sumsOf(run(standing(made))));
    }),
    { numRuns: 80 },
  );
});

test('negative control: without the deletions the sums are others', () => {
  const made: Made[] = [0, 1, 2].map((author) => ({
    topics: [0, 1, 2 + author],
    author,
    isDeleted: true,
    deletedAt: 1,
  }));
  expect(() => close(sumsOf(run(messagesOf(made))), sumsOf(run([])))).toThrow();
});

const calm = everyday(1, { hours: 30, perHour: 20 });
const eventMs = START_MS + 26 * HOUR;
const burst = inTime(about('Zeppelin', { fromMs: eventMs, count: 30, overMs: HOUR })).map((message, at) => ({
  ...message,
  id: `z${at}`,
}));
const untilEvent = inTime(calm).filter(({ time }) => time <= eventMs + HOUR);

function feed(trends: Trends, messages: readonly Message[]) {
  return [...messages]
    .sort((a, b) => a.time - b.time)
    .flatMap((message) => {
      trends.observe(message);
      return trends.advance(message.time);
    });
}

test('a trend counts what is left of it, as if the rest had not been', () => {
  const [less, never] = [open(), open()];
  const gone = burst.filter((_, at) => at % 3 === 0);
  feed(less, [...untilEvent, ...burst]);
  feed(
    less,
    gone.map((message) => deletion(message, eventMs + HOUR)),
  );
  feed(never, [...untilEvent, ...burst.filter((message) => !gone.includes(message))]);
  for (const trends of [less, never]) trends.advance(eventMs + HOUR + 60_000);
  const [one, other] = [less, never].map((trends) => trends.top(9).find(({ title }) => title === 'Zeppelin'));
  expect(one).toMatchObject({ messages: 20, texts: 20, authors: 20 });
  expect(other).toMatchObject({ messages: 20, texts: 20, authors: 20 });
  expect(Math.abs((one?.score ?? 0) - (other?.score ?? 9))).toBeLessThan(0.2);
  const ids = new Set(gone.map(({ id }) => id));
  expect(one?.examples.filter(({ id }) => ids.has(id))).toEqual([]);
});

test('a trend whose posts were all deleted is over, and says why', () => {
  const trends = open();
  feed(trends, [...untilEvent, ...burst]);
  const events = feed(
    trends,
    burst.map((message) => deletion(message, eventMs + HOUR)),
  );
  const [over, ...more] = events.filter(({ trend }) => trend.title === 'Zeppelin' && trend.state === 'over');
  expect(more).toEqual([]);
  expect(over?.trend).toMatchObject({ state: 'over', reason: 'retracted' });
  expect(trends.top(9).filter(({ title }) => title === 'Zeppelin')).toEqual([]);
});

test('an edit counts instead of what it changes', () => {
  const trends = open();
  feed(trends, [...untilEvent, ...burst]);
  const calmer = burst.map((message): Message => ({
    ...message,
    kind: 'edit',
    version: '1',
    text: `never mind ${message.id}`,
  }));
  feed(trends, calmer);
  trends.advance(eventMs + HOUR + 60_000);
  expect(trends.top(9).filter(({ title }) => title === 'Zeppelin')).toEqual([]);
});

test('beyond `retractableMax` a post stays counted, and what was forgotten is counted', () => {
  const small = new Trends('acme', { ...config, limits: { ...config.limits, retractableMax: 10 } });
  feed(small, [...untilEvent, ...burst]);
  expect(small.limits.retractable).toBe(untilEvent.length + burst.length - 10);
  feed(
    small,
    burst.map((message) => deletion(message, eventMs + HOUR)),
  );
  expect(small.top(9).find(({ title }) => title === 'Zeppelin')?.messages).toBeGreaterThanOrEqual(20);
});
