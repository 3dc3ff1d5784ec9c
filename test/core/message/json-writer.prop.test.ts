/** Goal: what is written byte by byte is what JSON.stringify and an encoder write, and no payload disturbs another. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter, utf8 } from '../../../src/core/message/json-writer.ts';

const decoder = new TextDecoder();

function written(write: (writer: JsonWriter) => void): string {
  const writer = new JsonWriter();
  write(writer);
  return decoder.decode(writer.written());
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '"', '\\n', '\n', '\u007f'),
);
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeNat(),
  fc.double(),
  fc.integer({ min: -20_000, max: 20_000 }).map((parts) => parts / 10_000),
  fc.constantFrom(-0, 0, 9, 10, 2 ** 53, 2 ** 53 - 1, 1e21, 1e-7, 5e-324, 0.1, 0.9999, 0.1 + 0.2),
);
const { data } = fc.letrec((tie) => ({
  data: fc.oneof({ maxDepth: 4 }, text, number, fc.boolean(), fc.constant(null), tie('list'), tie('object')),
  list: fc.array(fc.oneof(tie('data'), fc.constant(undefined)), { maxLength: 5 }),
  object: fc.dictionary(text, fc.oneof(tie('data'), fc.constant(undefined)), {
    maxKeys: 6,
    noNullPrototype: true,
  }),
}));

test('any data', () => {
  fc.assert(
    fc.property(data, (value) => {
      expect(written((writer) => writer.value(value))).toBe(JSON.stringify(value));
    }),
    { numRuns: 2_000 },
  );
});

test('every number of four decimals and some beyond', () => {
  const wrong: number[] = [];
  const writer = new JsonWriter();
  for (let parts = -10_001; parts <= 10_001; parts++) {
    const value = parts / 10_000;
    writer.begin();
    writer.number(value);
    if (decoder.decode(writer.written()) !== JSON.stringify(value)) wrong.push(value);
  }
  expect(wrong).toEqual([]);
});

test('text as it is, a lone surrogate as an encoder has it', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect(written((writer) => writer.text(given))).toBe(decoder.decode(utf8(given)));
    }),
  );
});

test('payloads one after the other, of any size, stay as they were written', () => {
  const size = fc.oneof(fc.nat(40), fc.nat(200_000));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 12 }), (sizes) => {
      const writer = new JsonWriter();
      const texts = sizes.map((units, at) => String.fromCharCode(0x61 + at).repeat(units));
      const payloads = texts.map((given) => {
        writer.begin();
        writer.value([given]);
        return writer.written();
      });
      expect(payloads.map((payload) => decoder.decode(payload))).toEqual(
        texts.map((given) => JSON.stringify([given])),
      );
    }),
    { numRuns: 30 },
  );
});

test('an object is opened again for further fields, and its beginning is written twice from the same bytes', () => {
  const writer = new JsonWriter();
  const add = (): string => {
    writer.bytes(utf8(',"b":2}'));
    return decoder.decode(writer.written());
  };
  writer.begin();
  writer.value({ a: 'é'.repeat(40_000) });
  writer.reopen();
  const opened = writer.written();
  const first = add();
  writer.begin();
  writer.bytes(opened);
  expect([add(), JSON.parse(first)]).toEqual([first, { a: 'é'.repeat(40_000), b: 2 }]);
});

test('what was begun and not finished is forgotten', () => {
  const writer = new JsonWriter();
  writer.begin();
  writer.text('{"half":');
  writer.begin();
  writer.value({});
  expect(decoder.decode(writer.written())).toBe('{}');
});
