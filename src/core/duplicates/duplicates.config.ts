import { z } from 'zod';
import { duration } from '../config/fields.ts';

/** How copies are found and what they count. */
export const duplicatesConfig = z.strictObject({
  count: z
    .enum(['each', 'once', 'weighted'])
    .default('each')
    .describe(
      'What copies count in volume: `each` as much as any message, `once` for the first of a cluster alone, ' +
        '`weighted` 1/n for the n-th.',
    ),
  keep: duration('A text without a copy for this long is forgotten; a later copy begins a new cluster.', {
    min: '1m',
  }).prefault('7d'),
  similarity: z
    .number()
    .min(0.2)
    .max(1)
    .default(0.4)
    .describe(
      'Two texts are copies when they share this part of all their runs of three words (Jaccard); links, mentions ' +
        'and `RT` do not count. In a sentence of 15 words, one other word leaves 0.63, two next to each other 0.53.',
    ),
  copiesMin: z
    .int()
    .min(2)
    .max(1_000_000)
    .default(50)
    .describe('A smaller cluster is organic, whatever else speaks against it.'),
  pointsMin: z
    .int()
    .min(1)
    .max(8)
    .default(2)
    .describe(
      'How many points of evidence make a cluster coordinated: docs/duplicates.md lists what gives them.',
    ),
  limits: z
    .strictObject({
      textsMax: z
        .int()
        .min(1_024)
        .max(1_048_576)
        .default(65_536)
        .describe('Different texts that are remembered, rounded up to a power of two; 144 bytes each.'),
      clustersMax: z
        .int()
        .min(16)
        .max(65_536)
        .default(2_048)
        .describe(
          'Texts with copies that are remembered; beyond it the one that was silent longest is forgotten.',
        ),
      authorsMax: z
        .int()
        .min(1_024)
        .max(1_048_576)
        .default(131_072)
        .describe(
          'Authors that are counted one by one, over all clusters; beyond it a cluster estimates how many.',
        ),
    })
    .prefault({})
    .describe('Bounds of memory.'),
});
export type DuplicatesConfig = z.output<typeof duplicatesConfig>;
