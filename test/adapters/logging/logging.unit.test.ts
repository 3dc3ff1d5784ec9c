/** Goal: a log that a person can read while 20,000 messages a second pass: changes at once, floods summed up, traffic
 *  only at trace; every line complete in its destination when the call returns. */
import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLogSink } from '../../../src/adapters/logging/log-sink.ts';
import { createLogTelemetry } from '../../../src/adapters/logging/log-telemetry.ts';
import { createLogger } from '../../../src/adapters/logging/logger.ts';
import type { LogLevel } from '../../../src/adapters/logging/logger.ts';
import type { TelemetryEvent } from '../../../src/core/telemetry/telemetry.port.ts';
import { anAlert } from '../../support/alert.ts';
import { aNotification } from '../../support/notification.ts';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

function collect() {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const lines = () =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  return { destination, text: () => text, lines };
}

function logOf(level: LogLevel, events: readonly (readonly [atMs: number, event: TelemetryEvent])[]) {
  const { destination, lines } = collect();
  let nowMs = 0;
  const telemetry = createLogTelemetry(createLogger({ level, format: 'json', destination }), {
    nowMs: () => nowMs,
  });
  for (const [atMs, event] of events) {
    nowMs = atMs;
    telemetry(event);
  }
  return lines().map(({ level: at, msg, count }) => [at, msg, ...(count === undefined ? [] : [count])]);
}

const P = 'skyline';
const TRANSITION: TelemetryEvent = {
  ...({ type: 'alert_transition', pipeline: P, rule: 'surge', state: 'firing' } as const),
  ...{ reason: 'held_for', id: 'a/1', summary: '60% negative' },
};

test.each<[string, TelemetryEvent, string[] | undefined]>([
  ['bus up', { type: 'bus_status', connected: true, detail: 'nats://x' }, ['info', 'bus connected']],
  ['bus down', { type: 'bus_status', connected: false, detail: 'refused' }, ['warn', 'bus disconnected']],
  ['firing', TRANSITION, ['warn', 'alert firing: skyline/surge: 60% negative']],
  ['resolved', { ...TRANSITION, state: 'resolved' }, ['info', 'alert resolved: skyline/surge: 60% negative']],
  [
    'held',
    { type: 'alert_stays', pipeline: P, rule: 'surge', reason: 'held_by_keep_firing', alert: 'a' },
    ['info', 'alert held_by_keep_firing: skyline/surge'],
  ],
  [
    'not told',
    { type: 'notify_decision', pipeline: P, rule: 'surge', reason: 'silenced', alert: 'a' },
    ['info', 'notify silenced: skyline/surge'],
  ],
  ['started', { type: 'lifecycle', phase: 'started', detail: 'score' }, ['info', 'started: score']],
  ['stopped', { type: 'lifecycle', phase: 'stopped', detail: '' }, ['info', 'stopped']],
  [
    'reload applied',
    { type: 'config_reload', outcome: 'applied' },
    ['info', 'pipeline files: reload applied'],
  ],
  [
    'reload refused',
    { type: 'config_reload', outcome: 'refused' },
    ['error', 'pipeline files: reload refused'],
  ],
  ['reload of nothing', { type: 'config_reload', outcome: 'unchanged' }, undefined],
  ['snapshot saved', { type: 'snapshot', pipeline: P, outcome: 'saved', bytes: 9 }, undefined],
  ['snapshot loaded', { type: 'snapshot', pipeline: P, outcome: 'loaded' }, ['info', 'snapshot loaded']],
  ['snapshot refused', { type: 'snapshot', pipeline: P, outcome: 'refused' }, ['warn', 'snapshot refused']],
  ['snapshot failed', { type: 'snapshot', pipeline: P, outcome: 'failed' }, ['error', 'snapshot failed']],
  [
    'notification rejected',
    { type: 'notification', sink: 'webhook', outcome: 'rejected', detail: '404' },
    ['error', 'notification rejected: webhook'],
  ],
  ['notification delivered', { type: 'notification', sink: 'webhook', outcome: 'delivered' }, undefined],
  ['traffic', { type: 'received', deliveries: 1, bytes: 1, redelivered: 0 }, undefined],
  ['late', { type: 'late', pipeline: P, outcome: 'dropped', messages: 1 }, undefined],
  ['versions', { type: 'versions', pipeline: P, outcome: 'too_late', messages: 1 }, undefined],
])('at info, %s', (_why, event, line) => {
  expect(logOf('info', [[0, event]])).toEqual(line === undefined ? [] : [line]);
});

describe('floods', () => {
  const dead = (reason: string, messages: number): TelemetryEvent => ({
    ...{ type: 'dead', reason, messages, example: 'x'.repeat(10_000) },
  });
  const tick: TelemetryEvent = { type: 'decoded', messages: 1 };

  test('the first is said at once, the rest once in ten seconds, per kind', () => {
    const flood = Array.from({ length: 999 }, (_, i) => [i + 1, dead('not_json', 2)] as const);
    expect(
      logOf('info', [
        [0, dead('not_json', 5)],
        ...flood,
        [1_500, dead('too_large', 1)],
        [9_999, tick],
        [10_000, tick],
        [30_000, tick],
        [30_001, dead('not_json', 1)],
      ]),
    ).toEqual([
      ['warn', 'dead letters: not_json', 5],
      ['warn', 'dead letters: too_large', 1],
      ['warn', 'dead letters: not_json', 1_998],
      ['warn', 'dead letters: not_json', 1],
    ]);
  });

  test('what is held back is said before the end', () => {
    expect(
      logOf('info', [
        [0, dead('not_json', 1)],
        [1, dead('not_json', 3)],
        [2, { type: 'lifecycle', phase: 'stopped', detail: '' }],
      ]),
    ).toEqual([
      ['warn', 'dead letters: not_json', 1],
      ['warn', 'dead letters: not_json', 3],
      ['info', 'stopped'],
    ]);
  });

  test('kinds are bounded: beyond 1,000 they are one', () => {
    const kinds = Array.from({ length: 1_100 }, (_, i) => [0, dead(`r${i}`, 1)] as const);
    const lines = logOf('info', [...kinds, [10_000, tick]]);
    expect(lines).toHaveLength(1_002);
    expect(lines.slice(-2)).toEqual([
      ['warn', 'lines of further kinds', 1],
      ['warn', 'lines of further kinds', 99],
    ]);
  });

  test('an example is cut to 200 characters', () => {
    const { destination, lines } = collect();
    createLogTelemetry(createLogger({ level: 'info', format: 'json', destination }))(dead('not_json', 1));
    expect(lines()[0]?.example).toBe('x'.repeat(200));
  });

  test.each<[TelemetryEvent, string]>([
    [{ type: 'limit_reached', limit: 'l', pipeline: P, count: 1 }, 'limit reached: l (pipeline skyline)'],
    [{ type: 'publish_retried', reason: 'timeout' }, 'publishes tried again: timeout'],
    [{ type: 'delivery_retried', deliveries: 1, error: 'e' }, 'deliveries given back'],
    [{ type: 'rule_failed', pipeline: P, rule: 'r', error: 'e' }, 'rule could not be evaluated: skyline/r'],
    [{ type: 'feed_client_dropped', reason: 'slow' }, 'feed clients dropped: slow'],
    [{ type: 'notification', sink: 'webhook', outcome: 'retried' }, 'notifications tried again: webhook'],
  ])('so are $type', (event, text) => {
    const lines = logOf('info', [
      [0, event],
      [1, event],
      [2, event],
      [10_000, tick],
    ]);
    expect(lines.map(([, msg, count]) => [msg, count])).toEqual([
      [text, 1],
      [text, 2],
    ]);
  });
});

test('at trace a scored batch is one line without its numbers', () => {
  const { destination, lines } = collect();
  const telemetry = createLogTelemetry(createLogger({ level: 'trace', format: 'json', destination }));
  telemetry({
    ...({ type: 'scored', pipeline: P, channel: 'chat', label: 'neutral' } as const),
    ...{ scores: [0, 0, 0], lagSeconds: [1, 1, 1] },
  });
  expect(lines()).toMatchObject([{ level: 'trace', msg: 'scored', channel: 'chat', messages: 3 }]);
  expect(lines()[0]).not.toHaveProperty('scores');
});

test('pretty is for people, and is written when the call returns', () => {
  const { destination, text } = collect();
  createLogger({ level: 'info', format: 'pretty', destination }).warn({ bus: 'nats://x' }, 'bus connected');
  expect(text()).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] WARN: bus connected\n {4}bus: "nats:\/\/x"\n$/);
});

test('the log sink says each alert of a notification in one line and has always delivered it', async () => {
  const { destination, lines } = collect();
  const sink = createLogSink(createLogger({ level: 'info', format: 'json', destination }));
  expect([sink.kind, sink.description]).toEqual(['log', 'log']);
  const alerts = [anAlert({ state: 'firing' }), anAlert({ state: 'resolved' })];
  expect(await sink.deliver(aNotification({ alerts }))).toEqual({ outcome: 'delivered' });
  await sink.close();
  const { id, summary } = anAlert({});
  expect(lines()).toMatchObject([
    {
      level: 'warn',
      msg: `alert firing: skyline/negative-surge: ${summary}`,
      notification: { id: aNotification({}).id, reason: 'first_notification' },
      alert: { id, state: 'firing' },
    },
    { level: 'info', msg: `alert resolved: skyline/negative-surge: ${summary}` },
  ]);
});
