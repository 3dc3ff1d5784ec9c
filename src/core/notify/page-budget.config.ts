import { z } from 'zod';
import { duration } from '../config/fields.ts';

/** How many pages a rule may send. Those beyond it go into the digest, which says how many. */
export const pageBudgetConfig = z.strictObject({
  pages: z
    .int()
    .min(1)
    .max(1_000)
    .describe('Notifications with new alerts of severity `page`; reminders do not count.'),
  per: duration('The span they are counted over, back from now.', { min: '1m', max: '31d' }).prefault('1d'),
});
export type PageBudget = z.output<typeof pageBudgetConfig>;
