/** Goal: mute times on the wall clock of their zone, through both changes of daylight saving time. */
import { expect, test } from 'vitest';
import { MuteTime } from '../../../src/core/notify/mute-time.ts';
import { notifyConfig } from '../../../src/core/notify/notify.config.ts';

function muteTime(input: object): MuteTime {
  const [config] = notifyConfig.parse({ mute: [input] }).mute;
  if (!config) throw new Error('no mute time');
  return new MuteTime(config);
}

const NIGHT = { timeZone: 'Europe/Vienna', from: '22:00', to: '07:00' };

test.each<[string, object, string, boolean]>([
  ['in winter', NIGHT, '2026-01-05T20:59:59Z', false],
  ['in winter', NIGHT, '2026-01-05T21:00:00Z', true],
  ['in summer an hour earlier', NIGHT, '2026-07-05T19:59:59Z', false],
  ['in summer an hour earlier', NIGHT, '2026-07-05T20:00:00Z', true],
  ['the short night ends at seven', NIGHT, '2026-03-29T04:59:59Z', true],
  ['the short night ends at seven', NIGHT, '2026-03-29T05:00:00Z', false],
  ['the long night ends at seven', NIGHT, '2026-10-25T05:59:59Z', true],
  ['the long night ends at seven', NIGHT, '2026-10-25T06:00:00Z', false],
  [
    'an hour that does not exist',
    { timeZone: 'Europe/Vienna', from: '02:15', to: '03:30' },
    '2026-03-29T01:00:00Z',
    true,
  ],
  [
    'an hour that comes twice, first',
    { timeZone: 'Europe/Vienna', from: '02:15', to: '02:45' },
    '2026-10-25T00:30:00Z',
    true,
  ],
  [
    'an hour that comes twice, again',
    { timeZone: 'Europe/Vienna', from: '02:15', to: '02:45' },
    '2026-10-25T01:30:00Z',
    true,
  ],
  ['always', {}, '2026-01-05T12:00:00Z', true],
  ['a weekday', { weekdays: ['mon'] }, '2026-01-05T12:00:00Z', true],
  ['another weekday', { weekdays: ['tue', 'sun'] }, '2026-01-05T12:00:00Z', false],
  [
    'the night of Friday is Saturday morning too',
    { ...NIGHT, weekdays: ['fri'] },
    '2026-01-10T05:00:00Z',
    true,
  ],
  ['but not Friday morning', { ...NIGHT, weekdays: ['fri'] }, '2026-01-09T05:00:00Z', false],
  [
    'the weekday is that of the zone',
    { timeZone: 'Asia/Tokyo', weekdays: ['tue'] },
    '2026-01-05T16:00:00Z',
    true,
  ],
  ['a month', { months: [12] }, '2026-01-05T12:00:00Z', false],
  [
    'the night of New Year',
    { months: [12], days: [31], from: '20:00', to: '08:00' },
    '2026-01-01T07:00:00Z',
    true,
  ],
  ['the last day', { days: [-1] }, '2028-02-29T12:00:00Z', true],
  ['the last but one', { days: [-2] }, '2026-02-28T12:00:00Z', false],
  [
    'a quarter of an hour off',
    { timeZone: 'Asia/Kathmandu', from: '12:00', to: '13:00' },
    '2026-01-05T06:15:00Z',
    true,
  ],
])('%s: %o at %s', (_why, input, at, isActive) => {
  expect(muteTime(input).isActive(Date.parse(at))).toBe(isActive);
});

test.each([
  NIGHT,
  { timeZone: 'America/New_York', from: '01:20', to: '02:40', weekdays: ['sun'] },
  { timeZone: 'Australia/Lord_Howe', from: '01:50', to: '02:05' },
  { timeZone: 'Asia/Kathmandu', from: '23:07', to: '00:03' },
  { days: [1, -1], months: [3, 4, 10, 11] },
])('the next check comes no later than the next change: %o', (input) => {
  const mute = muteTime(input);
  for (const from of ['2026-03-07', '2026-03-28', '2026-04-04', '2026-10-24', '2026-10-31']) {
    const startMs = Date.parse(`${from}T00:00:00Z`);
    let checkMs = mute.nextCheckMs(startMs);
    for (let nowMs = startMs + 60_000; nowMs < startMs + 2 * 86_400_000; nowMs += 60_000) {
      const hasChanged = mute.isActive(nowMs) !== mute.isActive(nowMs - 60_000);
      if (hasChanged) expect(checkMs, new Date(nowMs).toISOString()).toBe(nowMs);
      if (nowMs >= checkMs) checkMs = mute.nextCheckMs(nowMs);
    }
  }
});
