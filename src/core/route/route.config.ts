import { z } from 'zod';
import { name } from '../config/fields.ts';

/** What a route's condition sees. The CEL environment, `check` and docs/ derive from it. */
export const ROUTE_FIELDS = {
  label: 'negative, neutral, positive or uncertain.',
  score: 'Which way and how strong, -1 to 1.',
  channel: 'The channel, as a subject token.',
  source: 'The source.',
  kind: 'create, edit, delete, engagement, survey or status.',
  lang: 'The language code, or an empty string.',
  text: 'The normalized text.',
  author: 'id, handle, name, followers, bot, role; empty string, 0 or false when the message does not say.',
  engagement: 'likes, reposts, replies, quotes, views; 0 when the message does not say.',
  tags: 'The list of tags.',
} as const;

export const routeConfig = z.strictObject({
  queue: name('Messages that match are also published to `earshot.route.<pipeline>.<queue>`.'),
  when: z
    .string()
    .min(1)
    .max(2_000)
    .describe(`CEL over: ${Object.keys(ROUTE_FIELDS).join(', ')}.`),
});
export type RouteConfig = z.output<typeof routeConfig>;
