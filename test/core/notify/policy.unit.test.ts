/** Goal: who is told what and when, in virtual time. Rows: what happens (`<second> <rule>:<channel><+ fires, - resolves>`),
 *  and each notification (`<second> <reason> <status> <alerts>`). */
import { expect, test } from 'vitest';
import type { AlertCommand } from '../../../src/core/notify/command.ts';
import { parseMatcher } from '../../../src/core/notify/matcher.ts';
import type { PolicyState } from '../../../src/core/notify/policy.ts';
import {
  alertOf,
  DAY,
  HOUR,
  line,
  MINUTE,
  ms,
  notificationsOf,
  play,
  policyOf,
  script,
  type Step,
} from './stage.ts';

type Row = readonly [
  why: string,
  config: object,
  steps: readonly Step[],
  untilS: number,
  lines: readonly string[],
];

const ID = alertOf('surge', 0, 'firing').id;

function silence(atS: number, fromS: number, toS: number, ...matchers: string[]): Step {
  const command: AlertCommand = {
    id: `s${atS}`,
    action: 'silence',
    pipeline: 'p',
    by: 'ann',
    atMs: ms(atS),
    matchers: matchers.map(parseMatcher),
    startsMs: ms(fromS),
    endsMs: ms(toS),
    comment: 'known',
  };
  return { atS, command };
}

function unsilence(atS: number, id: string): Step {
  return {
    atS,
    command: { id: `u${atS}`, action: 'unsilence', pipeline: 'p', by: 'bob', atMs: ms(atS), silence: id },
  };
}

function acknowledge(atS: number, alert = ID, action: 'acknowledge' | 'unacknowledge' = 'acknowledge'): Step {
  return { atS, command: { id: `a${atS}`, action, pipeline: 'p', by: 'ann', atMs: ms(atS), alert } };
}

const inOrder = (...steps: (Step | readonly Step[])[]) => steps.flat().sort((a, b) => a.atS - b.atS);
const WIDE = { inhibit: [{ source: ['rule=wide'], target: ['rule=surge'] }] };
const DIGEST = { digest: { severities: ['notify'], every: '1h' } };
const BUDGET = { pageBudget: { pages: 2, per: '1d' }, digest: { every: '6h' } };

test.each<Row>([
  ['nothing', {}, [], DAY, []],
  [
    'one alert: told after groupWait, repeated, resolved',
    {},
    script('0 surge+', '20000 surge-'),
    DAY,
    ['10 first_notification firing surge+', '14410 repeat firing surge+', '20010 resolved resolved surge-'],
  ],
  ['one that ends within groupWait is never told', {}, script('0 surge+', '9 surge-'), DAY, []],
  [
    'but the second of two such is, at once',
    {},
    script('0 surge+', '5 surge-', '60 surge+', '65 surge-'),
    HOUR,
    ['60 first_notification firing surge+', '360 resolved resolved surge-'],
  ],
  [
    'those of one group come together; later ones wait for the interval',
    {},
    script('0 surge:a+', '4 surge:b+', '20 surge:c+', '100 surge:a-', '400 surge:b-', '401 surge:c-'),
    HOUR,
    [
      '10 first_notification firing surge:a+ surge:b+',
      '310 new_alerts firing surge:b+ surge:c+ surge:a-',
      '610 resolved resolved surge:b- surge:c-',
    ],
  ],
  [
    'groups do not wait for each other',
    { groupBy: ['rule', 'channel'] },
    script('0 surge:a+', '20 surge:b+'),
    HOUR,
    ['10 first_notification firing surge:a+', '30 first_notification firing surge:b+'],
  ],
  [
    'groups that are due at one moment are told by name, whichever came first',
    {},
    script('0 surge+', '0 drop+'),
    HOUR,
    ['10 first_notification firing drop+', '10 first_notification firing surge+'],
  ],
  [
    'a silence of one channel lets the others through, and what fires at its end is told then',
    {},
    inOrder(silence(0, 0, 3_000, 'channel=a'), script('1 surge:a+', '2 surge:b+')),
    HOUR,
    ['12 first_notification firing surge:b+', '3010 new_alerts firing surge:a+ surge:b+'],
  ],
  [
    'a silence after the fact: no repeat, a reminder at its end',
    {},
    inOrder(script('0 surge+'), silence(60, 100, 20_000, 'rule=surge')),
    25_000,
    ['10 first_notification firing surge+', '20000 repeat firing surge+'],
  ],
  [
    'a silence ended early',
    {},
    inOrder(silence(0, 0, 20_000, 'rule=~"s.*"'), script('1 surge+'), unsilence(500, 's0')),
    HOUR,
    ['510 first_notification firing surge+'],
  ],
  [
    'the end of what people were told of is told, silenced or not',
    {},
    inOrder(script('0 surge+', '400 surge-'), silence(60, 60, 20_000, 'severity=page')),
    DAY,
    ['10 first_notification firing surge+', '410 resolved resolved surge-'],
  ],
  [
    'silenced for the whole of its life: never told',
    {},
    inOrder(silence(0, 0, 20_000, 'pipeline=p'), script('1 surge+', '500 surge-')),
    DAY,
    [],
  ],
  [
    'a brand-wide surge keeps its channels quiet while it fires',
    WIDE,
    script('0 surge:a+', '3 wide+', '1000 wide-', '2000 surge:a-'),
    DAY,
    [
      '13 first_notification firing wide+',
      '1010 first_notification firing surge:a+',
      '1010 resolved resolved wide-',
      '2010 resolved resolved surge:a-',
    ],
  ],
  [
    'inhibition wants equal labels',
    { inhibit: [{ source: ['rule=wide'], target: ['rule=surge'], equal: ['channel'] }] },
    script('0 wide:a+', '1 surge:a+', '2 surge:b+'),
    HOUR,
    ['10 first_notification firing wide:a+', '12 first_notification firing surge:b+'],
  ],
  [
    'acknowledged: no repeat; its end is told',
    {},
    inOrder(script('0 surge+', '50000 surge-'), acknowledge(60)),
    DAY,
    ['10 first_notification firing surge+', '50010 resolved resolved surge-'],
  ],
  [
    'an acknowledgement ends with its alert',
    {},
    inOrder(script('0 surge+', '1000 surge-', '30000 surge+'), acknowledge(60)),
    40_000,
    [
      '10 first_notification firing surge+',
      '1010 resolved resolved surge-',
      '30010 first_notification firing surge+',
    ],
  ],
  [
    'taken back: reminded when that is due',
    {},
    inOrder(script('0 surge+'), acknowledge(60), acknowledge(20_000, ID, 'unacknowledge')),
    HOUR * 6,
    ['10 first_notification firing surge+', '20000 repeat firing surge+'],
  ],
  [
    'a muted night: told in the morning',
    { mute: [{ timeZone: 'Europe/Vienna', from: '22:00', to: '07:00' }] },
    script('0 surge+'), // 01:00 in Vienna
    DAY / 2,
    [`${6 * HOUR + 10} first_notification firing surge+`, `${10 * HOUR + 10} repeat firing surge+`],
  ],
  [
    'a digest on the hour: what fires, what came and went',
    DIGEST,
    script('0 low:a+', '60 low:b+', '120 low:b-', '5000 low:a-'),
    DAY,
    ['3600 digest firing low:a+ low:b-', '7200 digest resolved low:a-'],
  ],
  [
    'pages beyond the budget go into the digest, which says so',
    BUDGET,
    script('0 surge:a+', '1000 surge:b+', '2000 surge:c+', '3000 surge:d+', '4000 surge:d-'),
    7 * HOUR,
    [
      '10 first_notification firing surge:a+',
      '1010 new_alerts firing surge:a+ surge:b+',
      '15410 repeat firing surge:a+ surge:b+',
      '21600 digest firing surge:c+ surge:d- 2 demoted',
    ],
  ],
  [
    'several groups of one rule: what ends while others fire',
    {},
    script('0 surge:a+', '1 surge:b+', '600 surge:a-'),
    HOUR,
    ['10 first_notification firing surge:a+ surge:b+', '610 some_resolved firing surge:b+ surge:a-'],
  ],
  [
    'a group of which something acknowledged fires is not called resolved',
    {},
    inOrder(
      script('0 surge:a+', '1 surge:b+', '600 surge:b-'),
      acknowledge(60, alertOf('surge:a', 0, 'firing').id),
    ),
    HOUR,
    ['10 first_notification firing surge:a+ surge:b+', '610 some_resolved firing surge:a+ surge:b-'],
  ],
  [
    'flapping: the end is told when it has lasted',
    {},
    script('0 surge+', '60 surge-', '120 surge+', '180 surge-'),
    HOUR,
    ['10 first_notification firing surge+', '1080 resolved resolved surge-'],
  ],
  [
    'the end of a lost alert is told with the next that resolves',
    {},
    [
      { atS: 0, alert: alertOf('surge', 0, 'firing') },
      { atS: 1_000, alert: alertOf('surge', 1_000, 'firing') },
      { atS: 2_000, alert: alertOf('surge', 1_000, 'resolved', 2_000) },
    ],
    HOUR,
    ['10 first_notification firing surge+', '2900 resolved resolved surge-'],
  ],
])('%s', (_why, config, steps, untilS, lines) => {
  expect(notificationsOf(play(policyOf(config), steps, untilS)).map(line)).toEqual(lines);
});

test.each<[string, object, readonly Step[], readonly string[]]>([
  [
    'told',
    {},
    script('0 surge+', '600 surge-'),
    ['waiting_for_group', 'first_notification', 'waiting_for_group', 'resolved'],
  ],
  ['never told', {}, script('0 surge+', '3 surge-'), ['waiting_for_group', 'never_told']],
  ['unknown', {}, script('3 surge-'), ['never_told']],
  [
    'silenced, then not',
    {},
    inOrder(silence(0, 0, 600, 'rule=surge'), script('1 surge+')),
    ['silenced', 'waiting_for_group', 'first_notification'],
  ],
  [
    'acknowledged',
    {},
    inOrder(script('0 surge+'), acknowledge(60)),
    ['waiting_for_group', 'first_notification', 'acknowledged'],
  ],
  ['muted', { mute: [{}] }, script('0 surge+', '60 surge-'), ['muted_by_time', 'never_told']],
  ['kept for the digest', DIGEST, script('0 low+', '60 low-'), ['kept_for_digest', 'digest']],
  [
    'inhibited',
    WIDE,
    script('0 wide+', '1 surge+'),
    ['waiting_for_group', 'inhibited', 'first_notification'],
  ],
  [
    'over budget',
    { pageBudget: { pages: 1 }, groupInterval: '10s', digest: { every: '30m' } },
    script('0 surge:a+', '100 surge:b+'),
    ['waiting_for_group', 'first_notification', 'waiting_for_group', 'over_budget', 'digest'],
  ],
  [
    'the interval',
    {},
    script('0 surge:a+', '60 surge:b+'),
    ['waiting_for_group', 'first_notification', 'waiting_for_interval', 'new_alerts'],
  ],
  [
    'flapping',
    {},
    script('0 surge+', '60 surge-', '120 surge+', '180 surge-'),
    ['waiting_for_group', 'first_notification', 'waiting_for_interval', 'flapping', 'resolved'],
  ],
])('each decision once: %s', (_why, config, steps, reasons) => {
  const outputs = play(policyOf(config), steps, HOUR);
  expect(outputs.flatMap((output) => (output.kind === 'decision' ? [output.reason] : []))).toEqual(reasons);
});

test('a shadow is recorded; nobody is told, and it keeps nobody quiet', () => {
  const policy = policyOf(WIDE, [{ name: 'wide', severity: 'ticket', mode: 'shadow' }]);
  const outputs = play(policy, script('0 wide+', '1 surge+', '900 wide-'), HOUR);
  expect(notificationsOf(outputs).map(line)).toEqual(['11 first_notification firing surge+']);
  const ofShadow = outputs.filter((output) => output.kind === 'decision' && output.rule === 'wide');
  expect(ofShadow).toEqual([
    {
      ...{ kind: 'decision', alert: alertOf('wide', 0, 'firing').id, rule: 'wide', reason: 'shadow' },
      atMs: ms(0),
    },
  ]);
});

test('a silence from now on is in force at once, though event time trails the clock; one of later waits', () => {
  const policy = policyOf();
  const [now, later] = [silence(300, 300, 900, 'rule=surge'), silence(301, 600, 900, 'rule=drop')];
  const told = play(policy, script('0 surge+', '0 drop+'), 5);
  for (const step of [now, later]) if ('command' in step) policy.onCommand(step.command, ms(5));
  told.push(...policy.advance(ms(60)));
  expect(policy.silences(ms(5)).map(({ state, startsMs }) => [state, startsMs])).toEqual([
    ['active', ms(5)],
    ['pending', ms(600)],
  ]);
  expect(notificationsOf(told).map(line)).toEqual(['10 first_notification firing drop+']);
});

test('each decision says when it was made, and what or who holds the alert back', () => {
  const steps = inOrder(
    ...[script('0 surge+', '2000 wide+', '3000 wide-'), acknowledge(600)],
    ...[silence(1_000, 1_000, 1_500, 'rule=surge'), acknowledge(1_600, ID, 'unacknowledge')],
  );
  const decisions = play(policyOf(WIDE), steps, HOUR).flatMap((output) =>
    output.kind === 'decision' && output.rule === 'surge' ? [output] : [],
  );
  const by = (reason: string, ...who: string[]) => [reason, who.length === 0 ? undefined : who];
  expect(decisions.map(({ reason, by: who, atMs }) => [(atMs - ms(0)) / 1_000, reason, who])).toEqual([
    [0, ...by('waiting_for_group')],
    [10, ...by('first_notification')],
    [600, ...by('acknowledged', 'ann')],
    [1_000, ...by('silenced', 's1000')],
    [1_500, ...by('acknowledged', 'ann')],
    [1_600, ...by('repeat')],
    [2_000, ...by('inhibited', alertOf('wide', 2_000, 'firing').id)],
  ]);
});

test('what holds an alert back can be asked for', () => {
  const policy = policyOf(WIDE);
  play(policy, inOrder(silence(0, 0, 900, 'rule=surge'), script('1 wide+', '2 surge+')), 100);
  const surge = alertOf('surge', 2, 'firing').id;
  policy.onCommand(
    { id: 'x', action: 'acknowledge', pipeline: 'p', by: 'ann', atMs: 7, alert: surge, comment: 'mine' },
    ms(100),
  );
  expect(policy.statusOf(surge)).toEqual({
    suppressed: true,
    reasons: ['silenced', 'inhibited', 'acknowledged'],
    silencedBy: ['s0'],
    inhibitedBy: [alertOf('wide', 1, 'firing').id],
    acknowledgedBy: { by: 'ann', atMs: 7, comment: 'mine' },
    decision: 'silenced',
  });
  expect(policy.statusOf('nobody')).toMatchObject({ suppressed: false, reasons: [] });
});

test.each<[why: string, config: object, lines: string[], status: object]>([
  [
    'kept_for_digest',
    { digest: { severities: ['notify'] } },
    ['10 low+'],
    { suppressed: true, reasons: ['kept_for_digest'], decision: 'kept_for_digest' },
  ],
  [
    'over_budget',
    { pageBudget: { pages: 1, per: '1d' }, groupBy: ['rule', 'channel'] },
    ['1 surge:app+', '30 surge:web+'],
    { suppressed: true, reasons: ['over_budget'], decision: 'over_budget' },
  ],
  [
    'muted_by_time',
    { mute: [{ from: '00:00', to: '12:00' }] },
    ['10 surge+'],
    { suppressed: true, reasons: ['muted_by_time'], decision: 'muted_by_time' },
  ],
  ['told', {}, ['10 surge+'], { suppressed: false, reasons: [], decision: 'first_notification' }],
  ['resolved, and told', {}, ['10 surge+', '600 surge-'], { suppressed: false, decision: 'resolved' }],
  ['resolved, nobody told', {}, ['10 surge+', '12 surge-'], { suppressed: false, decision: 'never_told' }],
])('status: %s', (_why, config, lines, status) => {
  const policy = policyOf(config);
  const steps = script(...lines);
  play(policy, steps, 15 * MINUTE);
  const [last] = steps.slice(-1);
  if (!last || !('alert' in last)) throw new Error('no alert');
  expect(policy.statusOf(last.alert.id)).toMatchObject(status);
});

test('told in the digest, it is not suppressed any more', () => {
  const policy = policyOf({ digest: { severities: ['notify'], every: '1h' } });
  play(policy, script('10 low+'), HOUR + 1);
  expect(policy.statusOf(alertOf('low', 10, 'firing').id)).toMatchObject({
    ...{ suppressed: false, reasons: [], decision: 'digest' },
  });
});

test.each<[string, Partial<AlertCommand>, string]>([
  ['an alert that is not there', { action: 'acknowledge', alert: 'nobody' }, 'unknown_alert'],
  [
    'an alert that has resolved',
    { action: 'acknowledge', alert: alertOf('gone', 0, 'firing').id },
    'already_resolved',
  ],
  ['nothing to take back', { action: 'unacknowledge', alert: ID }, 'not_acknowledged'],
  ['another pipeline', { action: 'acknowledge', alert: ID, pipeline: 'q' }, 'other_pipeline'],
  ['a silence of the past', { action: 'silence', startsMs: ms(1), endsMs: ms(2) }, 'expired'],
  [
    'a silence that ends before it begins',
    { action: 'silence', startsMs: ms(9_000), endsMs: ms(8_000) },
    'bad_time',
  ],
  ['a silence of everything', { action: 'silence', matchers: [] }, 'bad_matcher'],
  [
    'a pattern that is none',
    { action: 'silence', matchers: [{ label: 'rule', op: '=~', value: '(' }] },
    'bad_matcher',
  ],
  ['a silence that is not there', { action: 'unsilence', silence: 'nobody' }, 'unknown_silence'],
])('refused: %s', (_why, command, reason) => {
  const policy = policyOf();
  play(policy, script('0 surge+', '0 gone+', '30 gone-'), 100);
  const whole = {
    id: 'c',
    pipeline: 'p',
    by: 'ann',
    atMs: 0,
    comment: '',
    matchers: [parseMatcher('rule=surge')],
    startsMs: ms(0),
    endsMs: ms(9_000),
    ...command,
  } as AlertCommand;
  expect(policy.onCommand(whole, ms(100))).toMatchObject({ outcome: 'refused', reason });
});

test('the same command twice is one', () => {
  const policy = policyOf();
  const { command } = silence(0, 0, 900, 'rule=surge') as { command: AlertCommand };
  expect(policy.onCommand(command, ms(0))).toEqual({ outcome: 'applied' });
  policy.onCommand((unsilence(5, 's0') as { command: AlertCommand }).command, ms(5));
  expect(policy.onCommand(command, ms(6))).toEqual({ outcome: 'applied' });
  expect(policy.silences(ms(6))).toMatchObject([{ id: 's0', state: 'expired', endedBy: 'bob' }]);
  expect(policy.silences(ms(6 + DAY))).toEqual([]);
});

test('told: as people were told, and five minutes beyond the end', () => {
  const policy = policyOf();
  const at = (second: number) => policy.told(ms(second)).map(({ summary, state }) => `${summary} ${state}`);
  play(policy, script('0 surge+'), 9);
  expect(at(9)).toEqual([]);
  policy.advance(ms(10));
  expect(at(10)).toEqual(['surge firing']);
  policy.onAlert(alertOf('surge', 0, 'resolved', 600), ms(600));
  policy.advance(ms(610));
  expect(at(610)).toEqual(['surge resolved']);
  expect(at(909)).toEqual(['surge resolved']);
  expect(at(910)).toEqual([]);
});

test('what is decided at one moment keeps its order through a restart', () => {
  const steps = script('0 surge:a+', '1 surge:b+', '2 surge:a-', '3 surge:a+');
  const policy = policyOf();
  const before = play(policy, steps, 4);
  const after = policyOf({}, [], JSON.parse(JSON.stringify(policy.snapshot())) as PolicyState);
  const whole = play(policyOf(), steps, HOUR);
  expect([...before, ...after.advance(ms(HOUR))]).toEqual(whole);
  const told = whole.flatMap((one) =>
    one.kind === 'decision' && one.reason === 'first_notification' ? [one.alert] : [],
  );
  expect(told).toEqual([alertOf('surge:b', 1, 'firing').id, alertOf('surge:a', 3, 'firing').id]);
});

test('a group of many: fifty are shown, the others counted; the ends of all are told', () => {
  const names = Array.from({ length: 120 }, (_, index) => `surge:c${index}`);
  const steps = inOrder(names.flatMap((name) => script(`0 ${name}+`, `1000 ${name}-`)));
  const told = notificationsOf(play(policyOf(), steps, HOUR));
  expect(told.map(({ alerts, leftOut, status }) => [status, alerts.length, leftOut])).toEqual([
    ['firing', 50, 70],
    ['resolved', 50, 70],
    ['resolved', 50, 20],
    ['resolved', 20, 0],
  ]);
  const ended = told.slice(1).flatMap(({ alerts }) => alerts.filter(({ state }) => state === 'resolved'));
  expect(new Set(ended.map(({ id }) => id)).size).toBe(120);
});

test.each<[string, number, number, number]>([
  ['every minute, half of it on', 60, 30, 9],
  ['every other minute', 120, 60, 9],
  ['for five seconds of each minute', 60, 5, 9],
  ['every ten minutes', 600, 300, 14],
  ['every hour', 3_600, 1_800, 20],
])('a rule that flaps %s for a day', (_why, periodS, onS, most) => {
  const steps: Step[] = [];
  for (let atS = 0; atS < DAY; atS += periodS)
    steps.push(
      { atS, alert: alertOf('surge', atS, 'firing') },
      { atS: atS + onS, alert: alertOf('surge', atS, 'resolved', atS + onS) },
    );
  const told = notificationsOf(play(policyOf(), steps, 2 * DAY));
  expect(told.length).toBeLessThanOrEqual(most);
  expect(Date.parse(told[0]?.at ?? '')).toBeLessThanOrEqual(ms(MINUTE));
  expect(told.at(-1)?.status).toBe('resolved');
});
