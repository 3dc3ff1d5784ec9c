/** A pipeline file: what one brand or community listens for. Type, defaults, `earshot check`, the JSON Schema and
 *  docs/config.md all derive from this object. */
import { z } from 'zod';
import { ruleConfig } from '../alert/rule.config.ts';
import { sinkConfig } from '../alert/sink.config.ts';
import { NO_PIPELINE, subjects } from '../bus/subjects.ts';
import { name } from '../config/fields.ts';
import { duplicatesConfig } from '../duplicates/duplicates.config.ts';
import { notifyConfig } from '../notify/notify.config.ts';
import { watchConfig } from '../partition/watch.config.ts';
import { privacyConfig } from '../privacy/redact.config.ts';
import { relevanceConfig } from '../relevance/relevance.config.ts';
import { routeConfig } from '../route/route.config.ts';
import { outputConfig } from '../scorer/output.config.ts';
import { sentimentConfig } from '../sentiment/sentiment.config.ts';
import { trendConfig } from '../trend/trend.config.ts';
import { windowConfig } from '../window/window.config.ts';
import { pipelineTestConfig } from './pipeline-test.config.ts';

const sourceConfig = z.strictObject({
  subjects: z
    .array(
      z
        .string()
        .regex(
          /^earshot\.in(\.(\*|[A-Za-z0-9_-]+))*\.(\*|[A-Za-z0-9_-]+|>)$/,
          'must begin with earshot.in. and use tokens, * and a trailing >',
        ),
    )
    .min(1)
    .max(32)
    .default([subjects.allIn])
    .describe('NATS subjects to listen to, under `earshot.in.<source>.<channel>`.'),
});

const droppedConfig = z.strictObject({
  sample: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'Share of dropped messages published on `earshot.dropped.<pipeline>.<reason>`; all are counted.',
    ),
});

function uniqueBy<T>(what: string, key: (item: T) => string) {
  return (items: readonly T[], ctx: z.RefinementCtx) => {
    const first = new Map<string, number>();
    for (const [index, item] of items.entries()) {
      const seen = first.get(key(item));
      if (seen === undefined) first.set(key(item), index);
      else
        ctx.addIssue({
          code: 'custom',
          path: [index],
          message: `${what} '${key(item)}' is already used by entry ${seen + 1}`,
        });
    }
  };
}

export const pipelineConfig = z.strictObject({
  name: name('The pipeline, as subjects, metrics and alert ids carry it.').refine(
    (text) => text !== NO_PIPELINE,
    `must not be '${NO_PIPELINE}', which stands for messages that no pipeline wants`,
  ),
  description: z.string().max(500).optional().describe('For people.'),
  source: sourceConfig.prefault({}).describe('Where messages come from.'),
  listen: relevanceConfig.describe('What is relevant.'),
  duplicates: duplicatesConfig
    .optional()
    .describe(
      'Copies of one text: how they are told, what they count, when they are a campaign. Watchers look for copies when ' +
        'this block is there.',
    ),
  sentiment: sentimentConfig.prefault({}).describe('How sentiment is scored.'),
  privacy: privacyConfig.prefault({}).describe('What is kept out of everything that is published.'),
  window: windowConfig.describe('Event time.'),
  watch: watchConfig.describe('Who watches it.'),
  trends: trendConfig
    .optional()
    .describe('What rises, whatever its words; on when this block is there, or a `trend` rule.'),
  routes: z
    .array(routeConfig)
    .max(64)
    .default([])
    .superRefine(uniqueBy('queue', (route) => route.queue))
    .describe('Named queues that scored messages are also published to.'),
  alerts: z
    .array(ruleConfig)
    .max(256)
    .default([])
    .superRefine(uniqueBy('alert name', (rule) => rule.name))
    .describe('Rules.'),
  notify: notifyConfig.prefault({}).describe('Who is told what and when.'),
  sinks: z.array(sinkConfig).max(16).default([]).describe('Where alerts go.'),
  output: outputConfig.prefault({}).describe('How scored messages are published.'),
  dropped: droppedConfig.prefault({}).describe('What is published of messages that were dropped.'),
  tests: z.array(pipelineTestConfig).max(256).default([]).describe('What `earshot test` runs.'),
});

export type PipelineConfig = z.output<typeof pipelineConfig>;
