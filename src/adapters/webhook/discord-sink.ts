/** A sink that writes to a Discord channel by its webhook: one embed for each alert told in full. */
import type { DiscordSinkConfig } from '../../core/alert/sink.config.ts';
import type { AlertSink } from '../../core/alert/sink.port.ts';
import type { Notification } from '../../core/notify/notification.ts';
import { createSender, type SenderOptions } from './http-sender.ts';
import { fitLines, literal, MUTED_AT, type EscapeChar } from './literal-text.ts';
import { ALERTS_IN_FULL_MAX, tell, type AlertStory } from './story.ts';

/** https://docs.discord.com/developers/resources/message#embed-object-embed-limits: 6,000 characters in all embeds
 *  together, shared here by the alerts that are told in full. */
const CONTENT_CHARS_MAX = 2_000;
const EMBEDS_CHARS_MAX = 6_000;
const TITLE_CHARS_MAX = 256;
const DESCRIPTION_CHARS_MAX = 4_096;
const URL_CHARS_MAX = 2_000;
const LINE_CHARS_MAX = 900;

const MARKUP = /[\\*_~`|<>[\]()#]/;
const escape: EscapeChar = (char) => (char === '@' ? MUTED_AT : MARKUP.test(char) ? `\\${char}` : char);
const line = (text: string) => literal(text, escape, LINE_CHARS_MAX);

const COLOURS = { page: 0xd92d20, ticket: 0xf79009, notify: 0x2e90fa } as const;
const RESOLVED_COLOUR = 0x12b76a;

export function createDiscordSink(config: DiscordSinkConfig, options: SenderOptions = {}): AlertSink {
  const sender = createSender(config, options);
  return {
    kind: 'discord',
    description: `discord ${sender.origin}`,
    deliver: (notification) => sender.send(discordMessage(notification, config.alertUrl)),
    close: () => sender.close(),
  };
}

function discordMessage(notification: Notification, alertUrl: string | undefined): object {
  const story = tell(notification, alertUrl);
  const share = Math.floor(EMBEDS_CHARS_MAX / Math.max(1, Math.min(story.alerts.length, ALERTS_IN_FULL_MAX)));
  return {
    content: fitLines([story.headline, ...story.others].map(line), CONTENT_CHARS_MAX),
    embeds: story.alerts.map((alert) => embed(alert, share)),
    allowed_mentions: { parse: [] },
  };
}

function embed(story: AlertStory, charsMax: number): object {
  const { alert, headline, summary, facts, url, posts, clusters } = story;
  const title = literal(headline, escape, TITLE_CHARS_MAX);
  const lines = [
    ...[summary, ...facts].map(line),
    ...posts.map(({ text, url: href }, index) => {
      const open = href === undefined ? '' : ` ${link(href)}`;
      return `${index + 1}. ${line(text)}${open}`;
    }),
    ...clusters.map(line),
  ];
  const room = Math.min(DESCRIPTION_CHARS_MAX, charsMax - title.length);
  return {
    title,
    description: fitLines(lines, room),
    color: alert.state === 'resolved' ? RESOLVED_COLOUR : COLOURS[alert.severity],
    ...(url !== undefined && url.length <= URL_CHARS_MAX && { url }),
  };
}

function link(url: string): string {
  return `[open](<${url.replace(/[()<>\\]/g, percentEncoded)}>)`;
}

/** `encodeURIComponent` leaves parentheses as they are. */
function percentEncoded(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}
