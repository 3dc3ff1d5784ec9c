/** Who is told what and when: grouping, repeating, inhibition, mute times, digest, page budget. */
import { z } from 'zod';
import { GROUP_KEYS, SEVERITIES } from '../alert/rule.config.ts';
import { duration } from '../config/fields.ts';
import { wallClock, WEEKDAYS } from './calendar.ts';
import { MatcherError, parseMatcher } from './matcher.ts';
import { pageBudgetConfig } from './page-budget.config.ts';

const MATCHERS_MAX = 16;

const matcher = z
  .string()
  .meta({ description: 'A matcher such as `channel=web`, `severity!=page`, `rule=~"surge|drop.*"`.' })
  .transform((text, ctx) => {
    try {
      return parseMatcher(text);
    } catch (error) {
      if (!(error instanceof MatcherError)) throw error;
      ctx.addIssue({ code: 'custom', message: error.message, input: text });
      return z.NEVER;
    }
  });

const inhibitConfig = z.strictObject({
  source: z
    .array(matcher)
    .min(1)
    .max(MATCHERS_MAX)
    .describe('While an alert fires that all of these match …'),
  target: z
    .array(matcher)
    .min(1)
    .max(MATCHERS_MAX)
    .describe('… nobody is told of alerts that all of these match.'),
  equal: z
    .array(z.enum(['rule', 'severity', ...GROUP_KEYS]))
    .max(8)
    .default([])
    .describe('Only of those that have the same value here (none and none is the same).'),
});
export type InhibitConfig = z.output<typeof inhibitConfig>;

const timeOfDay = (description: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time of day such as 07:30; 00:00 to 24:00')
    .meta({ description })
    .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const muteTimeConfig = z
  .strictObject({
    matchers: z.array(matcher).max(MATCHERS_MAX).default([]).describe('Which alerts; all when empty.'),
    timeZone: z
      .string()
      .max(64)
      .default('UTC')
      .refine(isTimeZone, 'not a time zone; write one of the IANA names, such as Europe/Vienna')
      .describe('IANA time zone of the wall clock that is meant, with its daylight saving time.'),
    weekdays: z.array(z.enum(WEEKDAYS)).min(1).max(7).optional().describe('Every day when absent.'),
    days: z
      .array(
        z
          .int()
          .min(-31)
          .max(31)
          .refine((day) => day !== 0, 'must be 1 to 31, or -1 (the last) to -31'),
      )
      .min(1)
      .max(31)
      .optional()
      .describe('Days of the month, 1 to 31; -1 is the last. Every day when absent.'),
    months: z.array(z.int().min(1).max(12)).min(1).max(12).optional().describe('Every month when absent.'),
    from: timeOfDay('Wall clock, `HH:MM`.').prefault('00:00'),
    to: timeOfDay(
      'Wall clock, `HH:MM`, no longer included. Before `from` it is on the next day; `weekdays`, `days` and `months` then mean the day on which the span begins.',
    ).prefault('24:00'),
  })
  .refine(({ from, to }) => from !== to, {
    message: 'from and to are the same; leave both out for whole days',
    path: ['to'],
  });
export type MuteTimeConfig = z.output<typeof muteTimeConfig>;

const digestConfig = z.strictObject({
  severities: z
    .array(z.enum(SEVERITIES).exclude(['page']))
    .max(2)
    .default([])
    .describe('Alerts of these severities are told together, in digests only.'),
  every: duration('How often; counted from midnight UTC.', { min: '1m', max: '7d' }).prefault('1d'),
  offset: duration('How long after that.', { max: '7d' }).prefault('0s'),
});

export const notifyConfig = z
  .strictObject({
    groupBy: z
      .array(z.enum(['rule', 'severity', ...GROUP_KEYS]))
      .max(8)
      .default(['rule'])
      .describe('Alerts that are alike in these are told together; empty: all of the pipeline.'),
    groupWait: duration('How long news of a group waits for more.', { max: '1h' }).prefault('10s'),
    groupInterval: duration('The least time between two notifications of a group.', {
      min: '1s',
      max: '1d',
    }).prefault('5m'),
    repeatInterval: duration('After this, people are reminded of what still fires.', { min: '1m' }).prefault(
      '4h',
    ),
    staleAfter: duration(
      'What reached the broker longer ago than this is not news: a watcher that was down, or reads what waited for scorers, tells only what still fires.',
      { min: '1m', max: '30d' },
    ).prefault('1h'),
    inhibit: z.array(inhibitConfig).max(64).default([]).describe('Alerts that keep others quiet.'),
    mute: z
      .array(muteTimeConfig)
      .max(64)
      .default([])
      .describe('Times of the calendar at which nobody is told.'),
    digest: digestConfig
      .prefault({})
      .describe('What is told together, at fixed times. Pages beyond their budget are told here.'),
    pageBudget: pageBudgetConfig.optional().describe('For each rule that has none of its own.'),
  })
  .superRefine(({ groupWait, groupInterval, repeatInterval }, ctx) => {
    if (groupWait > groupInterval)
      ctx.addIssue({ code: 'custom', path: ['groupWait'], message: 'must not be longer than groupInterval' });
    if (groupInterval > repeatInterval)
      ctx.addIssue({
        code: 'custom',
        path: ['groupInterval'],
        message: 'must not be longer than repeatInterval',
      });
  });
export type NotifyConfig = z.output<typeof notifyConfig>;

function isTimeZone(text: string): boolean {
  try {
    wallClock(text);
    return true;
  } catch {
    return false;
  }
}
