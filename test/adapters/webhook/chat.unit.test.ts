/** Goal: a moderator understands an alert from the chat message alone, whatever strangers wrote into it: nothing of theirs
 *  is markup or rings anybody, and no limit of the platform is exceeded. Held against a real receiver on loopback. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDiscordSink } from '../../../src/adapters/webhook/discord-sink.ts';
import { createSlackSink } from '../../../src/adapters/webhook/slack-sink.ts';
import type { Alert, EvidencePost } from '../../../src/core/alert/alert.ts';
import type { AlertSink } from '../../../src/core/alert/sink.port.ts';
import type { Notification } from '../../../src/core/notify/notification.ts';
import { anAlert } from '../../support/alert.ts';
import { aNotification } from '../../support/notification.ts';
import { startReceiver, type Receiver } from '../../support/receiver.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver((_request, response) => response.writeHead(204).end());
});
afterEach(() => receiver.close());

interface SlackText {
  readonly type: 'plain_text' | 'mrkdwn';
  readonly text: string;
}
interface SlackMessage {
  readonly text: string;
  readonly mrkdwn: boolean;
  readonly blocks: readonly { readonly type: string; readonly text?: SlackText }[];
}
interface DiscordMessage {
  readonly content: string;
  readonly embeds: readonly {
    readonly title: string;
    readonly description: string;
    readonly url?: string;
    readonly color: number;
  }[];
  readonly allowed_mentions: { readonly parse: readonly string[] };
}

async function messageOf<T>(create: 'slack' | 'discord', notification: Notification): Promise<T> {
  const config = {
    ...{
      url: receiver.url,
      allowTo: ['127.0.0.1'],
      timeout: 20_000,
      giveUpAfter: 1_000,
      giveUpRefusedAfter: 60_000,
      setAsideAfter: 60_000,
    },
    alertUrl: 'https://earshot.example/alerts/{id}?tab=evidence',
  };
  const sink: AlertSink = create === 'slack' ? createSlackSink(config) : createDiscordSink(config);
  expect(await sink.deliver(notification)).toEqual({ outcome: 'delivered' });
  await sink.close();
  return JSON.parse(receiver.received.at(-1)?.body ?? '') as T;
}
const slack = (notification: Notification) => messageOf<SlackMessage>('slack', notification);
const discord = (notification: Notification) => messageOf<DiscordMessage>('discord', notification);

/** An alert with all the evidence there can be, by strangers who write like this. */
function evident(text: string, overrides: Partial<Alert> = {}): Alert {
  const post: EvidencePost = {
    ...{ id: 'p1', time: 0, text, label: 'negative', score: -0.917, author: text, followers: 12_000 },
    ...{ url: 'https://social.example/p/1?a=1&b=(2)', channel: 'chat', engagement: 40 },
    shownAs: 'most_engaged',
    because: [
      { text: 'awful', weight: -1 },
      { text, weight: -0.5 },
    ],
  };
  return anAlert({
    summary: text,
    evidence: {
      over: '5m',
      sequences: [1, 80],
      posts: [post, { ...post, id: 'p2' }, post, post],
      expectation: {
        ...{ signal: 'negativeShare', observed: 0.6, expected: 0.21, low: 0.12, high: 0.3, score: 0.987 },
        baseline: 'this hour of the last four weeks',
      },
      terms: [{ text, kind: 'hashtag', share: 0.18, shareBefore: 0.02 }],
      authors: { distinct: 71, topShare: 0.124, evenness: 0.9 },
      clusters: [{ id: 'c1', text, count: 34, authors: 31, verdict: 'coordinated' }],
    },
    ...overrides,
  });
}

const FACTS = [
  ...['FIRING page: negative-surge, channel=chat', '60% of 80 posts are negative'],
  ...['Observed negativeShare 60%, expected 21%', '12% to 30%', 'this hour of the last four weeks'],
  ...['80 posts by 71 authors', '48 negative', 'the busiest wrote 12.4% of the posts', '18%', 'before: 2%'],
  ...['mia', '12000 followers', 'negative -0.92', 'awful', 'still no refund', 'most engaged'],
  ...['34 near duplicates by 31 authors, coordinated', '2026-03-01 10:00 UTC'],
];

describe('understood from the message alone', () => {
  const alert = evident('mia: still no refund', { summary: '60% of 80 posts are negative' });
  const shown = (text: string) => text.replace(/\\(.)/g, '$1').replaceAll('\u200b', '');

  test('slack: in its blocks, and in the text for receivers that know none', async () => {
    const { blocks, text } = await slack(aNotification({ alerts: [alert] }));
    const plain = blocks
      .flatMap((block) => (block.text?.type === 'plain_text' ? [block.text.text] : []))
      .join('\n');
    for (const fact of FACTS) {
      expect(shown(plain)).toContain(fact);
      expect(shown(text)).toContain(fact);
    }
    const links = blocks
      .flatMap((block) => (block.text?.type === 'mrkdwn' ? [block.text.text] : []))
      .join('\n');
    expect(links).toContain('<https://social.example/p/1?a=1&amp;b=(2)|Post 1>');
    expect(links).toContain(
      `<https://earshot.example/alerts/${encodeURIComponent(alert.id)}?tab=evidence|Open the alert>`,
    );
  });

  test('discord', async () => {
    const { content, embeds } = await discord(aNotification({ alerts: [alert] }));
    expect(shown(content)).toBe('FIRING page: skyline, rule=negative-surge, 1 alert, first notification');
    const [embed] = embeds;
    for (const fact of FACTS) expect(shown(`${embed?.title}\n${embed?.description}`)).toContain(fact);
    expect(embed?.description).toContain('[open](<https://social.example/p/1?a=1&b=%282%29>)');
    expect(embed?.url).toBe(`https://earshot.example/alerts/${encodeURIComponent(alert.id)}?tab=evidence`);
  });

  test('a resolved one says so, and how long it lasted; others are a line each, and the rest a count', async () => {
    const resolved = anAlert({ state: 'resolved', endsAt: '2026-03-01T10:12:00.000Z' });
    const alerts = Array.from({ length: 8 }, (_, index) => anAlert({ group: { channel: `c${index}` } }));
    const notification = aNotification({ status: 'resolved', alerts: [resolved, ...alerts], leftOut: 7 });
    for (const message of [await slack(notification), await discord(notification)]) {
      const text = shown(JSON.stringify(message).replaceAll('\\\\', '\\'));
      expect(text).toContain('RESOLVED page: negative-surge, channel=chat');
      expect(text).toContain('From 2026-03-01 10:00 UTC to 2026-03-01 10:12 UTC (12m)');
      expect(text).toContain('channel=c7: 60% of 80 posts are negative');
      expect(text).toContain('and 7 more alerts');
      expect(text).toContain('16 alerts');
    }
  });
});

const HOSTILE = [
  ...[
    '<!channel> <!here> <!subteam^S1> <@U123> <#C1> <https://evil.example|bank.example>',
    '&lt;!channel&gt;',
  ],
  ...['@everyone @here <@123> <@&456> <#789> <:emoji:1> <t:0:R> </run:1>', '[bank](https://evil.example)'],
  ...['*bold* _it_ ~gone~ `code` ```block``` ||spoiler|| # heading\n> quote\n- list', '\\*not* \\[x](y)'],
  ...['\u202eright to left\u2066', 'nul \u0000 bell \u0007 \u001b[31m', '\ud800 lone', '😡'.repeat(3_000)],
  ...['x'.repeat(50_000), '&'.repeat(5_000), '\n'.repeat(5_000), '', ' '],
];

function checkSlack({ text, mrkdwn, blocks }: SlackMessage): void {
  expect(mrkdwn).toBe(false);
  expect(blocks.length).toBeLessThanOrEqual(50);
  const texts = [{ type: 'plain_text', text }, ...blocks.flatMap((block) => block.text ?? [])];
  for (const { type, text: shown } of texts) {
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThanOrEqual(3_000);
    expect(shown.isWellFormed()).toBe(true);
    if (type === 'mrkdwn') for (const line of shown.split('\n')) expect(line).toMatch(LINK);
    else {
      expect(shown).not.toMatch(/[<>]|@(?!\u200b)|&(?!(?:amp|lt|gt);)/);
      expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|[^\P{Cc}\n]/u);
    }
  }
  expect(blocks[0]?.type).toBe('header');
  expect(blocks[0]?.text?.text.length).toBeLessThanOrEqual(150);
}
const LINK = /^<https:\/\/[^|<>\s]+\|(?:Post \d|Open the alert)>$|^… \d+ more lines$/;

function checkDiscord({ content, embeds, allowed_mentions }: DiscordMessage): void {
  expect(allowed_mentions).toEqual({ parse: [] });
  expect(content.length).toBeLessThanOrEqual(2_000);
  expect(embeds.length).toBeLessThanOrEqual(10);
  let total = 0;
  for (const { title, description } of embeds) {
    total += title.length + description.length;
    expect(title.length).toBeLessThanOrEqual(256);
    expect(description.length).toBeLessThanOrEqual(4_096);
  }
  expect(total).toBeLessThanOrEqual(6_000);
  for (const text of [content, ...embeds.flatMap(({ title, description }) => [title, description])]) {
    expect(text.isWellFormed()).toBe(true);
    // Our own links apart, every mark is escaped, and no escape is cut in two.
    const rest = text
      .replace(/ \[open\]\(<https:\/\/[^()<>\s\\]+>\)$/gm, '')
      .replace(/\\[^a-zA-Z0-9\s]/g, '');
    expect(rest).not.toMatch(/[\\*_~`|<>[\]()#]|@(?!\u200b)/);
  }
}

test.each(HOSTILE.map((text) => [JSON.stringify(text).slice(0, 60), text]))(
  'a stranger who writes %s neither rings, formats nor overflows',
  async (_name, text) => {
    const hostile = evident(text, { group: { [text.slice(0, 9)]: text }, when: text });
    const notification = aNotification({
      alerts: Array.from({ length: 50 }, () => hostile),
      group: { channel: text },
      leftOut: 3,
    });
    checkSlack(await slack(notification));
    checkDiscord(await discord(notification));
  },
);

test('links that are none, or of another kind, are left out', async () => {
  const urls = [
    'javascript:alert(1)',
    'not a url',
    'ftp://x.example',
    `https://x.example/${'a'.repeat(600)}`,
  ];
  for (const url of urls) {
    const [post] = evident('x').evidence.posts;
    const alert = anAlert({
      evidence: { over: '5m', sequences: [1, 2], posts: post ? [{ ...post, url }] : [] },
    });
    for (const message of [
      await slack(aNotification({ alerts: [alert] })),
      await discord(aNotification({ alerts: [alert] })),
    ])
      expect(JSON.stringify(message)).not.toContain(url);
  }
});

test('negative control: the checks find markup, a mention and an overflow', () => {
  const slackWith = (text: string): SlackMessage => ({
    ...{ text, mrkdwn: false, blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x' } }] },
  });
  for (const text of ['<!channel>', '@here', 'x'.repeat(3_001)])
    expect(() => checkSlack(slackWith(text))).toThrow();
  const discordWith = (description: string): DiscordMessage => ({
    ...{ content: '', embeds: [{ title: 'x', description, color: 0 }], allowed_mentions: { parse: [] } },
  });
  for (const text of ['*bold*', '@everyone', '[a](b)', 'cut \\', 'x'.repeat(4_097)])
    expect(() => checkDiscord(discordWith(text))).toThrow();
});

test('any text', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 400 }), async (text) => {
      const notification = aNotification({ alerts: [evident(text), evident(text)] });
      checkSlack(await slack(notification));
      checkDiscord(await discord(notification));
    }),
    { numRuns: 60 },
  );
});
