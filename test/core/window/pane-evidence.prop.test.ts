/** Goal: what panes keep to show depends on the posts alone. Oracle: the raw posts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { postOf, type Post } from '../../../src/core/window/aggregate.ts';
import { engagementOf } from '../../../src/core/window/evidence.ts';
import { PaneEvidence, type PaneEvidenceState } from '../../../src/core/window/pane-evidence.ts';
import { Sample } from '../../../src/core/window/sample.ts';
import { scoredMessage, START_MS } from './arrivals.ts';

const SAMPLE_MAX = 8;
const posts = fc.array(fc.record({ likes: fc.nat(4), atMs: fc.nat(100_000) }), { maxLength: 60 }).map((all) =>
  all.map(({ likes, atMs }, index) => {
    const message = scoredMessage(`post-${index}`, START_MS + atMs);
    return postOf({ ...message, engagement: { likes, views: 1_000 } }, index + 1);
  }),
);
/** A number for each post, to shuffle by. */
const order = fc.array(fc.nat(), { minLength: 60, maxLength: 60 });

function restoredFrom(evidence: PaneEvidence): PaneEvidenceState | undefined {
  const state = evidence.toState();
  return state && (JSON.parse(JSON.stringify(state)) as PaneEvidenceState);
}

function evidenceOf(all: readonly Post[], restartAt = Number.NaN): PaneEvidence {
  let evidence = new PaneEvidence(SAMPLE_MAX);
  for (const [at, post] of all.entries()) {
    if (at === restartAt) evidence = new PaneEvidence(SAMPLE_MAX, restoredFrom(evidence));
    evidence.add(post);
  }
  return evidence;
}

test('any order, with a restart anywhere: the same', () => {
  fc.assert(
    fc.property(posts, order, fc.nat(60), (all, places, restartAt) => {
      const shuffled = all.toSorted((a, b) => (places[a.sequence - 1] ?? 0) - (places[b.sequence - 1] ?? 0));
      expect(evidenceOf(shuffled, restartAt).toState()).toEqual(evidenceOf(all).toState());
    }),
  );
});

test('the most engaged, by a sort of all; who came first goes before an equal', () => {
  fc.assert(
    fc.property(posts, (all) => {
      const expected = all
        .filter(({ message }) => engagementOf(message) > 0)
        .toSorted((a, b) => engagementOf(b.message) - engagementOf(a.message) || a.sequence - b.sequence)
        .slice(0, 2);
      const { engaged = [] } = evidenceOf(all).toState() ?? {};
      expect(engaged.map(({ sequence }) => sequence)).toEqual(expected.map(({ sequence }) => sequence));
    }),
  );
});

test('what is taken back is not shown any more', () => {
  fc.assert(
    fc.property(posts, order, (all, places) => {
      const evidence = evidenceOf(all);
      const gone = all.filter((_, at) => (places[at] ?? 0) % 3 === 0).map(({ sequence }) => sequence);
      for (const sequence of gone) evidence.takeBack(sequence);
      const { engaged = [], sample = [] } = evidence.toState() ?? {};
      for (const { sequence } of [...engaged, ...sample]) expect(gone).not.toContain(sequence);
    }),
  );
});

test('of days alike, a day is drawn half as often as the next', () => {
  const sample = new Sample(1_024);
  const counts = [0, 0, 0, 0];
  for (let n = 0; n < 40_000; n++) {
    const message = scoredMessage(`id-${n}`, START_MS + Math.floor(n / 10_000) * 86_400_000);
    sample.add(message, n + 1, postOf(message, n + 1).evidence);
  }
  for (const { post } of sample.posts) {
    const day = (post.time - START_MS) / 86_400_000;
    counts[day] = (counts[day] ?? 0) + 1;
  }
  expect(sample.posts).toHaveLength(1_024);
  for (const [day, share] of [1 / 15, 2 / 15, 4 / 15, 8 / 15].entries())
    expect(Math.abs((counts[day] ?? 0) / 1_024 - share)).toBeLessThan(0.05);
});
