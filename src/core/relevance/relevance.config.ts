import { z } from 'zod';

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
});
