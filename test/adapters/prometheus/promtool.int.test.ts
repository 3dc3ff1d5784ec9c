/** Goal: Prometheus' own linter accepts what we expose, empty and full; and it would say so if it did not. */
import { expect, test } from 'vitest';
import { createMetrics } from '../../../src/adapters/prometheus/metrics.ts';
import { promtool } from '../../support/promtool.ts';

const check = (body: string) => promtool(['check', 'metrics'], body);

test('an exposition with no sample yet', async () => {
  const { body } = await createMetrics().render();
  expect(check(body)).toEqual({ status: 0, output: '' });
});

test('an exposition with samples of every type', async () => {
  const { telemetry, render } = createMetrics();
  telemetry({ type: 'received', deliveries: 3, bytes: 900, redelivered: 1 });
  telemetry({ type: 'dead', reason: 'a "quoted"\nreason', messages: 1 });
  telemetry({ type: 'backlog', consumer: 'scorer', pending: 10, unacknowledged: 4 });
  telemetry({ type: 'stage_time', stage: 'decode', seconds: 0.01, messages: 10 });
  telemetry({
    ...({ type: 'scored', pipeline: 'skyline', channel: 'chat', label: 'negative' } as const),
    scores: [-1, 0, 1],
    lagSeconds: [0.1, 3, 4e9],
  });
  expect(check((await render()).body)).toEqual({ status: 0, output: '' });
});

test.each([
  ['a counter without _total', '# HELP a_b x\n# TYPE a_b counter\na_b 1\n'],
  ['a gauge that ends in _total', '# HELP a_total x\n# TYPE a_total gauge\na_total 1\n'],
  ['what is no exposition', 'not { metrics\n'],
])('negative control: %s is refused', (_why, body) => {
  expect(check(body).status).not.toBe(0);
});
