/** A sink that writes to a channel by an incoming webhook of Slack, or of anything that takes the same messages. What
 *  strangers wrote stands in `plain_text` only, which knows no markup; `mrkdwn` holds nothing but links. */
import type { SlackSinkConfig } from '../../core/alert/sink.config.ts';
import type { AlertSink } from '../../core/alert/sink.port.ts';
import type { Notification } from '../../core/notify/notification.ts';
import { createSender, type SenderOptions } from './http-sender.ts';
import { fitLines, literal, MUTED_AT, type EscapeChar } from './literal-text.ts';
import { tell, type AlertStory } from './story.ts';

/** Of a text object, and of a header; https://docs.slack.dev/reference/block-kit. A message has at most 50 blocks: here
 *  one, four for each alert told in full, and one for the others. */
const TEXT_CHARS_MAX = 3_000;
const HEADER_CHARS_MAX = 150;
const LINE_CHARS_MAX = 1_000;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '@': MUTED_AT };
const escape: EscapeChar = (char) => ESCAPES[char] ?? char;
const line = (text: string) => literal(text, escape, LINE_CHARS_MAX);

export function createSlackSink(config: SlackSinkConfig, options: SenderOptions = {}): AlertSink {
  const sender = createSender(config, options);
  return {
    kind: 'slack',
    description: `slack ${sender.origin}`,
    deliver: (notification) => sender.send(slackMessage(notification, config.alertUrl)),
    close: () => sender.close(),
  };
}

/** The text is what a phone's lock screen shows, and all that receivers without blocks know of. */
function slackMessage(notification: Notification, alertUrl: string | undefined): object {
  const story = tell(notification, alertUrl);
  const others = story.others.map(line);
  const texts = [
    line(story.headline),
    ...story.alerts.flatMap((alert) => [...alertLines(alert), ...evidenceLines(alert)]),
    ...others,
  ];
  return {
    text: fitLines(texts, TEXT_CHARS_MAX),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(literal(story.headline, escape, HEADER_CHARS_MAX)) },
      ...story.alerts.flatMap(alertBlocks),
      ...(others.length > 0 ? [section(plain(fitLines(others, TEXT_CHARS_MAX)))] : []),
    ],
  };
}

function alertBlocks(story: AlertStory): object[] {
  const evidence = evidenceLines(story);
  const links = linksOf(story);
  return [
    section(plain(fitLines(alertLines(story), TEXT_CHARS_MAX))),
    ...(evidence.length > 0 ? [section(plain(fitLines(evidence, TEXT_CHARS_MAX)))] : []),
    ...(links.length > 0
      ? [section({ type: 'mrkdwn', text: fitLines(links, TEXT_CHARS_MAX), verbatim: true })]
      : []),
    { type: 'divider' },
  ];
}

function alertLines({ headline, summary, facts }: AlertStory): string[] {
  return [headline, summary, ...facts].map(line);
}

function evidenceLines({ posts, clusters }: AlertStory): string[] {
  return [...posts.map(({ text }, index) => `${index + 1}. ${text}`), ...clusters].map(line);
}

function linksOf({ url, posts }: AlertStory): string[] {
  return [
    ...(url === undefined ? [] : [link(url, 'Open the alert')]),
    ...posts.flatMap((post, index) => (post.url === undefined ? [] : [link(post.url, `Post ${index + 1}`)])),
  ];
}

function link(url: string, label: string): string {
  const href = url.replace(/[|<>"]/g, encodeURIComponent).replaceAll('&', '&amp;');
  return `<${href}|${label}>`;
}

function plain(text: string): object {
  return { type: 'plain_text', text, emoji: false };
}

function section(text: object): object {
  return { type: 'section', text };
}
