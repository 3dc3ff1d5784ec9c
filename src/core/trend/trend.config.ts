import { z } from 'zod';
import { duration } from '../config/fields.ts';

export const TERM_KINDS = ['hashtag', 'cashtag', 'keyword', 'phrase', 'link', 'mention', 'media'] as const;
export type TermKind = (typeof TERM_KINDS)[number];

export const COPIES = ['once', 'each', 'weighted'] as const;

export const trendConfig = z.strictObject({
  kinds: z
    .array(z.enum(TERM_KINDS))
    .min(1)
    .default(['hashtag', 'cashtag', 'keyword', 'phrase', 'link'])
    .describe('What can trend. Phrases are found only together with keywords.'),
  authorsMin: z
    .int()
    .min(2)
    .max(24)
    .default(3)
    .describe(
      'A term trends only when this many authors wrote it within `span`, each in a text of their own.',
    ),
  scoreMin: z
    .number()
    .min(1)
    .max(100)
    .default(3.75)
    .describe(
      'How far above what is expected a term must be to trend, in standard deviations. A trend is over below half of it.',
    ),
  topK: z.int().min(1).max(20).default(20).describe('How many trends are listed, and have a metric.'),
  copies: z
    .enum(COPIES)
    .default('once')
    .describe(
      'What a repost or near duplicate weighs: `once` nothing, `each` as much as the first, `weighted` one n-th for ' +
        'the n-th.',
    ),
  burst: duration('The short span in which a term is counted: sees a surge within minutes.', {
    min: '1m',
    max: '1d',
  }).prefault('1h'),
  span: duration('The long span in which a term is counted: sees what rises over a day.', {
    min: '1h',
    max: '7d',
  }).prefault('1d'),
  memory: duration('How long what is usual is remembered.', { min: '1d', max: '31d' }).prefault('14d'),
  limits: z
    .strictObject({
      cellsPerRow: z
        .int()
        .min(1_024)
        .max(1_048_576)
        .refine((cells) => Number.isInteger(Math.log2(cells)), 'must be a power of two')
        .default(262_144)
        .describe(
          'Width of the sketch: a count is too high by more than e / cellsPerRow of all counts in 5% of cases at most.',
        ),
      candidatesMax: z
        .int()
        .min(64)
        .max(65_536)
        .default(4_096)
        .describe('Terms that are known by name; beyond, the rarest of them are forgotten.'),
      trendsMax: z
        .int()
        .min(1)
        .max(1_000)
        .default(200)
        .describe('Trends at a time; beyond, the weakest is over.'),
      channelsMax: z
        .int()
        .min(1)
        .max(10_000)
        .default(200)
        .describe('Channels with trends of their own; messages of further ones are left out.'),
      retractableMax: z
        .int()
        .min(0)
        .max(200_000)
        .default(10_000)
        .describe(
          'Messages of the last `span` that an edit or a deletion can still take back, about 1 KB each; beyond, the ' +
            'oldest stays counted as it is.',
        ),
    })
    .prefault({})
    .describe('Bounds of memory.'),
});
export type TrendConfig = z.output<typeof trendConfig>;
