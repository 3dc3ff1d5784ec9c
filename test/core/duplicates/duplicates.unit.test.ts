/** Goal: what is a copy of what, and who copied: floods are told from news whatever their size and shape. */
import { describe, expect, test } from 'vitest';
import type { ClusterView } from '../../../src/core/duplicates/cluster-view.ts';
import { duplicatesConfig } from '../../../src/core/duplicates/duplicates.config.ts';
import { Duplicates, type DuplicatesState } from '../../../src/core/duplicates/duplicates.ts';
import type { Message } from '../../../src/core/message/message.ts';
import { seededRandom } from '../../support/random.ts';
import {
  background,
  flood,
  HOUR,
  message,
  MINUTE,
  newsHour,
  START_MS,
  streamOf,
  type FloodShape,
} from './streams.ts';

const DAY = 24 * HOUR;
const make = (over: object = {}) => new Duplicates(duplicatesConfig.parse(over));

function clustersOf(messages: readonly Message[], over: object = {}): ClusterView[] {
  const duplicates = make(over);
  for (const one of messages) duplicates.observe(one);
  return duplicates.clusters(1_000);
}
const reasonsOf = (cluster: ClusterView | undefined) => cluster?.reasons.map(({ reason }) => reason);

const ORIGINAL =
  'Contoso to buy Fabrikam for two billion dollars in cash, the board agrees http://x.example/a1';

describe('a copy', () => {
  test.each<[string, string, boolean]>([
    ['the same again', ORIGINAL, true],
    ['a retweet', `RT @newsdesk: ${ORIGINAL}`, true],
    ['a retweet that is cut off', `RT @newsdesk: ${ORIGINAL.slice(0, 58)}…`, true],
    ['a quote with words before it', `Did anyone see this coming? RT @newsdesk: ${ORIGINAL}`, true],
    ['another link, other mentions', `@a @b ${ORIGINAL.replace('a1', 'zz9')}`, true],
    ['one word replaced', ORIGINAL.replace('cash', 'shares'), true],
    ['two hashtags at its end', `${ORIGINAL} #deal #now`, true],
    ['other case and marks', ORIGINAL.toUpperCase().replaceAll(',', ' -'), true],
    ['the news in other words', 'So Contoso really buys Fabrikam? That is a lot of cash for tools', false],
    [
      'a part of it among much else',
      'Contoso to buy Fabrikam, says my neighbour who works there since May',
      false,
    ],
    ['nothing in common', 'Queued an hour at the gate and nobody tells us anything', false],
  ])('%s: %s', (_why, text, isCopy) => {
    const duplicates = make();
    expect(duplicates.observe(message('a', ORIGINAL)).view()).toBeUndefined();
    const { copies, view } = duplicates.observe(message('b', text));
    expect([copies, view()?.copies]).toEqual(isCopy ? [2, 2] : [1, undefined]);
  });

  test('by `repostOf`, with another text or none, before or after the original is seen', () => {
    const duplicates = make();
    duplicates.observe(message('r1', '', { repostOf: 'post' }));
    duplicates.observe(message('post', ORIGINAL));
    duplicates.observe(message('r2', '', { repostOf: 'post' }));
    const third = duplicates.observe(message('r3', 'look at this', { repostOf: 'post' }));
    expect(third.view()?.copies).toBeGreaterThanOrEqual(3);
  });

  test('templates that a third text joins become one', () => {
    const a = 'act now and save the river park before the council votes on monday';
    const b = 'tell them we will not be silent until every tree stands again';
    const found = clustersOf([
      message('1', a), message('2', a), message('3', b), message('4', b),
      message('5', `${a} ${b}`),
    ]); // prettier-ignore
    expect(found.map(({ copies }) => copies).sort()).not.toContain(1);
    const near = clustersOf([
      message('1', a),
      message('2', a.replace('monday', 'friday')),
      message('3', a.replace('act', 'rise')),
    ]);
    expect(near.map(({ copies }) => copies)).toEqual([3]);
  });

  test('what is no copy of anything: an edit, a template of the care team, mentions alone', () => {
    const duplicates = make();
    for (const over of [{ kind: 'edit' }, { author: { id: 'c', role: 'agent' } }] as const)
      for (const id of ['x', 'y']) expect(duplicates.observe(message(id, ORIGINAL, over)).copies).toBe(1);
    for (const id of ['p', 'q'])
      expect(duplicates.observe(message(id, '@a @b http://x.example')).copies).toBe(1);
    expect(duplicates.clusters(10)).toEqual([]);
  });

  test('the same message delivered again counts nothing, and is told its cluster', () => {
    const duplicates = make();
    for (const id of ['a', 'b']) duplicates.observe(message(id, ORIGINAL));
    const again = duplicates.observe(message('b', ORIGINAL));
    expect([again.weight, again.view()?.copies, again.view()?.deliveries]).toEqual([0, 2, 3]);
  });

  test('forgotten after `keep`: a new cluster with another id', () => {
    const at = (timeMs: number, id: string) => message(id, ORIGINAL, { time: START_MS + timeMs });
    const found = clustersOf([at(0, 'a'), at(1_000, 'b'), at(2 * DAY, 'c'), at(2 * DAY, 'd')], {
      keep: '1d',
    });
    expect(found.map(({ copies }) => copies)).toEqual([2, 2]);
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
  });
});

test.each([
  ['each', [1, 1, 1, 1]],
  ['once', [1, 0, 0, 0]],
  ['weighted', [1, 1 / 2, 1 / 3, 1 / 4]],
])('count: %s', (count, weights) => {
  const duplicates = make({ count });
  const seen = ['a', 'b', 'c', 'd'].map((id) => duplicates.observe(message(id, ORIGINAL)).weight);
  expect(seen).toEqual(weights);
});

describe('verdicts', () => {
  test.each<[string, FloodShape]>([
    ['like the one of May 2014', { copies: 1_600, accounts: 550 }],
    ['like the smaller one', { copies: 740, accounts: 250 }],
    ['each account once', { copies: 250, accounts: 250 }],
    ['small', { copies: 80, accounts: 60 }],
    ['all on one hour', { copies: 300, accounts: 300, overHours: 1, profile: 'even' }],
    ['fading like something that people like', { copies: 300, accounts: 300, profile: 'decay' }],
    ['five wordings of one template', { copies: 600, accounts: 300, variants: 5 }],
    ['spread over a day', { copies: 400, accounts: 400, overHours: 22, profile: 'even' }],
  ])('a flood, %s: one cluster, coordinated', (_what, shape) => {
    const found = clustersOf(streamOf(background(), flood(shape))).filter(({ copies }) => copies >= 50);
    expect(found.map(({ verdict, copies }) => [verdict, copies])).toEqual([['coordinated', shape.copies]]);
    expect(found[0]?.authors).toBe(shape.accounts);
  });

  test.each([
    ['as it is', {}],
    ['with as many who speak as who repost', { reposts: 200, voices: 200 }],
    ['mostly reposted', { reposts: 400, voices: 100 }],
    ['huge', { reposts: 1_500, voices: 800 }],
  ])('a news hour, %s: organic, though a flood runs beside it', (_what, shape) => {
    const posts = streamOf(background(), newsHour(shape), flood({ copies: 500, accounts: 250 }));
    const found = clustersOf(posts).filter(({ copies }) => copies >= 50);
    const verdicts = found.map(({ representative, verdict }) => [
      representative.text.includes('Zeppelin'),
      verdict,
    ]);
    expect(verdicts.sort()).toEqual([[false, 'coordinated'], [true, 'organic']]); // prettier-ignore
  });

  test('in a stream that began hours ago, where few are known yet: the flood is told from the news', () => {
    const young = background().filter(
      ({ timeMs }) => timeMs >= START_MS + 21 * HOUR && timeMs < START_MS + 26 * HOUR,
    );
    const shape = { copies: 400, accounts: 400, overHours: 2, profile: 'even' } as const;
    const [flooded] = clustersOf(streamOf(young, flood(shape)));
    expect([flooded?.verdict, reasonsOf(flooded)]).toEqual(['coordinated', ['strangers', 'alone']]);
    expect(clustersOf(streamOf(young, newsHour({ reposts: 400 })))[0]).toMatchObject({ verdict: 'organic' });
    expect(clustersOf(streamOf(young.slice(0, 30), flood(shape)))[0]).toMatchObject({ verdict: 'organic' });
  });

  test('accounts of a flood that also write of it in words of their own are no others', () => {
    const shape = { copies: 240, accounts: 60, overHours: 4, profile: 'even' } as const;
    const asides = flood({ copies: 240, accounts: 60, overHours: 1, seed: 9, profile: 'even' }).map(
      (post, at) => ({
        ...post,
        timeMs: post.timeMs + 3 * HOUR,
        text: `wow ${post.author} ${at} initech globex umbrella billion instead`,
      }),
    );
    const [found] = clustersOf(streamOf(background(), flood(shape), asides));
    expect(found).toMatchObject({ verdict: 'coordinated', copies: 240 });
    expect(reasonsOf(found)).not.toContain('voices');
    const ofOthers = asides.map((aside) => ({ ...aside, author: `other${aside.author}` }));
    expect(reasonsOf(clustersOf(streamOf(background(), flood(shape), ofOthers))[0])).toContain('voices');
  });

  test('the negative controls: each sign taken away, a flood is no flood; the news without voices is none', () => {
    const shape = { copies: 300, accounts: 300, overHours: 3, profile: 'decay' } as const;
    const flooded = streamOf(background(), flood(shape));
    expect(reasonsOf(clustersOf(flooded)[0])).toEqual(['strangers', 'alone']);
    const asKnown = flooded.map((one) => ({
      ...one,
      author: { id: one.author?.id?.replace('bot', 'u') ?? '' },
    }));
    expect(clustersOf(asKnown)[0]).toMatchObject({ verdict: 'organic' });
    expect(clustersOf(flooded, { pointsMin: 3 })[0]).toMatchObject({ verdict: 'organic' });
    expect(clustersOf(flooded, { copiesMin: 301 })[0]?.reasons).toMatchObject([
      { reason: 'few_copies', value: 300 },
    ]);
    const silent = clustersOf(streamOf(background(), newsHour({ reposts: 200, voices: 0 })));
    expect(reasonsOf(silent[0])).toContain('alone');
    expect(reasonsOf(clustersOf(streamOf(background(), newsHour()))[0])).toContain('voices');
  });

  const every = (count: number, stepMs: number, accounts: number, over: Partial<Message> = {}) =>
    Array.from({ length: count }, (_, at) =>
      message(`m${at}`, ORIGINAL, {
        time: START_MS + at * stepMs,
        author: { id: `a${at % accounts}` },
        ...over,
      }),
    );

  test.each<[string, Message[], string[]]>([
    ['the same accounts again and again', every(120, 7 * MINUTE, 40), ['repeated', 'regular']],
    ['one account', every(60, 9 * MINUTE, 1), ['repeated', 'concentrated', 'regular']],
    [
      'bots by their own word',
      every(60, MINUTE, 60, { author: { id: 'b', bot: true } }),
      ['repeated', 'concentrated', 'bots', 'regular'],
    ],
  ])('%s', (_what, messages, reasons) => {
    const [cluster] = clustersOf(messages);
    expect(cluster?.verdict).toBe('coordinated');
    expect(reasonsOf(cluster)).toEqual(expect.arrayContaining(reasons));
  });

  test('one posting filed under three brands is no repetition; the accounts of an earlier flood are a ring', () => {
    const filed = every(80, 3 * MINUTE, 80).flatMap((one) =>
      ['A', 'B', 'C'].map((channel) => ({ ...one, id: one.id + channel, channel })),
    );
    const [cluster] = clustersOf(filed);
    expect(cluster).toMatchObject({ copies: 240, authors: 80, channels: ['A', 'B', 'C'] });
    expect(reasonsOf(cluster)).not.toContain('repeated');
    const second = every(60, MINUTE, 60).map((one) => ({
      ...one,
      id: `second-${one.id}`,
      text: 'Nobody should ever trust Northwind with their parcels again after what they did',
      time: one.time + HOUR,
    }));
    const both = clustersOf([...every(60, MINUTE, 60), ...second]);
    expect(both.map(reasonsOf)).toEqual([expect.arrayContaining(['ring']), expect.arrayContaining(['ring'])]);
  });

  test('what anyone would write is nobody’s campaign', () => {
    const found = clustersOf(every(500, 1_000, 50).map((one) => ({ ...one, text: 'goal goal goal' })));
    expect(found[0]).toMatchObject({ verdict: 'organic', reasons: [{ reason: 'short_text', value: 3 }] });
  });
});

describe('a state', () => {
  const messages = streamOf(
    background(2).slice(0, 600),
    flood({ copies: 200, accounts: 90, variants: 3 }),
    newsHour(),
  );

  test.each([1, 300, 650, 900])(
    'restored after %i messages, it goes on as if nothing had happened',
    (cut) => {
      const whole = make();
      const first = make();
      for (const one of messages.slice(0, cut)) {
        whole.observe(one);
        first.observe(one);
      }
      const state = JSON.parse(JSON.stringify(first.snapshot())) as DuplicatesState;
      const second = new Duplicates(duplicatesConfig.parse({}), state);
      for (const one of messages.slice(cut)) {
        const [a, b] = [whole.observe(one), second.observe(one)];
        expect([b.copies, b.weight, b.view()]).toEqual([a.copies, a.weight, a.view()]);
      }
      expect(second.clusters(100)).toEqual(whole.clusters(100));
      expect(second.snapshot()).toEqual(whole.snapshot());
    },
  );

  test('of another version is refused', () => {
    const state = { ...make().snapshot(), version: 0 } as unknown as DuplicatesState;
    expect(() => new Duplicates(duplicatesConfig.parse({}), state)).toThrow('version 0; needed: 1');
  });

  test('messages out of order by up to ten minutes end in the same verdicts and counts', () => {
    const random = seededRandom(9);
    const shuffled = messages
      .map((one) => [one.time + random() * 10 * MINUTE, one] as const)
      .sort(([a], [b]) => a - b)
      .map(([, one]) => one);
    const summary = (found: readonly ClusterView[]) =>
      found
        .filter(({ copies }) => copies >= 50)
        .map(({ copies, authors, verdict }) => [copies, authors, verdict]);
    expect(summary(clustersOf(shuffled))).toEqual(summary(clustersOf(messages)));
  });
});

describe('limits', () => {
  test('texts, clusters and authors beyond them are left out, counted, and nothing breaks', () => {
    const limits = { textsMax: 1_024, clustersMax: 16, authorsMax: 1_024 };
    const duplicates = make({ limits });
    for (let at = 0; at < 4_000; at++) {
      const text = `word${at} speaks of thing${at} and of nothing${at} else today`;
      const time = START_MS + at * 1_000;
      duplicates.observe(message(`a${at}`, text, { time }));
      if (at % 50 === 0) duplicates.observe(message(`b${at}`, text, { time }));
    }
    for (let at = 0; at < 3_000; at++)
      duplicates.observe(message(`c${at}`, ORIGINAL, { time: START_MS + (4_000 + at) * 1_000 }));
    const { texts, clusters, authors } = duplicates.limits;
    expect([texts > 2_000, clusters > 40, authors > 1_500]).toEqual([true, true, true]);
    const [largest, ...rest] = duplicates.clusters(100);
    expect(rest.length).toBeLessThan(16);
    expect(largest?.copies).toBe(3_000);
    expect(Math.abs((largest?.authors ?? 0) - 3_000)).toBeLessThan(150); // HyperLogLog: 1.6%.
  });

  test('a cluster that stays active outlives its place among the texts', () => {
    const duplicates = make({ limits: { textsMax: 1_024 } });
    for (let at = 0; at < 6_000; at++) {
      const text = at % 200 === 0 ? ORIGINAL : `word${at} speaks of thing${at} and of nothing${at} else`;
      duplicates.observe(message(`m${at}`, text, { time: START_MS + at * 1_000 }));
    }
    expect(duplicates.clusters(10).map(({ copies }) => copies)).toEqual([30]);
  });
});
