import { z } from 'zod';
import { PII_KINDS } from './kinds.ts';

const KEY_CHARS_MIN = 16;

const region = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be a country code of two capital letters, such as US or GB');

/** What is redacted of a pipeline's messages before anything of them is published. */
export const privacyConfig = z.strictObject({
  redact: z
    .array(z.enum(PII_KINDS))
    .max(PII_KINDS.length)
    .default([])
    .describe(
      'Kinds of personal data that become tokens such as `[email:3f9a]` in text, tags, links, the name of the author and ' +
        '`extra`, before anything of a message is published: `email`, `phone`, `card` (payment cards), `iban`, `ip`. ' +
        'Empty: nothing is redacted.',
    ),
  key: z
    .string()
    .min(KEY_CHARS_MIN)
    .max(1_000)
    .optional()
    .describe(
      'Secret of the tags in tokens: within one conversation the same datum has the same tag, in another one another. ' +
        'Use ${ENV_NAME}. Without a key tokens have no tag: `[email]`.',
    ),
  region: z
    .union([region, z.array(region).min(1).max(8)])
    .default(['US'])
    .describe(
      'Countries whose telephone numbers are found without a country code, one or a list. Numbers with `+` are found ' +
        'everywhere.',
    ),
});
export type PrivacyConfig = z.output<typeof privacyConfig>;
