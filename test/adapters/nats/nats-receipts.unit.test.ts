/** Goal: a receipt that is read without parsing says what parsing says. */
import { expect, test } from 'vitest';
import { NatsReceipts } from '../../../src/adapters/nats/nats-receipts.ts';
import { BusError } from '../../../src/core/bus/bus.port.ts';

/** As it stands among other bytes. */
const read = (receipts: NatsReceipts, text: string) =>
  receipts.read(Buffer.from(`1${text}}`), 1, 1 + Buffer.byteLength(text), 'a.b');

test.each([
  '{"stream":"A","seq":1}',
  '{"stream":"A", "seq":9007199254740}',
  '{"stream":"EARSHOT_SCORED", "seq":4711}',
  '{"stream":"A","seq":12,"duplicate":true}',
  '{"stream":"A", "duplicate": true, "seq":12}',
  '{"stream":"A","seq":12,"domain":"hub"}',
  '{"stream":"A","domain":"hub","seq":12}',
  '{"stream":"A","seq":1.5e3}',
  '{"stream":"A","seq":0}',
])('%s, said first, said again, and between others', (text) => {
  const { stream, seq, duplicate = false } = JSON.parse(text) as Record<string, unknown>;
  const expected = { stream, sequence: seq, duplicate };
  const receipts = new NatsReceipts();
  expect(read(receipts, text)).toEqual(expected);
  for (const other of ['{"stream":"A","seq":5}', '{"stream":"A", "seq":6}', '{"stream":"B","seq":7}'])
    read(receipts, other);
  expect(read(receipts, text)).toEqual(expected);
});

test('known or not, a refusal is one', () => {
  const receipts = new NatsReceipts();
  read(receipts, '{"stream":"A","seq":1}');
  const refused = read(
    receipts,
    '{"stream":"A","seq":0,"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"}}',
  );
  expect(refused).toBeInstanceOf(BusError);
});

test('of more streams than are remembered', () => {
  const receipts = new NatsReceipts();
  for (let at = 0; at < 40; at += 1)
    expect(read(receipts, `{"stream":"S${at % 20}","seq":${at + 1}}`)).toMatchObject({ sequence: at + 1 });
});

test.each([
  '',
  '+ACK',
  'null',
  '7',
  '[]',
  '{}',
  '{"stream":"A"}',
  '{"stream":"A","seq":"1"}',
  '{"error":"no"}',
  '{"seq":1}',
])('%j is no word of the broker', (text) => {
  const receipts = new NatsReceipts();
  expect(read(receipts, text)).toBeUndefined();
  read(receipts, '{"stream":"A","seq":1}');
  expect(read(receipts, text)).toBeUndefined();
});
