/** Goal: the parts that decide what counts: scores, copies, links, what was seen lately. One row a rule. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packCells, packInSlices, SLICE_WORDS, unpackCells } from '../../../src/core/trend/cells.ts';
import { Copies, isCopy } from '../../../src/core/trend/copies.ts';
import { combine, hashOf, type Hash } from '../../../src/core/trend/hash.ts';
import { canonicalLink, linksIn } from '../../../src/core/trend/links.ts';
import { MarksPool } from '../../../src/core/trend/marks.ts';
import { RecentSet } from '../../../src/core/trend/recent-set.ts';
import { burstOf, surprise } from '../../../src/core/trend/score.ts';
import { SIGHTINGS_MAX, spellingOf } from '../../../src/core/trend/candidates.ts';
import { Candidates, see, spell, type Candidate } from '../../../src/core/trend/candidates.ts';

const DAY = 86_400_000;

describe('surprise', () => {
  test('grows with what is observed, falls with what is expected and with dispersion', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        (observed, mean, dispersion) => {
          const score = surprise(observed, mean, dispersion);
          expect(surprise(observed * 1.1, mean, dispersion)).toBeGreaterThanOrEqual(score);
          expect(surprise(observed, mean * 1.1, dispersion)).toBeLessThanOrEqual(score);
          expect(Math.abs(surprise(observed, mean, dispersion * 2))).toBeLessThanOrEqual(
            Math.abs(score) + 1e-6,
          );
        },
      ),
    );
  });

  test('is about standard deviations, as of a normal, where counts are many', () => {
    expect(surprise(10_300, 10_000, 1e-9)).toBeCloseTo(3, 1);
    expect(surprise(9_700, 10_000, 1e-9)).toBeCloseTo(-3, 1);
    expect(surprise(0, 5, 0.1)).toBeLessThan(-2);
  });

  const usage = (span: number, past: number, spanCrowd = 0) => ({
    burst: 0,
    span,
    past,
    burstCrowd: 0,
    spanCrowd,
  });
  const totals = { burst: 0, span: 100, past: 2_000 };
  const prior = { posts: 500, share: 0.001 };

  test('a busy day is no news: the share counts', () => {
    const calm = burstOf(usage(10, 100), totals, prior);
    const busy = burstOf(usage(50, 100), { ...totals, span: 1_000 }, prior);
    expect(Math.abs(calm.score - 1)).toBeLessThan(1);
    expect(busy.score).toBeLessThan(1);
  });

  test('what usually comes in crowds surprises less than what comes one by one', () => {
    const even = burstOf(usage(20, 60, 60 * 0.03), totals, prior);
    const crowded = burstOf(usage(20, 60, 60 * 0.4), totals, prior);
    expect(even.score).toBeGreaterThan(3);
    expect(crowded.score).toBeLessThan(even.score / 1.5);
  });

  test('in all of a few first posts is no news, after ten without it is', () => {
    const first = { burst: 0, span: 5, past: 0 };
    expect(burstOf(usage(5, 0), first, prior).score).toBeLessThan(3.75);
    expect(burstOf(usage(5, 0), { ...first, past: 10 }, prior).score).toBeGreaterThan(5);
    expect(burstOf(usage(5, 10), { ...first, past: 10 }, prior).score).toBeLessThan(2);
    expect(burstOf(usage(0, 0), { burst: 0, span: 0, past: 0 }, prior).score).toBeLessThan(1);
  });

  test('one sight of a word never met is quiet', () => {
    expect(burstOf(usage(1, 0), totals, prior).score).toBeLessThan(3);
  });
});

describe('copies', () => {
  const channel = hashOf('channel');
  const seen = (copies: Copies, text: string, where: Hash, timeMs: number) =>
    isCopy(copies.meet(text, where, timeMs, new MarksPool()));
  const ORIGINAL =
    'Breaking: Contoso to buy Fabrikam for two billion dollars in cash, board agrees http://x.example/a1';
  test.each([
    ['the same again', ORIGINAL, true],
    ['a repost', `RT @newsdesk: ${ORIGINAL}`, true],
    ['cut off', `RT @newsdesk: ${ORIGINAL.slice(0, 66)}…`, true],
    ['with a word of one’s own', `Wow! RT @newsdesk: ${ORIGINAL}`, true],
    ['another link', ORIGINAL.replace('a1', 'zz9'), true],
    ['other case and marks', ORIGINAL.toUpperCase().replaceAll(',', ' -'), true],
    [
      'the same news in other words',
      'So Contoso really buys Fabrikam? That is a lot of cash for a tools company',
      false,
    ],
    [
      'a part of it, and much more',
      'Contoso to buy Fabrikam, says my neighbour who works there since May',
      false,
    ],
    ['nothing in common', 'Queued an hour at the gate and nobody tells us anything', false],
  ])('%s', (_why, text, expected) => {
    const copies = new Copies(1_024, 3 * DAY);
    expect(seen(copies, ORIGINAL, channel, 0)).toBe(false);
    expect(seen(copies, text, channel, 1_000)).toBe(expected);
  });

  test('of another channel, or forgotten by now: none', () => {
    const copies = new Copies(1_024, 3 * DAY);
    copies.meet(ORIGINAL, channel, 0, new MarksPool());
    expect(seen(copies, ORIGINAL, hashOf('other'), 0)).toBe(false);
    expect(seen(copies, ORIGINAL, channel, 3 * DAY + 1_000)).toBe(false);
  });

  test('short and empty texts', () => {
    const copies = new Copies(1_024, DAY);
    expect(['yes', 'no', 'yes', '', ''].map((text) => seen(copies, text, channel, 0))).toEqual([
      false,
      false,
      true,
      false,
      true,
    ]);
  });
});

test.each([
  ['https://www.Example.com/Page/?utm_source=x&b=2&a=1#top', 'example.com/Page?a=1&b=2'],
  ['http://m.example.com/page', 'example.com/page'],
  ['https://example.com/page?fbclid=1', 'example.com/page'],
  ['https://example.com', undefined],
  ['ftp://example.com/x', undefined],
  ['not a link', undefined],
])('link %s', (url, expected) => {
  expect(canonicalLink(url)).toBe(expected);
});

test('links of a text, without what follows them; cut-off ones are none', () => {
  const text = 'see (https://a.example/x). or http://b.example/y, and http://t.co/abc…';
  expect(linksIn(text).map(({ link }) => link)).toEqual(['a.example/x', 'b.example/y', undefined]);
});

test('a link of ten thousand characters takes no time', () => {
  expect(linksIn(`https://a.example/${'.'.repeat(10_000)}`)).toHaveLength(1);
});

describe('seen lately', () => {
  test('remembered for as long as said, from the first time on', () => {
    const set = new RecentSet(64, 10_000);
    expect([0, 5_000, 9_000, 11_000].map((timeMs) => set.seen(hashOf('a'), timeMs))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('beyond the capacity the oldest make room, which is counted; nothing new is ever taken for known', () => {
    const set = new RecentSet(64, DAY);
    const seen = Array.from({ length: 1_000 }, (_, at) => set.seen(hashOf(`value ${at}`), at * 1_000));
    expect(seen.filter(Boolean)).toHaveLength(0);
    expect(set.displaced).toBeGreaterThan(900);
  });

  test('merged and restored, it knows what both knew', () => {
    const [one, other] = [new RecentSet(64, DAY), new RecentSet(64, DAY)];
    one.seen(hashOf('a'), 1_000);
    other.seen(hashOf('b'), 2_000);
    one.merge(other);
    const restored = new RecentSet(64, DAY, one.toState());
    expect(['a', 'b', 'c'].map((text) => restored.seen(hashOf(text), 3_000))).toEqual([true, true, false]);
  });
});

test('cells travel exactly', () => {
  const cell = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(0xffff_ffff));
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 300 }), (cells) => {
      const table = Uint32Array.from(cells);
      const copy = new Uint32Array(table.length);
      unpackCells(packCells(table), copy);
      expect(copy).toEqual(table);
    }),
  );
  expect(() => {
    unpackCells(packCells(new Uint32Array([0, 0, 7])), new Uint32Array(2));
  }).toThrow(RangeError);
});

test.each([1, 2, 3, 50])('cells of many slices travel exactly: a gap after each %i', (runLength) => {
  const table = Uint32Array.from({ length: 3 * SLICE_WORDS + 7 }, (_, at) =>
    at % (runLength + 3) < runLength ? (at * 2_654_435_761) % 2 ** 32 : 0,
  );
  const copy = new Uint32Array(table.length);
  const packing = packInSlices(table);
  let slices = 0;
  let step = packing.next();
  for (; step.done !== true; step = packing.next()) slices += 1;
  expect(slices).toBeGreaterThan(0);
  expect(step.value).toBe(packCells(table));
  unpackCells(step.value, copy);
  expect(copy).toEqual(table);
});

test('a pair is another than its reverse, and than its parts', () => {
  const [a, b] = [hashOf('new'), hashOf('york')];
  const pairs = [combine(a, b), combine(b, a), a, b].map(({ low, high }) => `${low}:${high}`);
  expect(new Set(pairs).size).toBe(4);
});

describe('candidates', () => {
  const candidate = (key: number): Candidate => ({
    key,
    hash: hashOf(String(key)),
    kind: 'keyword',
    text: `w${key}`,
    channel: 'a',
    spellings: new Map(),
    sightings: [],
  });

  test('the most common spelling is shown', () => {
    const one = candidate(1);
    for (const spelling of ['nest', 'Nest', 'Nest', 'NEST']) spell(one, spelling);
    expect(spellingOf(one)).toBe('Nest');
  });

  test('posts are kept in time order, once each, the latest of them', () => {
    const one = candidate(1);
    for (let post = 0; post < 40; post += 1) see(one, { post, timeMs: 1_000 * ((post * 7) % 40) });
    see(one, { post: 39, timeMs: 39_000 });
    const times = one.sightings.map(({ timeMs }) => timeMs);
    expect(times).toHaveLength(SIGHTINGS_MAX);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test('beyond the limit those with the fewest and oldest posts are forgotten, and counted', () => {
    const candidates = new Candidates(64);
    for (let key = 1; key <= 65; key += 1) {
      const one = candidate(key);
      see(one, { post: key, timeMs: key });
      if (key === 1) for (let post = 100; post < 110; post += 1) see(one, { post, timeMs: 1 });
      candidates.add(one);
    }
    expect([candidates.size, candidates.forgotten]).toEqual([49, 16]);
    expect([1, 2, 17, 18, 65].map((key) => candidates.get(key) !== undefined)).toEqual([
      true,
      false,
      false,
      true,
      true,
    ]);
  });
});
