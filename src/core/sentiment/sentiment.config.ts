import { z } from 'zod';

export const ENGINE_NAMES = ['natural', 'wink'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export const sentimentConfig = z.strictObject({
  engine: z
    .enum(ENGINE_NAMES)
    .default('natural')
    .describe(
      'Who scores: `natural` (AFINN word list, fast) or `wink` (wink-nlp, sentence-wise, with its negation).',
    ),
  abstainBelow: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('A message whose surest class is less probable than this gets the label `uncertain`.'),
});
