import { z } from 'zod';
import { duration } from '../config/fields.ts';

const webhookSink = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .describe('Receives a POST of the alert as JSON.'),
  secret: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Signs each request by the Standard Webhooks specification (`whsec_…` or plain text); use ${ENV_NAME}.',
    ),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe('Further request headers; values may use ${ENV_NAME}.'),
  timeout: duration('How long one request may take.', { min: '100ms', max: '1m' }).prefault('5s'),
  giveUpAfter: duration(
    'An alert that could not be delivered for this long is given up, counted and logged.',
    {
      min: '1s',
      max: '7d',
    },
  ).prefault('1d'),
});

const natsSink = z.strictObject({
  subject: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'must be a NATS subject without wildcards')
    .refine(
      (subject) => !subject.startsWith('earshot.'),
      'must lie outside earshot.>, which the pipeline itself uses',
    )
    .describe(
      'A further subject, plain NATS, besides `earshot.alert.<pipeline>.<rule>.<state>` which is always published.',
    ),
});

const logSink = z.strictObject({}).describe('One line in the log for each alert that fires or resolves.');

/** Where alerts go, besides the subject `earshot.alert.<pipeline>.<rule>.<state>`. Each entry names exactly one kind. */
export const sinkConfig = z.union([
  z.strictObject({ log: logSink }),
  z.strictObject({ webhook: webhookSink }),
  z.strictObject({ nats: natsSink }),
]);
export type WebhookSinkConfig = z.output<typeof webhookSink>;
