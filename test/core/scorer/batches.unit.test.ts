/** Goal: which scored messages stand together, under which name, byte for byte. */
import { expect, test } from 'vitest';
import type { OutboundMessage } from '../../../src/core/bus/bus.port.ts';
import { batchOfOne, joinScored } from '../../../src/core/scorer/batches.ts';
import { outputConfig } from '../../../src/core/scorer/output.config.ts';

const PAYLOAD_BYTES_MAX = 1_048_576;

type Options = Parameters<typeof joinScored>[2];

function optionsOf(batches: Readonly<Record<string, object>>, payloadBytesMax = PAYLOAD_BYTES_MAX): Options {
  const parsed = Object.entries(batches).map(([name, batch]) => {
    const config = outputConfig.parse({ batch }).batch;
    if (!config) throw new Error('no batch');
    return [name, config] as const;
  });
  return { batches: new Map(parsed), payloadBytesMax };
}

const scored = (
  id: string,
  pipeline = 'p',
  data: string | Uint8Array = `{"id":"${id}"}`,
): OutboundMessage => ({
  ...{ subject: `earshot.scored.${pipeline}.chat.neutral`, data, id: `${pipeline}:${id}` },
});
const text = ({ data }: OutboundMessage) =>
  typeof data === 'string' ? data : new TextDecoder().decode(data);

/** Of each message its subject and its lines; `inputs`: the outputs of each input. */
function join(inputs: readonly (readonly OutboundMessage[])[], options: Options) {
  const outputs = inputs.flat();
  const owners = inputs.flatMap((own, at) => {
    const input = { place: `${at + 7}.1000`, isSingle: own.length === 1 };
    return own.map(() => input);
  });
  const { messages, carried } = joinScored(outputs, owners, options);
  const shown = messages.map((message) => [
    message.subject.slice('earshot.'.length),
    ...text(message).split('\n'),
  ]);
  return { messages, carried, shown };
}

test('what one input scores is one batch: a line each, under a name of its own, marked as NDJSON', () => {
  const { messages, carried } = join([['a', 'b', 'c'].map((id) => scored(id))], optionsOf({ p: {} }));
  expect(messages).toEqual([
    {
      subject: 'earshot.scored.p.batch',
      data: new TextEncoder().encode('{"id":"a"}\n{"id":"b"}\n{"id":"c"}'),
      id: 'p:batch:7.1000.0',
      headers: { 'Content-Type': 'application/x-ndjson' },
    },
  ]);
  expect(carried).toEqual([[0, 1, 2]]);
});

const dropped: OutboundMessage = { subject: 'earshot.dropped.p.duplicate', data: '{}', id: 'd' };
const routed: OutboundMessage = { subject: 'earshot.route.p.urgent', data: '{}', id: 'r' };
const dead: OutboundMessage = { subject: 'earshot.dead.invalid_json', data: '{', id: 'x' };
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id) => `{"id":"${id}"}`) as [string, string, string, string];

type Row = readonly [
  what: string,
  inputs: readonly (readonly OutboundMessage[])[],
  batch: object,
  shown: readonly (readonly string[])[],
];
test.each<Row>([
  ['nothing', [], {}, []],
  ['an input that scores nothing', [[], []], {}, []],
  ['one message is a batch of one', [[scored('a')]], {}, [['scored.p.batch', a]]],
  [
    'each input by itself',
    [[scored('a'), scored('b')], [scored('c')]],
    {},
    [
      ['scored.p.batch', a, b],
      ['scored.p.batch', c],
    ],
  ],
  [
    'gathered: inputs together',
    [[scored('a'), scored('b')], [scored('c')]],
    { gather: true },
    [['scored.p.batch', a, b, c]],
  ],
  [
    'as many as may be',
    [['a', 'b', 'c', 'd'].map((id) => scored(id))],
    { messagesMax: 3 },
    [
      ['scored.p.batch', a, b, c],
      ['scored.p.batch', d],
    ],
  ],
  [
    'everything else stays alone, and divides nothing',
    [[scored('a'), routed, dead, scored('b'), dropped]],
    {},
    [
      ['route.p.urgent', '{}'],
      ['dead.invalid_json', '{'],
      ['dropped.p.duplicate', '{}'],
      ['scored.p.batch', a, b],
    ],
  ],
  [
    'pipelines apart; one without batches publishes as ever',
    [[scored('a'), scored('a', 'q'), scored('a', 'other'), scored('b'), scored('b', 'q')]],
    {},
    [
      ['scored.other.chat.neutral', a],
      ['scored.p.batch', a, b],
      ['scored.q.batch', a, b],
    ],
  ],
])('%s', (_what, inputs, batch, shown) => {
  const joined = join(inputs, optionsOf({ p: batch, q: batch }));
  expect(joined.shown).toEqual(shown);
  expect(joined.carried.flat().sort((left, right) => left - right)).toEqual([...inputs.flat().keys()]);
});

test('a batch closes before it is too large for the bus; a line that is too large for any stands alone', () => {
  const line = (id: string, bytes: number) => scored(id, 'p', `"${'x'.repeat(bytes - 2)}"`);
  const sizes = (payloadBytesMax: number, ...bytes: number[]) => {
    const outputs = bytes.map((size, at) => line(String(at), size));
    return join([outputs], optionsOf({ p: {} }, payloadBytesMax)).messages.map(({ data }) => data.length);
  };
  expect(sizes(2_024, 400, 400, 400, 400)).toEqual([801, 801]);
  expect(sizes(2_024, 499, 500, 10)).toEqual([1_000, 10]); // To the byte.
  expect(sizes(2_024, 500, 500, 10)).toEqual([500, 511]);
  expect(sizes(2_024, 10, 3_000, 10)).toEqual([10, 3_000, 10]);
  expect(sizes(500, 10, 10)).toEqual([10, 10]); // A bus that takes next to nothing.
  expect(sizes(PAYLOAD_BYTES_MAX, 200_000, 62_143, 1_000)).toEqual([262_144, 1_000]); // 256 KiB, whatever the bus takes.
});

test('a name is made of the place of the first line: an input makes the same names again, whatever is left of it', () => {
  const namesOf = (batch: object, ...inputs: OutboundMessage[][]) =>
    join(inputs, optionsOf({ p: batch, q: batch })).messages.flatMap(({ subject, id }) =>
      subject.endsWith('.batch') ? [id] : [],
    );
  const [one, two, three] = ['a', 'b', 'c'].map((id) => scored(id)) as [
    OutboundMessage,
    OutboundMessage,
    OutboundMessage,
  ];
  expect(namesOf({}, [one, two, three])).toEqual(['p:batch:7.1000.0']);
  expect(namesOf({}, [dead, one, three])).toEqual(['p:batch:7.1000.0']);
  expect(namesOf({}, [one, dropped])).toEqual(['p:batch:7.1000.0']);
  expect(namesOf({ messagesMax: 2 }, [one, two, three])).toEqual(['p:batch:7.1000.0', 'p:batch:7.1000.2']);
  expect(namesOf({}, [one, two, scored('a', 'q'), scored('b', 'q')])).toEqual([
    'p:batch:7.1000.0',
    'q:batch:7.1000.0',
  ]);
  // The only message of its input is known by its own id, from whichever input it comes.
  expect(namesOf({}, [one], [two, three], [three])).toEqual(['p:a', 'p:batch:8.1000.0', 'p:c']);
  // Gathered otherwise it is another batch.
  const gathered = { gather: true };
  expect(namesOf(gathered, [one], [two, three])).toEqual(['p:batch:7.1000.0-8.1000.1']);
  expect(namesOf(gathered, [one], [two])).toEqual(['p:batch:7.1000.0-8.1000.0']);
  expect(namesOf({ ...gathered, messagesMax: 2 }, [one, two, three], [one])).toEqual([
    'p:batch:7.1000.0',
    'p:batch:7.1000.2-8.1000.0',
  ]);
});

test('a batch of one is what is published of a message alone, marked as NDJSON', () => {
  const [message] = join([[scored('a')]], optionsOf({ p: {} })).messages;
  expect(message).toEqual({
    ...scored('a'),
    subject: 'earshot.scored.p.batch',
    headers: { 'Content-Type': 'application/x-ndjson' },
  });
  expect(batchOfOne(scored('a'))).toEqual(message);
});

test('from a thread payloads come as bytes: the same batches', () => {
  const strings = [scored('a'), scored('b', 'p', '{"text":"né ☃"}'), scored('c')];
  const bytes = strings.map((one) => ({ ...one, data: new TextEncoder().encode(text(one)) }));
  const options = optionsOf({ p: { messagesMax: 2 } });
  const all = ({ messages }: ReturnType<typeof join>) => messages.map((one) => ({ ...one, data: text(one) }));
  expect(all(join([bytes], options))).toEqual(all(join([strings], options)));
});

test.each([
  { messagesMax: 1 },
  { messagesMax: 1_001 },
  { messagesMax: 2.5 },
  { bytesMax: 5 },
  { gather: 'yes' },
])('refused: %j', (batch) => expect(outputConfig.safeParse({ batch }).success).toBe(false));

test('off unless it is asked for', () => {
  expect(outputConfig.parse({})).toEqual({});
  expect(outputConfig.parse({ batch: {} })).toEqual({ batch: { messagesMax: 50, gather: false } });
});
