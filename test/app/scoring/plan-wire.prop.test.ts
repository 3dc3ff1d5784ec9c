/** Goal: what goes to the thread that plans and comes back is what was sent, whatever a plan holds. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packBatch, planPacker, unpackBatch, unpackPlan } from '../../../src/app/scoring/plan-wire.ts';
import type { OutboundMessage } from '../../../src/core/bus/bus.port.ts';
import type { Mark } from '../../../src/core/scorer/marks.ts';
import type { Plan, PlanInput } from '../../../src/core/scorer/scorer.ts';
import { SENTIMENT_LABELS } from '../../../src/core/sentiment/engine.port.ts';

const bytes = fc.uint8Array({ maxLength: 40 });
const name = fc.constantFrom('acme', 'rival');
const headers = fc.constantFrom(undefined, { 'ce-id': '1', 'ce-specversion': '1.0' });

const input: fc.Arbitrary<PlanInput> = fc.record({
  subject: fc.constantFrom('earshot.in.a.b', 'earshot.in.c.d'),
  data: bytes,
  headers,
  sequence: fc.nat(),
  storedAtMs: fc.nat(2 ** 42),
});

const output: fc.Arbitrary<OutboundMessage> = fc
  .record({
    subject: fc.constantFrom('earshot.scored.acme.chat.positive', 'earshot.dead.bad'),
    data: fc.oneof(fc.string({ unit: 'binary' }), bytes),
    id: fc.stringMatching(/^[!-~]{0,20}$/),
    headers,
  })
  .map(({ headers: given, ...rest }) => (given === undefined ? rest : { ...rest, headers: given }));

const place = fc.constantFrom(undefined, 0, 1, 2);
const scored: fc.Arbitrary<Mark> = fc.record({
  type: fc.constant('scored'),
  pipeline: name,
  channel: name,
  label: fc.constantFrom(...SENTIMENT_LABELS),
  score: fc.double({ min: -1, max: 1, noNaN: true }),
  timeMs: fc.integer({ min: -(2 ** 43), max: 2 ** 43 }),
  routes: fc.array(name, { maxLength: 2 }),
  output: place,
});
const other: fc.Arbitrary<Mark> = fc.record({
  type: fc.constant('dropped'),
  pipeline: name,
  reason: name,
  output: place,
});

const plan: fc.Arbitrary<Plan> = fc.record({
  deliveries: fc.array(
    fc.record({
      outputs: fc.array(output, { maxLength: 3 }),
      marks: fc.array(fc.oneof({ weight: 4, arbitrary: scored }, other), { maxLength: 2 }),
    }),
    { maxLength: 8 },
  ),
  events: fc.constant([{ type: 'decoded', messages: 3 }]),
});

const encoder = new TextEncoder();
const asBytes = (given: Plan) => ({
  ...given,
  deliveries: given.deliveries.map(({ outputs, marks }) => ({
    marks,
    outputs: outputs.map((one) => ({
      ...one,
      data: typeof one.data === 'string' ? encoder.encode(one.data) : one.data,
    })),
  })),
});

test('a batch arrives as it was sent', () => {
  fc.assert(
    fc.property(fc.array(input, { maxLength: 8 }), (batch) => {
      expect(unpackBatch(structuredClone(packBatch(batch)))).toEqual(batch);
    }),
  );
});

test('a plan arrives as it was made, and one after the other does not disturb it', () => {
  const pack = planPacker();
  fc.assert(
    fc.property(plan, plan, (first, second) => {
      const packed = [first, second].map(pack);
      expect(packed.map((one) => unpackPlan(structuredClone(one)))).toEqual([first, second].map(asBytes));
    }),
  );
});

test('a plan larger than the room that was made for plans arrives whole', () => {
  const data = 'é'.repeat(300_000);
  const large: Plan = { deliveries: [{ outputs: [{ subject: 's', data, id: '1' }], marks: [] }], events: [] };
  const sent = unpackPlan(planPacker()(large)).deliveries[0]?.outputs[0]?.data as Uint8Array;
  expect(new TextDecoder().decode(sent) === data).toBe(true);
});

test('what the broker itself writes into headers stays behind', () => {
  const data = new Uint8Array();
  const [only] = unpackBatch(
    packBatch([{ subject: 's', data, sequence: 1, storedAtMs: 1, headers: { 'nats-msg-id': 'a' } }]),
  );
  expect(only?.headers).toBeUndefined();
});
