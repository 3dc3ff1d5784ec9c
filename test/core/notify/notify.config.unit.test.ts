/** Goal: the defaults of the policy, and what a file may not say, each with its place. */
import { expect, test } from 'vitest';
import { notifyConfig } from '../../../src/core/notify/notify.config.ts';

test('defaults', () => {
  expect(notifyConfig.parse({})).toEqual({
    groupBy: ['rule'],
    groupWait: 10_000,
    groupInterval: 300_000,
    repeatInterval: 14_400_000,
    staleAfter: 3_600_000,
    inhibit: [],
    mute: [],
    digest: { severities: [], every: 86_400_000, offset: 0 },
  });
});

test.each<[object, string, string]>([
  [{ groupWait: '6m' }, 'groupWait', 'must not be longer than groupInterval'],
  [{ groupInterval: '5h' }, 'groupInterval', 'must not be longer than repeatInterval'],
  [{ groupWait: 'soon' }, 'groupWait', 'not a duration'],
  [{ groupBy: ['author'] }, 'groupBy.0', 'Invalid option'],
  [{ inhibit: [{ source: ['rulee=x'], target: ['rule=y'] }] }, 'inhibit.0.source.0', "no label 'rulee'"],
  [{ inhibit: [{ source: [], target: ['rule=y'] }] }, 'inhibit.0.source', 'Too small'],
  [{ mute: [{ timeZone: 'Europe/Wien' }] }, 'mute.0.timeZone', 'not a time zone'],
  [{ mute: [{ from: '7:00' }] }, 'mute.0.from', 'must be a time of day'],
  [{ mute: [{ from: '07:00', to: '07:00' }] }, 'mute.0.to', 'are the same'],
  [{ mute: [{ days: [0] }] }, 'mute.0.days.0', 'must be 1 to 31'],
  [{ digest: { severities: ['page'] } }, 'digest.severities.0', 'Invalid option'],
  [{ pageBudget: { pages: 0 } }, 'pageBudget.pages', 'Too small'],
])('%o is refused at %s', (input, path, message) => {
  const parsed = notifyConfig.safeParse(input);
  const issues = parsed.success ? [] : parsed.error.issues;
  expect(issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  expect(issues[0]?.message).toContain(message);
});
