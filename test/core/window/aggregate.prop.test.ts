/** Goal: an aggregate depends on the posts alone. Oracle: a recount of the raw posts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SENTIMENT_LABELS } from '../../../src/core/sentiment/engine.port.ts';
import { Aggregate, postOf, type AggregateState } from '../../../src/core/window/aggregate.ts';
import { scoredMessage } from './arrivals.ts';

const options = fc.record({
  label: fc.constantFrom(...SENTIMENT_LABELS),
  score: fc.integer({ min: -1_000, max: 1_000 }).map((thousandths) => thousandths / 1_000),
  author: fc.integer({ min: 0, max: 600 }).map((id) => `author${id}`),
  followers: fc.integer({ min: 0, max: 3 }),
  channel: fc.constant('x'),
});
const posts = fc
  .array(options, { maxLength: 60 })
  .map((all) => all.map((one, index) => postOf(scoredMessage(String(index), index, one), index + 1)));

function aggregateOf(items: Iterable<ReturnType<typeof postOf>>): Aggregate {
  const aggregate = new Aggregate();
  for (const item of items) aggregate.add(item);
  return aggregate;
}
/** The order of exact author hashes means nothing. */
function comparable(aggregate: Aggregate) {
  const { authors, ...rest } = aggregate.toState();
  return { ...rest, authors: typeof authors === 'string' ? authors : authors.toSorted((a, b) => a - b) };
}

test('counts what is there', () => {
  fc.assert(
    fc.property(posts, (all) => {
      const of = (label: string) => all.filter(({ message }) => message.sentiment.label === label).length;
      const observed = aggregateOf(all).observe();
      const per = (amount: number) => (all.length === 0 ? 0 : amount / all.length);
      expect(observed).toMatchObject({
        volume: all.length,
        negative: of('negative'),
        neutral: of('neutral'),
        positive: of('positive'),
        uncertain: of('uncertain'),
        netSentiment: per(of('positive') - of('negative')),
        negativeShare: per(of('negative')),
        positiveShare: per(of('positive')),
        authors: new Set(all.map(({ message }) => message.author?.id)).size,
      });
      const sum = all.reduce((total, { message }) => total + message.sentiment.score, 0);
      expect(observed.meanScore).toBeCloseTo(per(sum), 6);
    }),
  );
});

test('parts merged in any order, through JSON, are the whole', () => {
  fc.assert(
    fc.property(posts, fc.array(fc.nat(4), { minLength: 60, maxLength: 60 }), (all, places) => {
      const parts = [0, 1, 2, 3, 4].map((part) => all.filter((_, index) => places[index] === part));
      const merged = new Aggregate();
      for (const part of parts.toReversed()) {
        const state = JSON.parse(JSON.stringify(aggregateOf(part.toReversed()).toState())) as AggregateState;
        merged.merge(Aggregate.fromState(state));
      }
      const whole = aggregateOf(all);
      expect(comparable(merged)).toEqual(comparable(whole));
      expect(merged.observe()).toEqual(whole.observe());
      expect(merged.evidence()).toEqual(whole.evidence());
    }),
  );
});

test('weights: exact in any order, and what is taken back leaves nothing', () => {
  const weighted = fc
    .array(fc.record({ options, weightUnits: fc.integer({ min: 0, max: 1_000 }) }), { maxLength: 60 })
    .map((all) =>
      all.map((one, at) => postOf(scoredMessage(String(at), at, one.options), at + 1, one.weightUnits)),
    );
  fc.assert(
    fc.property(weighted, fc.nat(60), (all, kept) => {
      const aggregate = aggregateOf(all.toReversed());
      const units = all.reduce((sum, { weightUnits }) => sum + weightUnits, 0);
      expect(aggregate.observe().volume).toBe(units / 1_000);
      expect(aggregate.messages).toBe(all.length);
      for (const gone of all.slice(kept)) aggregate.takeBack(gone);
      const state = JSON.parse(JSON.stringify(aggregate.toState())) as AggregateState;
      const { authors: _left, ...left } = Aggregate.fromState(state).observe();
      const { authors: _expected, ...expected } = aggregateOf(all.slice(0, kept)).observe();
      expect(left).toEqual(expected);
    }),
  );
});

test('evidence: the strongest five of the side that dominates, then followers, then who came first', () => {
  const all = [
    scoredMessage('weak', 1, { score: -0.1 }),
    scoredMessage('famous', 2, { score: -0.5, author: 'a', followers: 9 }),
    scoredMessage('first', 3, { score: -0.5, author: 'b' }),
    scoredMessage('second', 4, { score: -0.5, author: 'c' }),
    scoredMessage('strong', 5, { score: -0.9 }),
    scoredMessage('middle', 6, { score: -0.6 }),
    scoredMessage('glad', 7, { label: 'positive', score: 1 }),
  ].map((message, index) => postOf(message, index + 1));
  const ids = (items: typeof all) =>
    aggregateOf(items)
      .evidence()
      .map(({ id }) => id);
  expect(ids(all)).toEqual(['strong', 'middle', 'famous', 'first', 'second']);
  expect(ids(all.slice(4))).toEqual(['strong', 'middle', 'glad']);
  expect(ids(all.slice(6))).toEqual(['glad']);
});

test.each<[string, string, string]>([
  ['keeps 280 characters', 'a'.repeat(280), 'a'.repeat(280)],
  ['cuts 281', 'a'.repeat(281), `${'a'.repeat(279)}…`],
  ['never cuts a pair in two', `${'a'.repeat(278)}😀😀`, `${'a'.repeat(278)}…`],
])('evidence text: %s', (_why, text, expected) => {
  const evidence = aggregateOf([postOf(scoredMessage('1', 1, { text }), 1)]).evidence();
  expect(evidence[0]?.text).toBe(expected);
});

test('authors: by id, else by handle; none is not counted', () => {
  const message = scoredMessage('1', 1);
  const all = [
    { id: 'a', handle: 'x' },
    { id: 'a', handle: 'y' },
    { handle: 'z' },
    { name: 'no one' },
    undefined,
  ];
  const items = all.map((author, index) => postOf(author ? { ...message, author } : message, index + 1));
  expect(aggregateOf(items).observe()).toMatchObject({ volume: 5, authors: 2 });
});
