/** Goal: CloudEvents 1.0 around a message, structured, in an array, and in binary mode by the NATS binding. */
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/core/message/codec.ts';
import type { Decoded } from '../../../src/core/message/codec.ts';
import type { BusHeaders } from '../../../src/core/bus/bus.port.ts';

const TIME = '2026-11-20T10:11:12Z';
const MS = Date.parse(TIME);
const EVENT = { specversion: '1.0', id: 'e1', source: '/shop/reviews', type: 'review.created', time: TIME };

function run(payload: unknown, headers?: BusHeaders): Decoded[] {
  const data = new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload));
  return decode(data, {
    subject: 'earshot.in.feed.town',
    arrivalMs: MS + 1_000,
    futureSkewMaxMs: 0,
    ...(headers && { headers }),
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('structured', () => {
  test.each<[string, object, object]>([
    [
      'data is the message',
      { data: { text: 'hi' } },
      {
        id: 'e1',
        time: MS,
        source: '/shop/reviews',
        channel: 'town',
        text: 'hi',
        extra: { 'ce.type': 'review.created' },
      },
    ],
    [
      'data says it itself',
      { data: { id: 'd1', time: MS - 5_000, source: 'mine' } },
      { id: 'd1', time: MS - 5_000, source: 'mine' },
    ],
    ['data is a text', { data: 'a < b', datacontenttype: 'text/plain' }, { id: 'e1', text: 'a < b' }],
    ['data is HTML', { data: '<p>a</p>b', datacontenttype: 'text/html; charset=utf-8' }, { text: 'a\nb' }],
    ['data is a number', { data: 9 }, { text: '9' }],
    ['base64 JSON', { data_base64: base64('{"text":"hé"}') }, { id: 'e1', text: 'hé' }],
    ['base64 text', { data_base64: base64('hé'), datacontenttype: 'text/plain' }, { text: 'hé' }],
    [
      'extensions are kept',
      { data: {}, traceparent: '00-a', subject: 's' },
      { extra: { 'ce.type': 'review.created', 'ce.traceparent': '00-a', 'ce.subject': 's' } },
    ],
    ['data null', { data: null }, { id: 'e1', text: '' }],
  ])('%s', (_why, more, expected) => {
    expect(run({ ...EVENT, ...more })).toMatchObject([{ kind: 'message', message: expected }]);
  });

  test('no data: an event when the content type says so, else a message with unknown fields', () => {
    expect(run(EVENT, { 'content-type': 'application/cloudevents+json' })).toMatchObject([
      { message: { id: 'e1', extra: { 'ce.type': 'review.created' } } },
    ]);
    expect(run(EVENT)).toMatchObject([
      { message: { id: 'e1', extra: { type: 'review.created', specversion: '1.0' } } },
    ]);
  });

  test.each<[string, object, string]>([
    ['data is a list', { data: [] }, 'not_an_object'],
    ['base64 that is none', { data_base64: '***' }, 'bad_field'],
    ['base64 of no JSON', { data_base64: base64('{') }, 'invalid_json'],
    ['base64 of no UTF-8', { data_base64: '//8=', datacontenttype: 'text/plain' }, 'invalid_utf8'],
    ['a time that is none', { time: 'noon', data: {} }, 'bad_time'],
  ])('dead: %s', (_why, more, reason) => {
    expect(run({ ...EVENT, ...more })).toMatchObject([{ kind: 'dead', reason }]);
  });

  test('a batch', () => {
    const batch = [1, 2].map((n) => ({ ...EVENT, id: `e${n}`, data: { text: `t${n}` } }));
    expect(run(batch, { 'content-type': 'application/cloudevents-batch+json' })).toMatchObject([
      { message: { id: 'e1', text: 't1' } },
      { message: { id: 'e2', text: 't2' } },
    ]);
  });
});

describe('binary', () => {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'e1',
    'ce-source': '/caf%C3%A9',
    'ce-type': 't',
    'ce-time': TIME,
    'nats-msg-id': 'x',
  };

  test.each<[string, string, BusHeaders, object]>([
    [
      'JSON data',
      '{"text":"hi"}',
      {},
      { id: 'e1', time: MS, source: '/café', text: 'hi', extra: { 'ce.type': 't' } },
    ],
    ['data says it itself', '{"id":"d1"}', {}, { id: 'd1' }],
    [
      'a text over two lines',
      'hi\n{"id":1}',
      { 'content-type': 'text/plain' },
      { id: 'e1', text: 'hi\n{"id":1}' },
    ],
    ['the type by the attribute', '<b>hi</b>', { 'ce-datacontenttype': 'text/html' }, { text: 'hi' }],
    ['a quoted header', '{}', { 'ce-source': '"a \\" b"' }, { source: 'a " b' }],
  ])('%s', (_why, payload, more, expected) => {
    expect(run(payload, { ...headers, ...more })).toMatchObject([{ kind: 'message', message: expected }]);
  });

  test('the id of one event does not name several messages', () => {
    expect(run('{"text":"a"}\n{"text":"b"}', headers)).toMatchObject([
      { reason: 'missing_id' },
      { reason: 'missing_id' },
    ]);
  });

  test('two events with the same data are two engagements', () => {
    const payload = '{"id":"p","kind":"engagement","engagement":{"likes":1,"mode":"delta"}}';
    const versions = ['e1', 'e2', 'e2'].map((id) => {
      const [one] = run(payload, { ...headers, 'ce-id': id });
      return one?.kind === 'message' ? one.message.version : '';
    });
    expect(versions[0]).not.toBe(versions[1]);
    expect(versions[1]).toBe(versions[2]);
  });

  test('a header that is not percent-encoded UTF-8', () => {
    expect(run('{}', { ...headers, 'ce-source': '%C0%A0' })).toMatchObject([
      { kind: 'dead', reason: 'bad_field', detail: expect.stringContaining('ce-source') as string },
    ]);
  });
});
