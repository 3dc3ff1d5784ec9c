import { z } from 'zod';
import { duration } from '../config/fields.ts';

export const windowConfig = z
  .strictObject({
    pane: duration('The smallest event-time window; views over longer spans are sums of panes.', {
      min: '1s',
      max: '1h',
    }).prefault('1m'),
    allowedLateness: duration('How far the watermark trails the hindmost source.', { max: '1d' }).prefault(
      '10s',
    ),
    futureSkewMax: duration('A time further in the future than this is set back to arrival plus this.', {
      max: '1h',
    }).prefault('1m'),
    idleAfter: duration('With no message for this long, event time goes on at the pace of the clock.', {
      min: '100ms',
      max: '1h',
    }).prefault('500ms'),
    sourceLagMax: duration(
      'A source that lags behind the foremost one holds the watermark back by at most this. While it is no shorter than `futureSkewMax`, no source that is merely early makes another late.',
      { max: '5m' },
    ).prefault('1m'),
    sourceIdleAfter: duration('A source that was silent for this long does not hold the watermark back.', {
      min: '100ms',
      max: '1h',
    }).prefault('30s'),
    sourcesMax: z
      .int()
      .min(1)
      .max(256)
      .default(64)
      .describe(
        'Memory bound. Further sources share one clock, unless one was silent for `sourceIdleAfter`.',
      ),
    retractableFor: duration(
      'How long a message is known at least: until then a copy does not count again, and an edit or a deletion takes back what it counted, in the panes that are kept. Never shorter than those are.',
      { max: '7d' },
    ).prefault('10m'),
    messagesRetainedMax: z
      .int()
      .min(1_000)
      .max(4_000_000)
      .default(200_000)
      .describe(
        'Memory bound, 72 to 144 bytes each. The oldest is forgotten: a copy of it would count again.',
      ),
    sessionGap: duration('A conversation in which nobody wrote for this long is closed and counted.', {
      min: '1m',
      max: '7d',
    }).prefault('30m'),
    sessionsMax: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('Memory bound. Of further conversations that are open at a time nothing is counted.'),
    channelsMax: z
      .int()
      .min(1)
      .max(10_000)
      .default(200)
      .describe('Memory bound. Messages of further channels are counted together as channel `other`.'),
  })
  .prefault({});
export type WindowConfig = z.output<typeof windowConfig>;
