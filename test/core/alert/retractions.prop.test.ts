/** Goal: a watcher that is sent creates, edits, deletions and copies in any order ends with the panes of what stands, and a
 *  restart at any moment changes nothing of it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWatcher, type Watcher, type WatcherState } from '../../../src/core/alert/watcher.ts';
import { Aggregate, postOf } from '../../../src/core/window/aggregate.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';
import { pipeline, rule, START_MS } from '../window/arrivals.ts';
import { versionsOfPosts, whatStands, type SentVersion } from '../window/versions.ts';

/** Everything lies within five minutes of event time, so that nothing leaves a pane or a view. */
const PIPELINE = pipeline(
  [
    rule({ name: 'pages', when: 'volume >= 4', over: '10m' }),
    rule({ name: 'held', when: 'negativeShare > 0.5', over: '10m', for: '3s', groupBy: ['channel'] }),
  ],
  { pane: '10s' },
);

function arrivalsOf(sent: readonly SentVersion[]): Arrival[] {
  const scored = sent.map(({ message }, at): Arrival => {
    return { kind: 'scored', message, sequence: at + 1, storedAtMs: START_MS + 110_000 + at * 700 };
  });
  return [...scored, { kind: 'tick', atMs: START_MS + 240_000 }];
}

function panesOf(watcher: Watcher) {
  const [status] = watcher.views();
  const { groups } = watcher.snapshot();
  const panes = groups.flatMap(({ channel = '', series }) =>
    series.flatMap(({ paneMs, panes: all }) =>
      all.map(({ startMs, aggregate }) => ({ channel, paneMs, startMs, aggregate })),
    ),
  );
  return { observed: status?.observed, panes };
}

test('ends with what stands', () => {
  fc.assert(
    fc.property(versionsOfPosts, (sent) => {
      const watcher = createWatcher(PIPELINE);
      for (const arrival of arrivalsOf(sent)) watcher.step(arrival);
      const stands = whatStands(sent);
      const whole = new Aggregate();
      const byPane = new Map<number, Aggregate>();
      for (const { message, sequence, timeMs } of stands) {
        const startMs = Math.floor(timeMs / 10_000) * 10_000;
        const pane = byPane.get(startMs) ?? new Aggregate();
        byPane.set(startMs, pane);
        for (const aggregate of [whole, pane]) aggregate.add(postOf(message, sequence));
      }
      const { observed, panes } = panesOf(watcher);
      if (stands.length > 0) expect(observed).toEqual(whole.observe());
      else expect(observed?.volume ?? 0).toBe(0);
      for (const channel of ['', 'x']) {
        const own = panes.filter((pane) => pane.channel === channel);
        expect(own.map(({ startMs }) => startMs).toSorted()).toEqual([...byPane.keys()].toSorted());
        for (const { startMs, aggregate } of own) {
          const expected = byPane.get(startMs)?.toState();
          const numbers = { ...aggregate, best: {}, authors: [...aggregate.authors].toSorted() };
          expect(numbers).toEqual({
            ...expected,
            best: {},
            authors: [...(expected?.authors ?? [])].toSorted(),
          });
          // What was taken back is no evidence any more.
          const shown = Object.values(aggregate.best).flatMap((best) => best.map(({ sequence }) => sequence));
          expect(stands.map(({ sequence }) => sequence)).toEqual(expect.arrayContaining(shown));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('restarted at any moment, it says the same and ends with the same', () => {
  fc.assert(
    fc.property(versionsOfPosts, fc.nat(40), (sent, at) => {
      const all = arrivalsOf(sent);
      const straight = createWatcher(PIPELINE);
      const expected = all.flatMap((arrival) => straight.step(arrival));
      const before = createWatcher(PIPELINE);
      const head = all.slice(0, at).flatMap((arrival) => before.step(arrival));
      const state = JSON.parse(JSON.stringify(before.snapshot())) as WatcherState;
      const after = createWatcher(PIPELINE, state);
      const tail = all.slice(at).flatMap((arrival) => after.step(arrival));
      expect([...head, ...tail]).toEqual(expected);
      // What the policy still remembers of alerts that are over depends on when it was asked; what it says does not.
      const withoutPolicy = ({ policy: _policy, ...rest }: WatcherState) => rest;
      expect(withoutPolicy(after.snapshot())).toEqual(withoutPolicy(straight.snapshot()));
    }),
    { numRuns: 150 },
  );
});

test('negative control: a state without its ledger counts a copy again', () => {
  const before = createWatcher(PIPELINE);
  const [first] = arrivalsOf(fc.sample(versionsOfPosts, { numRuns: 1, seed: 4 })[0] ?? []);
  if (first?.kind !== 'scored') throw new Error('no arrival');
  const create: Arrival = { ...first, message: { ...first.message, kind: 'create' } };
  before.step(create);
  const state = before.snapshot();
  const forgetful = { ...state, ledger: createWatcher(PIPELINE).snapshot().ledger };
  const copy: Arrival = { ...create, sequence: 99 };
  const volumes = [state, forgetful].map((restored) => {
    const after = createWatcher(PIPELINE, restored);
    after.step(copy);
    return after.views()[0]?.observed.volume;
  });
  expect(volumes).toEqual([1, 2]);
});
