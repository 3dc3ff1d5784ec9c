import { z } from 'zod';
import { ALERT_STATES } from '../alert/alert.ts';
import { SENTIMENT_LABELS } from '../sentiment/engine.port.ts';

const count = z.union([
  z.int().min(0),
  z.strictObject({ min: z.int().min(0).optional(), max: z.int().min(0).optional() }),
]);

const expectedAlert = z.strictObject({
  rule: z.string().describe('Name of the rule.'),
  state: z.enum(ALERT_STATES).describe('The state it enters.'),
  group: z.record(z.string(), z.string()).optional().describe('The group; any when absent.'),
});

/** One case of a pipeline file's `tests:` block. */
export const pipelineTestConfig = z
  .strictObject({
    name: z.string().min(1).max(200).describe('What the case shows.'),
    input: z
      .string()
      .min(1)
      .optional()
      .describe('An NDJSON file of messages, relative to the pipeline file.'),
    messages: z
      .array(z.looseObject({ id: z.string() }))
      .max(1_000)
      .optional()
      .describe('Messages, inline.'),
    expect: z
      .strictObject({
        scored: count.optional().describe('Messages this pipeline scores: a number, or {min, max}.'),
        dropped: count.optional().describe('Messages it does not want, or drops.'),
        dead: count.optional().describe('Messages that cannot be read.'),
        labels: z.record(z.string(), z.enum(SENTIMENT_LABELS)).optional().describe('Label by message id.'),
        routes: z.record(z.string(), z.array(z.string())).optional().describe('Queues by message id.'),
        alerts: z
          .array(expectedAlert)
          .optional()
          .describe('Every alert that fires or resolves, in order; pending ones only when listed.'),
      })
      .describe('What must come out; what is not named is not looked at.'),
  })
  .refine(
    (test) => (test.input === undefined) !== (test.messages === undefined),
    'needs either input or messages',
  );
export type PipelineTestConfig = z.output<typeof pipelineTestConfig>;
