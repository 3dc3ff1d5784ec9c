/** Goal: a message read in one pass is the one that the careful reader makes of it, and is written as that is written. The careful
 *  reader is asked by a space behind the first brace, which says nothing and is not plain. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decode, encodeMessage } from '../../../src/core/message/codec.ts';
import { JsonWriter } from '../../../src/core/message/json-writer.ts';
import { readPlain, writePlain } from '../../../src/core/message/plain.ts';

const context = { subject: 'earshot.in.feed.town', arrivalMs: Date.UTC(2100, 0), futureSkewMaxMs: 0 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const plainOf = (json: string) => readPlain(encoder.encode(json), json, context);

function carefully(json: string) {
  const [read] = decode(encoder.encode(json.replace('{', '{ ')), context);
  return read;
}

function agrees(json: string): boolean {
  const read = plainOf(json);
  if (read?.plain === undefined) return false;
  const careful = carefully(json);
  expect(careful).toEqual({ kind: 'message', message: read.message, clamped: false });
  if (careful?.kind !== 'message') throw new Error(`a dead letter: ${json}`);
  const writer = new JsonWriter();
  writer.begin();
  writePlain(writer, read.plain);
  expect(decoder.decode(writer.written())).toBe(encodeMessage(careful.message));
  return true;
}

const nearly = fc.oneof(
  fc.stringMatching(/^[a-z0-9_-]{1,12}$/),
  fc.stringMatching(/^[ -~]{0,12}$/),
  fc.constantFrom(
    'und',
    'en',
    'http://a.b',
    'HTTPS://A',
    '@anna',
    '#tag',
    ' a',
    'a ',
    '',
    '<b>',
    '&amp;',
    'é',
    'e\u0301',
  ),
  fc.constantFrom('👩🏽', '\u00a0x', '\u200b', 'create', 'edit', '0', '1', 'true', '\n', '"', '\\'),
);
const amount = fc.oneof(
  fc.nat(),
  fc.maxSafeNat(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(-0, 1e15, 1e-7),
);
const anything = fc.oneof(
  nearly,
  amount,
  fc.boolean(),
  fc.constant(null),
  fc.array(nearly, { maxLength: 3 }),
);
const usual = {
  id: fc.oneof(nearly, fc.stringMatching(/^[!-~]{1,30}$/)),
  version: fc.constantFrom('0', '1', 0),
  kind: fc.constantFrom('create', 'edit'),
  time: fc.oneof(fc.integer({ min: 1e11, max: 5e12 }), fc.nat(), fc.constant('2026-01-02T03:04:05Z')),
  channel: fc.oneof(fc.stringMatching(/^[a-z0-9_-]{1,66}$/), nearly),
  source: nearly,
  text: fc.oneof(
    fc.array(nearly, { maxLength: 8 }).map((words) => words.join(' ')),
    nearly,
    fc.string({ unit: 'grapheme' }),
  ),
  lang: nearly,
  url: fc.oneof(nearly, fc.webUrl()),
  tags: fc.array(nearly, { maxLength: 4 }),
  conversation: nearly,
  replyTo: nearly,
  repostOf: nearly,
  campaign: nearly,
  mentions: fc.array(nearly, { maxLength: 2 }),
};
const author = fc.record(
  { id: nearly, handle: nearly, name: nearly, followers: amount, verified: fc.boolean(), bot: fc.boolean() },
  { requiredKeys: [] },
);
const engagement = fc.record(
  { likes: amount, replies: amount, views: amount, mode: nearly },
  { requiredKeys: [] },
);

const whole = {
  id: 'm-1',
  time: 1_700_000_000_000,
  channel: 'social',
  source: 'a source',
  author: { id: 'u1', handle: 'anna_b', name: 'Anna B.', followers: 12, verified: true },
  text: 'late again, @skylineair',
  lang: 'en',
  url: 'https://social.example/1',
  tags: ['skyline', 'late'],
  engagement: { likes: 3, reposts: 0, replies: 1, quotes: 0, views: 1_200 },
  conversation: 'c-1',
  replyTo: 'm-0',
  repostOf: 'm-00',
  campaign: 'spring',
};
const text = JSON.stringify(whole);

/** Usual messages of which up to two fields are something else, in any order; now and then with one more. */
const json = fc
  .tuple(
    fc.shuffledSubarray(Object.keys(whole), { minLength: 8 }),
    fc
      .record({ ...usual, author, engagement })
      .chain((other) => fc.subarray(Object.entries(other), { maxLength: 2 })),
    fc.array(fc.tuple(fc.constantFrom('id', 'text', 'author', 'other', '__proto__'), anything), {
      maxLength: 1,
      size: 'xsmall',
    }),
  )
  .map(([names, changed, extra]) => {
    const fields = { ...whole, ...Object.fromEntries(changed) };
    const entries = Object.entries(fields).sort(([a], [b]) => names.indexOf(a) - names.indexOf(b));
    return `{${[...entries, ...extra].map(member).join(',')}}`;
  });
const member = ([name, value]: readonly [string, unknown]) =>
  `${JSON.stringify(name)}:${JSON.stringify(value)}`;

test('any message, plain or nearly', () => {
  let plain = 0;
  fc.assert(
    fc.property(json, (text) => {
      if (agrees(text)) plain += 1;
    }),
    { numRuns: 4_000 },
  );
  expect(plain).toBeGreaterThan(100); // Else nothing was compared.
});

test.each([
  ['all fields', text],
  ['in another order', JSON.stringify(Object.fromEntries(Object.entries(whole).reverse()))],
  ['as Earshot itself writes it', JSON.stringify({ ...whole, version: '0', kind: 'create' })],
  ['a text beyond ASCII, in NFC', JSON.stringify({ ...whole, text: 'tout est prêt 👩🏽‍🚀' })],
])('%s: plain', (_, given) => {
  expect(agrees(given)).toBe(true);
});

test('what is not plain leaves no wrong name behind', () => {
  const beyond = { ...whole, text: 'prêt', lang: 'pt', tags: ['tarde'], url: undefined };
  expect(plainOf(JSON.stringify({ ...beyond, campaign: 'verão' }))).toBeUndefined();
  expect(agrees(JSON.stringify(beyond))).toBe(true);
});

test.each([
  ['white space', text.replace(',', ', ')],
  ['something behind it', `${text}x`],
  ['an object without end', text.slice(0, -1)],
  ['an escape', text.replace('late again', String.raw`late \u0061gain`)],
  ['markup', text.replace('late again', '<b>late</b>')],
  ['a text not in NFC', JSON.stringify({ ...whole, text: 'e\u0301' })],
  ['beyond ASCII elsewhere', JSON.stringify({ ...whole, source: 'büro' })],
  ['a field twice', text.replace('"lang"', '"id":"other","lang"')],
  ['a field that is unknown', text.replace('"lang"', '"mood":"good","lang"')],
  ['no id', text.replace('"id":"m-1",', '')],
  ['a later version', JSON.stringify({ ...whole, version: '2' })],
  ['an edit', JSON.stringify({ ...whole, kind: 'edit' })],
  ['a time in the future', JSON.stringify({ ...whole, time: context.arrivalMs + 1 })],
  ['a time in seconds', JSON.stringify({ ...whole, time: 1_700_000_000 })],
  ['a fraction', text.replace('"followers":12', '"followers":12.5')],
  ['a number with a zero before it', text.replace('"followers":12', '"followers":012')],
  ['null', text.replace('"late"]', 'null]')],
])('%s: not plain', (_, given) => {
  expect(plainOf(given)).toBeUndefined();
});
