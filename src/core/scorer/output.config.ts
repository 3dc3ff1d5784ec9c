import { z } from 'zod';
import { BATCH_LINES_MAX } from '../message/scored-batch.ts';

const batchConfig = z.strictObject({
  messagesMax: z
    .int()
    .min(2)
    .max(BATCH_LINES_MAX)
    .default(50)
    .describe(`Scored messages of one batch, at most; 256 KiB close it as well.`),
  gather: z
    .boolean()
    .default(false)
    .describe(
      'Whether a batch may hold what comes of several inputs, those that one worker scores together (up to 64 where many ' +
        'wait; nothing ever waits for others). `false`: a batch holds what comes of one input, so that whoever publishes ' +
        'NDJSON gets NDJSON, and an input that is delivered again makes the same batches, of which the broker keeps one ' +
        'copy. `true`: messages that come alone are joined too; after a crash some may come again, in another batch, for ' +
        'you to tell by `id`, `kind` and `version`. Watchers count each once either way.',
    ),
});

export type BatchConfig = z.output<typeof batchConfig>;

export const outputConfig = z.strictObject({
  batch: batchConfig
    .optional()
    .describe(
      'Scored messages as NDJSON batches on `earshot.scored.<pipeline>.batch`, instead of one by one on ' +
        '`earshot.scored.<pipeline>.<channel>.<label>`; for consumers that want throughput. Off unless this block is ' +
        'there (`batch: {}` takes the defaults).',
    ),
});
