import { z } from 'zod';
import { duration } from '../config/fields.ts';

export const windowConfig = z
  .strictObject({
    pane: duration('The smallest event-time window; views over longer spans are sums of panes.', {
      min: '1s',
      max: '1h',
    }).prefault('1m'),
    allowedLateness: duration('How far the watermark trails the newest event.', { max: '1d' }).prefault(
      '10s',
    ),
    futureSkewMax: duration('A time further in the future than this is set back to arrival plus this.', {
      max: '1h',
    }).prefault('1m'),
    idleAfter: duration('With no message for this long, event time goes on at the pace of the clock.', {
      min: '100ms',
      max: '1h',
    }).prefault('500ms'),
    channelsMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('Memory bound. Messages of further channels are counted together as channel `other`.'),
  })
  .prefault({});
export type WindowConfig = z.output<typeof windowConfig>;
