import { z } from 'zod';

export const watchConfig = z
  .strictObject({
    shards: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe(
        'Over how many watchers the counting is spread, by a hash of the channel; 1: one watcher does it all. For a pipeline that ' +
          'outgrows a processor. More than 1 goes without `trends`, rules on trends and `duplicates`, which look across channels.',
      ),
  })
  .prefault({});
