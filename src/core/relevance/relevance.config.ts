import { z } from 'zod';

const share = z.number().min(0).max(1);

/** The trained filter behind the query, and where it draws its lines. */
export const classifierConfig = z
  .strictObject({
    model: z
      .string()
      .min(1)
      .max(500)
      .describe(
        'A filter that comes with Earshot, such as `relevance-en`, or the folder of one that you trained; a path is ' +
          'relative to the pipeline file.',
      ),
    dropBelow: share.describe(
      'A message that is less probably relevant than this is dropped: `irrelevant`. 0 drops none.',
    ),
    reviewBelow: share
      .optional()
      .describe(
        'A message that is kept but less probable than this is published with the verdict `review`, for a person to ' +
          'look at. At least `dropBelow`, which is the default: none is marked.',
      ),
    correctionMax: z
      .number()
      .min(0)
      .max(10)
      .default(2)
      .describe(
        "How far the moderators' marks can move a message's log-odds at most, either way; 0 ignores them. With 2 a " +
          'message that the model gives 0.95 stays above 0.71 whatever was marked.',
      ),
  })
  .superRefine(({ dropBelow, reviewBelow }, ctx) => {
    if (reviewBelow === undefined || reviewBelow >= dropBelow) return;
    ctx.addIssue({
      code: 'custom',
      path: ['reviewBelow'],
      message: `reviewBelow (${reviewBelow}) must be at least dropBelow (${dropBelow})`,
    });
  });
export type ClassifierConfig = z.output<typeof classifierConfig>;

export const relevanceConfig = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(10_000)
    .describe(
      'What to listen for: words, "phrases", #tags, @mentions, prefix*, AND, OR, NOT and parentheses.',
    ),
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}$/, 'must be a language code such as en'))
    .min(1)
    .max(64)
    .optional()
    .describe(
      'Keeps messages whose `lang` is one of these, and messages that do not say. Others are dropped: `language`.',
    ),
  classifier: classifierConfig
    .optional()
    .describe('A trained filter that judges what the query matched; without it everything is kept.'),
});
