/** Goal: input made to hurt ends in a message or a named dead letter, soon. The one timed assertion of the codec: the
 *  quickest of some runs, with room for a busy machine. */
import { expect, test } from 'vitest';
import { decode, encodeMessage } from '../../../src/core/message/codec.ts';
import { MESSAGE_LIMITS } from '../../../src/core/message/limits.ts';

/** Under 50 at rest; an unbounded search takes minutes. */
const HUNG_MS = 1_000;
const RUNS = 5;
const MIB = 1_048_576;
const context = { subject: 'earshot.in.feed.town', arrivalMs: 1_795_169_472_345, futureSkewMaxMs: 0 };

const message = (text: string) => JSON.stringify({ id: '1', text });
const fill = (piece: string, chars: number) => piece.repeat(Math.ceil(chars / piece.length)).slice(0, chars);

test.each<[string, string | Uint8Array, string]>([
  ['malformed JSON', `{"id":"1","text":"${'x'.repeat(200_000)}`, 'invalid_json'],
  ['10,000 bad lines', fill('{}}\n', 40_000), 'too_many'],
  ['a megabyte of opening braces on lines', fill('{\n', MIB), 'too_large'],
  ['a megabyte of line breaks', fill('\n', MIB), 'empty'],
  ['a megabyte of commas in an array', `[${fill(',', MIB - 2)}]`, 'too_many'],
  ['invalid UTF-8', new Uint8Array(200_000).fill(0xff), 'invalid_utf8'],
  ['overlong UTF-8', Uint8Array.of(0x7b, 0xc0, 0x80, 0x7d), 'invalid_utf8'],
  ['lone surrogates', `{"id":"1","text":"${fill('\\ud83d', 240_000)}"}`, 'message'],
  ['joined emoji', message(fill('👩‍👩‍👧‍👦', 60_000)), 'message'],
  ['joiners', message(fill('\u200d', 60_000)), 'message'],
  ['right-to-left overrides', message(fill('\u202eשלום', 60_000)), 'message'],
  ['combining marks', message('a' + fill('\u0301\u0316', 60_000)), 'message'],
  ['combining marks between zero-width spaces', message('a' + fill('\u0301\u200b\u0316', 60_000)), 'message'],
  ['marks that decompose', message(fill('\u0344', 60_000)), 'message'],
  ['Hangul in pieces', message(fill('\u1100\u1161\u11a8', 60_000)), 'message'],
  ['a token of 200 kB', message('x'.repeat(200_000)), 'message'],
  ['a token of 1 MB', message('x'.repeat(MIB)), 'too_large'],
  ['64 KiB of three-letter words', message(fill('foo bar ', 65_536)), 'message'],
  ['200 kB of spaces', message(`a${' '.repeat(200_000)}b`), 'message'],
  ['tags that never end', message(fill('<a b="', 60_000)), 'message'],
  ['comments that never end', message(`<p>${fill('<!-- ', 60_000)}`), 'message'],
  ['scripts', message(`<p>${fill('<script></script>', 60_000)}`), 'message'],
  ['scripts that never end', message(`<p>${fill('<script>', 60_000)}`), 'message'],
  ['entities', message(fill('&amp;', 60_000)), 'message'],
  ['spaces between tags', message(`<p>${fill('<i> </i>', 60_000)}`), 'message'],
  [
    '20,000 tags',
    JSON.stringify({ id: '1', tags: Array.from({ length: 20_000 }, (_, i) => `t${i}`) }),
    'too_large',
  ],
  ['lists nested 10,000 deep', `{"id":"1","a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 'too_deep'],
  ['objects nested 10,000 deep', `{"id":"1","a":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_001)}`, 'too_deep'],
  ['lists nested 5,000 deep', `{"id":"1","a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'too_deep'],
  ['nested as the whole payload', '['.repeat(10_000) + ']'.repeat(10_000), 'too_deep'],
  ['a megabyte of opening brackets', '['.repeat(MIB), 'too_large'],
  ['__proto__', `{"id":"1","__proto__":{"a":1},"text":"${'x'.repeat(10_000)}"}`, 'forbidden_key'],
  ['__proto__ without end', `{"id":"1","a":[${fill('{"__proto__":', 60_000)}`, 'too_deep'],
  [
    'keys without end',
    `{"id":"1"${Array.from({ length: 20_000 }, (_, i) => `,"k${i}":0`).join('')}}`,
    'too_large',
  ],
  [
    'nested lists in the data of an event',
    JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: 's',
      type: 't',
      data_base64: Buffer.from('['.repeat(150_000)).toString('base64'),
    }),
    'too_deep',
  ],
])('%s', (_why, payload, outcome) => {
  const data = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  let decoded = decode(data, context);
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    decoded = decode(data, context);
    return performance.now() - start;
  });
  const last = decoded.at(-1);
  expect(last?.kind === 'dead' ? last.reason : 'message').toBe(outcome);
  if (last?.kind === 'message') {
    expect(last.message.text.length).toBeLessThanOrEqual(MESSAGE_LIMITS.textCharsMax);
    expect(last.message.text.isWellFormed()).toBe(true);
    expect(() => encodeMessage(last.message)).not.toThrow();
  }
  expect(Math.min(...times)).toBeLessThan(HUNG_MS);
});
