/** Goal: a matcher that can match nothing in its pipeline is pointed at, and no other. */
import { expect, test } from 'vitest';
import { matcherWarnings } from '../../../src/core/notify/matcher-warnings.ts';
import { configOf } from '../../support/pipelines.ts';

const ALERTS = [
  { name: 'brand-surge', when: 'volume > 1', over: '1m', severity: 'page' },
  { name: 'channel-surge', when: 'volume > 1', over: '1m', severity: 'ticket', groupBy: ['channel'] },
];
const warningsOf = (notify: object, alerts: object[] = ALERTS) =>
  matcherWarnings(configOf({ name: 'acme', alerts, notify })).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );
const mute = (...matchers: string[]) => ({ mute: [{ matchers, from: '01:00', to: '02:00' }] });

test.each<[matchers: string[], warnings: string[]]>([
  [['rule=brand-surge'], []],
  [['rule=~".*-surge"', 'severity=ticket', 'channel=web'], []],
  [['channel!~"web|app"', 'pipeline=acme'], []],
  [['channel=""', 'rule=brand-surge'], []],
  [
    ['rule=brand-surg'],
    ["0: matcher 'rule=brand-surg' names no rule of this pipeline; there are brand-surge, channel-surge"],
  ],
  [
    ['rule!=brand-surg'],
    ["0: matcher 'rule!=brand-surg' names no rule of this pipeline; there are brand-surge, channel-surge"],
  ],
  [
    ['rule=brand-surge', 'rule=~"drop.*"'],
    ["1: matcher 'rule=~drop.*' names no rule of this pipeline; there are brand-surge, channel-surge"],
  ],
  [
    ['severity=notify'],
    ["0: matcher 'severity=notify' names no severity of this pipeline; there are page, ticket"],
  ],
  [['pipeline=other'], ["0: matcher 'pipeline=other' names no pipeline of this pipeline, which is 'acme'"]],
  [
    ['channel=Web Chat'],
    ["0: matcher 'channel=Web Chat' names no channel of this pipeline: it would be written 'web_chat'"],
  ],
])('%j', (matchers, warnings) => {
  expect(warningsOf(mute(...matchers))).toEqual(warnings.map((one) => `notify.mute.0.matchers.${one}`));
});

test('each alone is there, together they are of no rule', () => {
  expect(warningsOf(mute('rule=brand-surge', 'severity=ticket'))).toEqual([
    'notify.mute.0.matchers: no alert of this pipeline has all of these labels: no rule matches them all',
  ]);
});

test('a channel where no rule tells channels apart', () => {
  expect(warningsOf(mute('channel=web'), ALERTS.slice(0, 1))).toEqual([
    "notify.mute.0.matchers.0: matcher 'channel=web' names no channel of this pipeline: no rule has it in its groupBy, so that alerts do not carry it",
  ]);
});

test('source and target of an inhibition', () => {
  const inhibit = [
    { source: ['rule=brand-surg'], target: ['rule=channel-surge', 'severity=pag'], equal: [] },
  ];
  expect(warningsOf({ inhibit }).map((one) => one.split(': ')[0])).toEqual([
    'notify.inhibit.0.source.0',
    'notify.inhibit.0.target.1',
  ]);
});

test('everything is matched by no matcher at all', () => {
  expect(warningsOf(mute())).toEqual([]);
});
