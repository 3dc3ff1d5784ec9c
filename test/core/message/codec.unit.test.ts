/** Goal: what each kind of payload becomes. One row per rule; the name is the rule. */
import { describe, expect, test } from 'vitest';
import { decode, encodeMessage } from '../../../src/core/message/codec.ts';
import type { DecodeContext, Decoded } from '../../../src/core/message/codec.ts';
import { DEAD_REASONS } from '../../../src/core/message/dead.ts';
import { MESSAGE_LIMITS } from '../../../src/core/message/limits.ts';
import { MESSAGE_KINDS, messageKey } from '../../../src/core/message/message.ts';
import type { Message } from '../../../src/core/message/message.ts';

const ARRIVAL = Date.UTC(2026, 10, 20, 12);
const context: DecodeContext = {
  subject: 'earshot.in.feed.town',
  arrivalMs: ARRIVAL,
  futureSkewMaxMs: 60_000,
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (payload: unknown) =>
  new TextEncoder().encode(typeof payload === 'string' ? payload : JSON.stringify(payload));

function run(payload: unknown, more: Partial<DecodeContext> = {}): Decoded[] {
  return decode(bytes(payload), { ...context, ...more });
}

/** A short form: `ok <id>` or `<reason> <the bytes>`. */
function brief(decoded: Decoded[]): string[] {
  return decoded.map((one) =>
    one.kind === 'message' ? `ok ${one.message.id}` : `${one.reason} ${text(one.bytes)}`,
  );
}

function only(payload: unknown, more: Partial<DecodeContext> = {}): Message {
  const [one, ...others] = run(payload, more);
  expect(others).toEqual([]);
  if (one?.kind !== 'message') throw new Error(`dead: ${JSON.stringify(one)}`);
  return one.message;
}

const MINIMAL: Message = {
  id: '1',
  version: '0',
  kind: 'create',
  time: ARRIVAL,
  channel: 'town',
  source: 'feed',
  text: '',
};

describe('payloads', () => {
  test.each<[string, string, string[]]>([
    ['one object', '{"id":"a"}', ['ok a']],
    ['an id beyond 2^53 keeps its digits', '{"id": 418157151946035201}', ['ok 418157151946035201']],
    [
      '... on each line',
      '{"id":418157151946035201}\n{"id":418157151946035203}',
      ['ok 418157151946035201', 'ok 418157151946035203'],
    ],
    [
      '... not that of another object',
      '{"id":418157151946035201,"author":{"id":12345678901234567}}',
      ['ok 418157151946035201'],
    ],
    [
      '... unless two of them round to one number',
      '{"author":{"id":418157151946035201},"id":418157151946035203}',
      ['bad_field {"author":{"id":418157151946035201},"id":418157151946035203}'],
    ],
    ['white space and a byte order mark around it', '\ufeff \r\n\t{"id":"a"}\n\n', ['ok a']],
    ['one object over several lines', '{\n  "id": "a",\n  "tags": [\n    "x"\n  ]\n}\n', ['ok a']],
    ['one object that begins on the first line', '{ "id": "a",\n "text": "b" }', ['ok a']],
    ['NDJSON', '{"id":"a"}\n{"id":"b"}\n', ['ok a', 'ok b']],
    ['NDJSON with CRLF and blank lines', '{"id":"a"}\r\n\r\n \r\n{"id":"b"}\r\n', ['ok a', 'ok b']],
    ['a bad line dies alone', '{"id":"a"}\nnonsense\n{"id":"b"}', ['ok a', 'invalid_json nonsense', 'ok b']],
    ['a first bad line dies alone', '{"id":"a"\n{"id":"b"}', ['invalid_json {"id":"a"', 'ok b']],
    ['a line cut within a string dies alone', '{"id":"a\n{"id":"b"}', ['invalid_json {"id":"a', 'ok b']],
    ['a lone brace dies alone', '{\n{"id":"b"}', ['invalid_json {', 'ok b']],
    [
      'lines whose brackets fit die alone',
      '{"id":1,\n{"id":2}\n}',
      ['invalid_json {"id":1,', 'ok 2', 'invalid_json }'],
    ],
    ['two bad lines are two dead letters', '{"id":\nno', ['invalid_json {"id":', 'invalid_json no']],
    [
      'a cut pretty-printed object is one',
      '{\n "id": "a",\n "text"',
      ['invalid_json {\n "id": "a",\n "text"'],
    ],
    ['an array', '[{"id":"a"}, {"id":"b"}]', ['ok a', 'ok b']],
    ['an array over several lines', '[\n  {"id":"a"},\n  {"id":"b"}\n]', ['ok a', 'ok b']],
    ['an array with a bad element', '[{"id":"a"}, 7, {"id":"b"}]', ['ok a', 'not_an_object 7', 'ok b']],
    ['brackets and quotes in strings', '[{"id":"]\\"},{"},{"id":"b"}]', ['ok ]"},{', 'ok b']],
    ['arrays as lines', '[{"id":"a"}]\n[{"id":"b"},{"id":"c"}]', ['ok a', 'ok b', 'ok c']],
    ['an array within an array', '[[{"id":"a"}]]', ['not_an_object [{"id":"a"}]']],
    ['an array that is not closed', '[{"id":"a"}', ['invalid_json [{"id":"a"}']],
    ['a trailing comma', '[{"id":"a"},]', ['ok a', 'invalid_json ']],
    ['nothing', '', ['empty ']],
    ['white space', ' \n\t\r\n', ['empty  \n\t\r\n']],
    ['an empty array', '[ ]', ['empty [ ]']],
    ['a number', '42', ['not_an_object 42']],
    ['null', 'null', ['not_an_object null']],
    ['two objects on a line', '{"id":1}{"id":2}', ['invalid_json {"id":1}{"id":2}']],
  ])('%s', (_why, payload, expected) => {
    expect(brief(run(payload))).toEqual(expected);
  });

  test('a line that is not UTF-8 dies alone, with its bytes', () => {
    const line = Uint8Array.of(0x7b, 0x22, 0xff, 0xfe);
    const [first, second, third] = decode(
      Uint8Array.of(...bytes('{"id":"a"}\n'), ...line, ...bytes('\n{"id":"b"}')),
      context,
    );
    expect([first?.kind, third?.kind]).toEqual(['message', 'message']);
    expect(second).toMatchObject({ kind: 'dead', reason: 'invalid_utf8', bytes: line });
  });

  test.each([
    ['lines', (ids: string[]) => ids.join('\n')],
    ['an array', (ids: string[]) => `[${ids.join(',')}]`],
    [
      'arrays on lines',
      (ids: string[]) => `[${ids.slice(0, 6_000).join(',')}]\n[${ids.slice(6_000).join(',')}]`,
    ],
  ])('objectsMax: the rest of %s is one dead letter', (_why, join) => {
    const objects = Array.from({ length: MESSAGE_LIMITS.objectsMax + 2 }, (_, index) => `{"id":${index}}`);
    const decoded = run(join(objects));
    expect(decoded).toHaveLength(MESSAGE_LIMITS.objectsMax + 1);
    expect(decoded.slice(0, -1).every((one) => one.kind === 'message')).toBe(true);
    const last = decoded.at(-1);
    expect(last).toMatchObject({ reason: 'too_many' });
    expect(last?.kind === 'dead' && text(last.bytes)).toMatch(/^\{"id":10000\}[\n,]\{"id":10001\}\]?$/);
  });

  test('deadMax: the rest of a payload of bad lines is one dead letter', () => {
    const decoded = run('no\n'.repeat(MESSAGE_LIMITS.deadMax) + '{"id":"a"}\n{"id":"b"}');
    expect(decoded).toHaveLength(MESSAGE_LIMITS.deadMax + 1);
    expect(brief(decoded.slice(-1))).toEqual(['too_many {"id":"a"}\n{"id":"b"}']);
  });
});

describe('strict fields', () => {
  test.each<[string, object, string, RegExp]>([
    ['no id', { text: 'x' }, 'missing_id', /required/],
    ['null id', { id: null }, 'missing_id', /required/],
    ['empty id', { id: '' }, 'missing_id', /required/],
    [
      'an id that is an object',
      { id: {} },
      'bad_field',
      /^id an object is not allowed; allowed: a string of 1 to 256/,
    ],
    ['an id too long', { id: 'x'.repeat(257) }, 'bad_field', /257 characters/],
    ['an id that would break a header', { id: 'a\r\nb' }, 'bad_field', /"a\\r\\nb"/],
    ['an id with a lone surrogate', { id: '\ud800' }, 'bad_field', /^id/],
    ['an id that JSON rounds', { id: 1e300 }, 'bad_field', /send larger ones as strings/],
    [
      'an unknown kind',
      { id: 1, kind: 'post' },
      'bad_field',
      /^kind "post" is not allowed; allowed: create, edit,/,
    ],
    ['a version that is a list', { id: 1, version: [] }, 'bad_field', /^version a list/],
    ['nonsense for a time', { id: 1, time: 'yesterday' }, 'bad_time', /^time "yesterday" .* ISO 8601/],
  ])('%s', (_why, payload, reason, detail) => {
    const [dead] = run(payload);
    expect(dead).toMatchObject({ kind: 'dead', reason, detail: expect.stringMatching(detail) as string });
  });

  test('an integer id is a string, and null is absent everywhere', () => {
    const nulls = Object.fromEntries(
      [
        'version',
        'kind',
        'time',
        'channel',
        'source',
        'text',
        'author',
        'tags',
        'survey',
        'lang',
        'extra',
        'format',
      ].map((name) => [name, null]),
    );
    expect(only({ ...nulls, id: 1 })).toEqual(MINIMAL);
  });

  test.each(MESSAGE_KINDS)('%s without a version: what changes a message never shares its key', (kind) => {
    const [first, again, other] = [
      { id: 1, kind, text: 'a' },
      { id: 1, kind, text: 'a' },
      { id: 1, kind, text: 'b' },
    ].map((payload) => messageKey(only(payload)));
    expect(first).toBe(again);
    const changes = ['edit', 'delete', 'engagement'].includes(kind);
    expect(first === other).toBe(!changes);
    expect(first).toMatch(changes ? /^1:\w+:[0-9a-f]{16}$/ : /^1:\w+:0$/);
  });

  test('the version of an edit is the same however it travels', () => {
    const edit = '{"id":1,"kind":"edit","text":"a"}';
    const versions = [edit, ` ${edit}\n`, `[${edit}]`, `{"id":2}\n${edit}`].map((payload) => {
      const last = run(payload).at(-1);
      return last?.kind === 'message' ? last.message.version : 'dead';
    });
    expect(new Set(versions).size).toBe(1);
    expect(only({ id: 1, kind: 'edit', version: 3 }).version).toBe('3');
  });

  test('a future time is set back, and says so', () => {
    expect(run({ id: 1, time: ARRIVAL + 60_000 })).toMatchObject([
      { clamped: false, message: { time: ARRIVAL + 60_000 } },
    ]);
    expect(run({ id: 1, time: ARRIVAL + 60_001 })).toMatchObject([
      { clamped: true, message: { time: ARRIVAL + 60_000 } },
    ]);
  });
});

describe('channel and source', () => {
  test.each<[string, object, string, string, string]>([
    ['from the subject', {}, 'earshot.in.feed.town', 'feed', 'town'],
    ['the JSON goes first', { source: 'X', channel: 'Y' }, 'earshot.in.feed.town', 'X', 'y'],
    ['further tokens are not the channel', {}, 'earshot.in.feed.town.hall', 'feed', 'town'],
    ['only a source', {}, 'earshot.in.feed', 'feed', 'unknown'],
    ['another subject', {}, 'posts.new', 'unknown', 'unknown'],
    [
      'a channel becomes a subject token',
      { channel: 'Help Desk.de' },
      'earshot.in.feed.town',
      'feed',
      'help_desk_de',
    ],
    ['empty strings are absent', { source: ' ', channel: '' }, 'earshot.in.feed.town', 'feed', 'town'],
  ])('%s', (_why, fields, subject, source, channel) => {
    expect(only({ id: 1, ...fields }, { subject })).toMatchObject({ source, channel });
  });

  test('the longest channel is a token that stays the same', () => {
    const { channel } = only({ id: 1, channel: 'İ'.repeat(300) });
    expect(channel).toHaveLength(64);
    expect(only({ id: 1, channel }).channel).toBe(channel);
  });
});

describe('optional fields', () => {
  test.each<[string, object, object]>([
    [
      'everything valid',
      { author: { id: 7, handle: '@bob', followers: '12', bot: true, verified: false, role: 'agent' } },
      { author: { id: '7', handle: 'bob', followers: 12, bot: true, verified: false, role: 'agent' } },
    ],
    ['an author that is a string is a handle', { author: '@bob' }, { author: { handle: 'bob' } }],
    [
      'a part that is not usable moves to extra',
      { author: { name: 'Bob', followers: '12k' } },
      { author: { name: 'Bob' }, extra: { 'author.followers': '12k' } },
    ],
    ['an unknown part moves to extra', { author: { badge: true } }, { extra: { 'author.badge': true } }],
    [
      'a whole field that is not usable moves to extra',
      { author: 12, engagement: 'many', conversation: {} },
      { extra: { author: 12, engagement: 'many', conversation: {} } },
    ],
    ['an unknown field is kept', { mood: { a: [1, null] } }, { extra: { mood: { a: [1, null] } } }],
    ['what extra holds stays there', { extra: { a: 1, b: 2 }, b: 3 }, { extra: { a: 1, b: 3 } }],
    ['an extra that is no object', { extra: 5 }, { extra: { extra: 5 } }],
    [
      'keys of Object.prototype are ordinary',
      { toString: 1, constructor: 'x' },
      { extra: { toString: 1, constructor: 'x' } },
    ],
    [
      'tags and mentions lose their sign, keep their case, once each',
      { tags: ['#Sky', 'Sky', '', '＃x'], mentions: ['@Bob', 'bob'] },
      { tags: ['Sky', 'x'], mentions: ['Bob', 'bob'] },
    ],
    ['one string is a list', { tags: '#sky' }, { tags: ['sky'] }],
    ['items that are none move to extra', { tags: ['a', 1, {}] }, { tags: ['a'], extra: { tags: [1, {}] } }],
    ['a list that is none moves to extra', { tags: { a: 1 } }, { extra: { tags: { a: 1 } } }],
    ['the language of a tag', { lang: 'pt-BR' }, { lang: 'pt', extra: { lang: 'pt-BR' } }],
    ['a language in upper case', { lang: 'EN' }, { lang: 'en', extra: undefined }],
    ['no language', { lang: 'und' }, {}],
    ['a language that is none', { lang: 'English' }, { extra: { lang: 'English' } }],
    ['a link', { url: 'https://x.example/ä' }, { url: 'https://x.example/ä' }],
    ['a link that runs code', { url: 'javascript:alert(1)' }, { extra: { url: 'javascript:alert(1)' } }],
    [
      'numbers as strings',
      { engagement: { likes: '3', views: 1.5, mode: 'delta' } },
      { engagement: { likes: 3, views: 1.5, mode: 'delta' } },
    ],
    ['a survey', { survey: { type: 'nps', score: '9' } }, { survey: { type: 'nps', score: 9 } }],
    [
      'a survey with a scale',
      { survey: { type: 'csat', score: 4, scale: 5 } },
      { survey: { type: 'csat', score: 4, scale: 5 } },
    ],
    ['half a survey', { survey: { type: 'nps' } }, { extra: { survey: { type: 'nps' } } }],
    [
      'a score beyond its scale',
      { survey: { type: 'nps', score: 11 } },
      { extra: { survey: { type: 'nps', score: 11 } } },
    ],
    ['a text that is a number', { text: 10 }, { text: '10' }],
    ['a text that is a list', { text: ['a'] }, { text: '', extra: { text: ['a'] } }],
  ])('%s', (_why, fields, expected) => {
    const { extra, ...rest } = { extra: undefined, ...expected } as Record<string, unknown>;
    expect(only({ id: 1, ...fields })).toEqual({
      ...MINIMAL,
      ...rest,
      ...(extra !== undefined && { extra }),
    });
  });

  test('what a list has no room for moves to extra', () => {
    const tags = Array.from({ length: MESSAGE_LIMITS.listItemsMax + 1 }, (_, index) => `t${index}`);
    const message = only({ id: 1, tags });
    expect(message.tags).toEqual(tags.slice(0, -1));
    expect(message.extra).toEqual({ tags: ['t64'] });
  });

  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  test.each<[string, object, string]>([
    ['as deep as allowed', { deep: nested(32) }, 'ok'],
    ['too deep', { deep: nested(33) }, 'too_deep'],
    ['too deep under a known name', { text: nested(33) }, 'too_deep'],
    ['too deep and long', { deep: nested(200), pad: ' '.repeat(20_000) }, 'too_deep'],
    ['as many as allowed', Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`f${i}`, i])), 'ok'],
    ['too many', Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`f${i}`, i])), 'too_large'],
    ['as large as allowed', { big: 'x'.repeat(65_000) }, 'ok'],
    ['too large', { big: 'x'.repeat(66_000) }, 'too_large'],
    ['numbers that grow', { big: Array<number>(4_000).fill(1e20) }, 'too_large'],
    ['a message too large', { text: 'x'.repeat(262_144) }, 'too_large'],
  ])('extra: %s', (_why, fields, expected) => {
    const payload = JSON.stringify({ id: 1, ...fields }).replaceAll('100000000000000000000', '1e20');
    const [one, ...others] = run(payload);
    expect(others).toEqual([]);
    expect(one?.kind === 'dead' ? one.reason : 'ok').toBe(expected);
    if (one?.kind === 'dead') expect(one.detail).toMatch(/limit \w+Max/);
  });

  test.each([
    ['at the top', '{"id":1,"__proto__":{"polluted":1}}'],
    ['escaped', '{"id":1,"\\u005f_pr\\u006fto__":{"polluted":1}}'],
    ['within', '{"id":1,"a":[{"__proto__" : 1}]}'],
    ['by the constructor', '{"id":1,"constructor":{"prototype":{"polluted":1}}}'],
    [
      'in the data of an event',
      '{"specversion":"1.0","id":"1","source":"s","type":"t","data":{"__proto__":{}}}',
    ],
  ])('forbidden_key %s', (_why, payload) => {
    expect(brief(run(payload))).toEqual([`forbidden_key ${payload}`]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('__proto__ in a text is only a text', () => {
    expect(only('{"id":1,"text":"\\"__proto__\\": x"}').text).toBe('"__proto__": x');
  });
});

describe('encodeMessage', () => {
  test.each<[string, Partial<Message>]>([
    ['minimal', {}],
    ['a text with markup', { text: 'use <b>&amp;</b> & <br>' }],
    ['a time that would read as seconds', { time: 5_000 }],
    ['at the start of time', { time: 0 }],
    ['an extra named like a field', { extra: { author: '12k', extra: 1, text: { a: 1 } } }],
  ])('%s', (_why, fields) => {
    const message = { ...MINIMAL, ...fields };
    expect(encodeMessage(message)).not.toContain('\n');
    expect(only(encodeMessage(message), { subject: 'elsewhere' })).toEqual(message);
  });
});

test('every reason is a subject token with a description', () => {
  for (const [reason, description] of Object.entries(DEAD_REASONS)) {
    expect(reason).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(description).toMatch(/^[A-Z`].*\.$/);
  }
});
