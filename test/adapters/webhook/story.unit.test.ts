/** Goal: who reads only the chat message knows what happened, how unusual it is, what people say and who they are. The text
 *  as it is sent; the alert comes from a watcher. */
import { expect, test } from 'vitest';
import { tellAlert } from '../../../src/adapters/webhook/story.ts';
import type { Alert } from '../../../src/core/alert/alert.ts';
import { createWatcher } from '../../../src/core/alert/watcher.ts';
import { duplicatesConfig } from '../../../src/core/duplicates/duplicates.config.ts';
import { anAlert } from '../../support/alert.ts';
import { pipeline, rule } from '../../core/window/arrivals.ts';
import { outage } from '../../support/outage.ts';

const WORDS = [
  'awful',
  'terrible',
  'useless',
  'hopeless',
  'a disgrace',
  'pathetic',
  'dire',
  'broken',
  'ridiculous',
  'shame',
  'Dead line',
  'sick',
];
const explain = (text: string) =>
  WORDS.filter((word) => text.includes(word)).map((word) => ({ text: word, weight: -0.5 }));

function outageAlert(): Alert {
  const config = {
    ...pipeline([rule({ name: 'negative-surge', when: 'negative >= 70', over: '3m', groupBy: ['channel'] })]),
    duplicates: duplicatesConfig.parse({ copiesMin: 20 }),
  };
  const watcher = createWatcher(config, undefined, { explain });
  const [alert] = outage.flatMap((arrival) =>
    watcher.step(arrival).flatMap((output) => (output.kind === 'transition' ? output.alert : [])),
  );
  if (!alert) throw new Error('no alert');
  return alert;
}

test('an outage, as a moderator reads it', () => {
  const { headline, summary, facts, posts, clusters } = tellAlert(outageAlert(), undefined);
  const lines = [headline, summary, ...facts, ...posts.map(({ text }) => `- ${text}`), ...clusters];
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "FIRING ticket: negative-surge, channel=chat
    negative-surge in chat: negative >= 70
    Observed negative 70, expected 1.95 (usually 0 to 4.74); score 1; baseline: mean of 20 spans of 3m in which the rule did not alert
    Observed in 3m to 2026-01-05 01:02 UTC: 71 posts by 60 authors, 70 negative, 1 neutral, 0 positive, 0 uncertain; net sentiment -0.99
    Condition: negative >= 70
    Rising: network in 70% of posts (before: 0%), #SkylineDown in 65% of posts (before: 0%), refund in 42% of posts (before: 0%), broken in 32% of posts (before: 0%), full in 32% of posts (before: 0%)
    Authors: 60; the busiest wrote 16.9% of the posts, spread among them
    Since 2026-01-05 01:02 UTC. To replay: SCORED 119 to 189
    Id: p/negative-surge/channel=chat/2026-01-05T01:02:17.000Z
    - @user151 on chat, negative -0.9 [terrible, Dead line]: “Dead line for hours terrible no refund #SkylineDown”
    - @user120 on chat, negative -0.69 [ridiculous], engagement 1200, most engaged: “No signal downtown ridiculous lost a client #SkylineDown”
    - @user101 on chat, negative -0.72 [broken], most typical: “Share if Skyline owes you a full refund for this broken network”
    23 near duplicates by 23 authors, coordinated: “Share if Skyline owes you a full refund for this broken network”"
  `);
});

test('observed and expected are told first, when a baseline is known', () => {
  const alert = outageAlert();
  const expectation = {
    ...{ signal: 'negativeShare', observed: 0.8, expected: 0.21, low: 0.1, high: 0.34, score: 0.97 },
    baseline: 'negativeShare of 2,016 panes of 5m',
  };
  const { facts } = tellAlert({ ...alert, evidence: { ...alert.evidence, expectation } }, undefined);
  expect(facts[0]).toBe(
    'Observed negativeShare 80%, expected 21% (usually 10% to 34%); score 0.97; baseline: negativeShare of 2,016 panes of 5m',
  );
});

test.each<[state: Alert['state'], reason: Alert['reason'], said: RegExp]>([
  ['resolved', 'condition_ended', /^Ended: the condition no longer holds$/],
  ['resolved', 'no_data', /^Ended: no posts came any more$/],
  ['resolved', 'retracted', /^Ended: the posts that raised it were deleted or corrected$/],
  ['resolved', 'rule_removed', /^Ended: its rule is gone, or written differently$/],
  ['firing', 'no_data', /^Fires because no posts came \(onNoData\)$/],
  ['firing', 'held_for', /^Observed in 5m to 2026-03-01 10:01 UTC: 80 posts/],
])('why it is %s: %s', (state, reason, said) => {
  const { facts } = tellAlert(anAlert({ state, reason }), undefined);
  expect(facts[0]).toMatch(said);
});

test.each<[what: string, over: Partial<Alert['evidence']>, lines: RegExp[]]>([
  [
    'when nothing is said any more, it says that what it shows is older',
    { posts: [{ id: '1', time: 0, text: 'x', label: 'negative', score: -1, channel: 'chat' }] },
    [/^Observed in 5m to 2026-03-01 10:01 UTC: no posts; what follows is from before$/, /SCORED 1 to 80$/],
  ],
  [
    'when nothing was ever said, there is nothing to replay',
    { posts: [], sequences: [0, 0] },
    [/^Observed in 5m to 2026-03-01 10:01 UTC: no posts$/, /^Since 2026-03-01 10:00 UTC$/],
  ],
])('%s', (_what, over, lines) => {
  const plain = anAlert({});
  const observed = { ...plain.observed, volume: 0, authors: 0 };
  const { facts } = tellAlert({ ...plain, observed, evidence: { ...plain.evidence, ...over } }, undefined);
  for (const line of lines) expect(facts).toContainEqual(expect.stringMatching(line));
});

test('one is one', () => {
  const { observed } = anAlert({});
  const alert = anAlert({
    observed: { ...observed, volume: 1, authors: 1 },
    evidence: {
      ...{ over: '5m', sequences: [1, 1] },
      posts: [{ id: '1', time: 0, text: 'x', label: 'negative', score: -1, channel: 'chat', followers: 1 }],
      clusters: [{ id: 'c', text: 'x', count: 2, authors: 1, verdict: 'organic' }],
    },
  });
  const { facts, posts, clusters } = tellAlert(alert, undefined);
  expect(facts.join()).toContain(' 1 post by 1 author,');
  expect(posts[0]?.text).toContain('(1 follower)');
  expect(clusters[0]).toContain('by 1 author,');
});
