/** Goal: what holds for every input. A failure prints its seed; `fc.assert(…, { seed, path })` replays it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { subjectToken } from '../../../src/core/bus/subjects.ts';
import { decode, encodeMessage } from '../../../src/core/message/codec.ts';
import type { Decoded } from '../../../src/core/message/codec.ts';
import { DEAD_REASONS } from '../../../src/core/message/dead.ts';
import { isIdentifier } from '../../../src/core/message/fields.ts';
import { MESSAGE_LIMITS } from '../../../src/core/message/limits.ts';
import { MESSAGE_KINDS } from '../../../src/core/message/message.ts';
import type { Message } from '../../../src/core/message/message.ts';
import { normalizeLine, normalizeText } from '../../../src/core/message/text.ts';

const context = { subject: 'earshot.in.feed.town', arrivalMs: Date.UTC(2100, 0), futureSkewMaxMs: 0 };
const bytes = (text: string) => new TextEncoder().encode(text);
const messages = (decoded: Decoded[]) =>
  decoded.flatMap((one) => (one.kind === 'message' ? [one.message] : []));

/** Strings with what hurts: marks, joiners, surrogates, controls, markup. */
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom(
        '<p>',
        '</p>',
        '<br>',
        '<',
        '&amp;',
        '&#x41;',
        '\u0301',
        '\u0344',
        '\u0958',
        '\u200d',
        '\u200b',
        '\ud800',
      ),
      fc.constantFrom(
        '\r',
        '\n',
        '\t',
        '\u00a0',
        '\u202e',
        '👩',
        '🏽',
        'é',
        '#',
        '@',
        'İ',
        '\u1100',
        '\u1161',
      ),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(''));

const identifier = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((text) => isIdentifier(text, 256));
const line = nasty
  .map(normalizeLine)
  .filter((text) => text !== '' && text.length <= MESSAGE_LIMITS.lineCharsMax);
const item = line.map((text) => text.replace(/^[\s#＃@＠]+/, '')).filter((text) => text !== '');
const list = fc.uniqueArray(item, { minLength: 1, maxLength: 4 });
const url = fc.webUrl({ withQueryParameters: true });
const count = fc.nat();

const message = fc.record(
  {
    id: identifier,
    version: identifier,
    kind: fc.constantFrom(...MESSAGE_KINDS),
    time: fc.nat({ max: context.arrivalMs }),
    channel: nasty.map(subjectToken),
    source: line,
    text: nasty.map((text) => normalizeText(text, 'auto')),
    conversation: identifier,
    replyTo: identifier,
    author: fc.record(
      {
        id: identifier,
        handle: item,
        name: line,
        followers: count,
        bot: fc.boolean(),
        role: fc.constantFrom('agent', 'customer'),
      },
      { requiredKeys: ['id'] },
    ),
    lang: fc.constantFrom('en', 'de', 'fil'),
    url,
    tags: list,
    mentions: list,
    links: fc.uniqueArray(url, { minLength: 1, maxLength: 3 }),
    engagement: fc.record(
      { likes: count, views: count, mode: fc.constantFrom('snapshot', 'delta') },
      { requiredKeys: ['likes'] },
    ),
    survey: fc.constant({ type: 'nps', score: 9 }),
    extra: fc.dictionary(
      fc.string().filter((key) => key !== '__proto__' && key !== 'constructor'),
      fc.jsonValue({ maxDepth: 3 }),
      { minKeys: 1 },
    ),
  },
  { requiredKeys: ['id', 'version', 'kind', 'time', 'channel', 'source', 'text'] },
) as fc.Arbitrary<Message>;

/** -0 is 0 in JSON, and `__proto__` may hide deeper. */
const asJson = (value: Message) => JSON.parse(JSON.stringify(value)) as Message;
const safe = message.map(asJson).filter((value) => !/__proto__|constructor/.test(JSON.stringify(value)));

test('decode(encodeMessage(m)) is m', () => {
  fc.assert(
    fc.property(safe, (value) => {
      expect(decode(bytes(encodeMessage(value)), context)).toEqual([
        { kind: 'message', message: value, clamped: false },
      ]);
    }),
    { numRuns: 500 },
  );
});

test('any JSON object: a message that decodes to itself, or a named dead letter', () => {
  const fields = [
    'id',
    'text',
    'time',
    'kind',
    'author',
    'tags',
    'survey',
    'url',
    'lang',
    'channel',
    'extra',
    'engagement',
  ];
  const anyObject = fc.dictionary(
    fc.oneof(fc.constantFrom(...fields), fc.string()),
    fc.oneof(nasty, fc.jsonValue()),
    { maxKeys: 8 },
  );
  fc.assert(
    fc.property(anyObject, (value) => {
      const [first] = decode(bytes(JSON.stringify({ id: 'x', ...value })), context);
      if (first?.kind === 'dead') expect(DEAD_REASONS).toHaveProperty(first.reason);
      else expect(messages(decode(bytes(encodeMessage(first!.message)), context))).toEqual([first?.message]);
    }),
    { numRuns: 1_000 },
  );
});

test('any bytes: an answer, never an error', () => {
  const jsonish = fc
    .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\n', '\\', 'id', '1', ' ', 'null'))
    .map((p) => bytes(p.join('')));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), jsonish), (data) => {
      const decoded = decode(data, context);
      expect(decoded.length).toBeGreaterThan(0);
      for (const one of decoded) if (one.kind === 'dead') expect(DEAD_REASONS).toHaveProperty(one.reason);
    }),
    { numRuns: 2_000 },
  );
});

test('a line of NDJSON means what it means alone', () => {
  const good = safe.map(encodeMessage);
  const bad = fc.constantFrom('nope', '{"id":', '}', '{', '"', '12', '{"id":{}}', '{"id":1}}', ']');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(good, bad), { minLength: 1, maxLength: 8 }),
      fc.constantFrom('\n', '\r\n', '\n\n'),
      (lines, separator) => {
        const together = decode(bytes(lines.join(separator)), context);
        const apart = lines.flatMap((one) => decode(bytes(one), context));
        expect(messages(together)).toEqual(messages(apart));
        // Lines of which none is a message may read as one cut object.
        if (messages(apart).length > 0)
          expect(together.map(reasonAndBytes)).toEqual(apart.map(reasonAndBytes));
      },
    ),
    { numRuns: 300 },
  );
});

function reasonAndBytes(one: Decoded): string {
  return one.kind === 'message' ? one.message.id : `${one.reason} ${new TextDecoder().decode(one.bytes)}`;
}

test('normalized text stays as it is, NFC, well-formed, and within its limit', () => {
  const long = fc.tuple(nasty, fc.nat({ max: 4_200 })).map(([text, pad]) => 'x'.repeat(pad) + text);
  fc.assert(
    fc.property(fc.oneof(nasty, long), fc.constantFrom('auto', 'html', 'text'), (raw, format) => {
      const text = normalizeText(raw, format);
      expect(normalizeText(text, 'text')).toBe(text);
      expect(text.normalize('NFC')).toBe(text);
      expect(text.isWellFormed()).toBe(true);
      expect(text.length).toBeLessThanOrEqual(MESSAGE_LIMITS.textCharsMax);
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]|\p{M}{9}/u);
    }),
    { numRuns: 1_000 },
  );
});
