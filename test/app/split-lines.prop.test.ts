/** Goal: lines as a plain split of the whole gives them, however the bytes are cut into chunks. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { splitLines, splitTextLines, TEXT_LINE_BYTES_MAX } from '../../src/app/split-lines.ts';

async function linesOf(chunks: readonly (Buffer | string)[], bytesMax = 1_000_000): Promise<string[]> {
  const lines: string[] = [];
  // eslint-disable-next-line @typescript-eslint/require-await -- A stream of bytes is asynchronous.
  async function* source() {
    yield* chunks;
  }
  for await (const line of splitLines(source(), { bytesMax })) lines.push(line.toString('latin1'));
  return lines;
}

/** The oracle. */
function naive(bytes: Buffer): string[] {
  const lines = bytes
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => line.replace(/\r$/, ''));
}

const byte = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(0x0a, 0x0d) },
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 255 }) },
);

test('any bytes in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(byte, { maxLength: 200 }),
      fc.array(fc.nat(20), { maxLength: 30 }),
      async (values, cuts) => {
        const bytes = Buffer.from(values);
        const chunks: Buffer[] = [];
        let at = 0;
        for (const size of cuts) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        chunks.push(bytes.subarray(at));
        expect(await linesOf(chunks)).toEqual(naive(bytes));
      },
    ),
    { numRuns: 500 },
  );
});

test.each<[string, (Buffer | string)[], string[]]>([
  ['nothing', [], []],
  ['a byte order mark before the first line', ['\ufeffa\nb'], ['a', 'b']],
  [
    'a byte order mark in pieces',
    [Buffer.from([0xef]), Buffer.from([0xbb]), Buffer.from([0xbf, 0x61])],
    ['a'],
  ],
  ['a byte order mark further on is text', ['a\n\ufeff'], ['a', '\xef\xbb\xbf']],
  ['a long line is cut, the next one is whole', ['abcdefgh\nij\n'], ['abcd', 'ij']],
  ['a long line in pieces', ['abc', 'def', 'ghi', '\nj'], ['abcd', 'j']],
  ['as long as allowed', ['abcd\nabcd'], ['abcd', 'abcd']],
  ['a long last line', ['ab', 'cdef'], ['abcd']],
  ['empty lines', ['\n\nx\n'], ['', '', 'x']],
])('at most four bytes: %s', async (_what, chunks, lines) => {
  expect(await linesOf(chunks, 4)).toEqual(lines);
});

const full = 'a'.repeat(TEXT_LINE_BYTES_MAX);

test.each<[string, string, boolean]>([
  ['as long as may be', full, true],
  ['one longer', `${full}a`, false],
  ['as long as may be, with a mark and a return', `\ufeff${full}\r`, true],
  ['one longer, with a mark and a return', `\ufeff${full}a\r`, false],
  ['a return within', `${full}\r${full}`, false],
])('a line of text %s', async (_what, line, isRead) => {
  const lines: (string | undefined)[] = [];
  // eslint-disable-next-line @typescript-eslint/require-await -- A stream of bytes is asynchronous.
  async function* source() {
    yield Buffer.from(`${line}\nb`);
  }
  for await (const text of splitTextLines(source())) lines.push(text);
  expect(lines.map((text) => text?.length)).toEqual([isRead ? full.length : undefined, 1]);
});
