/** Goal: text is read as what its first bytes say it is: packed or not, UTF-8 or UTF-16, in whatever pieces it comes. */
import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { textBytes } from '../../src/app/file-bytes.ts';

const TEXT = '0\tbad day, café 😀\n2\tgood\n';
const little = Buffer.from(TEXT, 'utf16le');
const big = Buffer.from(little).swap16();

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function read(bytes: Buffer, size: number): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of textBytes(inPieces(bytes, size))) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

test.each([
  ['UTF-8', Buffer.from(TEXT), TEXT],
  ['gzip', gzipSync(TEXT), TEXT],
  ['UTF-16, low byte first', Buffer.concat([Buffer.from([0xff, 0xfe]), little]), TEXT],
  ['UTF-16, high byte first', Buffer.concat([Buffer.from([0xfe, 0xff]), big]), TEXT],
  ['UTF-16 without a mark, low byte first', little, TEXT],
  ['UTF-16 without a mark, high byte first', big, TEXT],
  ['UTF-16 in gzip', gzipSync(little), TEXT],
  ['nothing', Buffer.alloc(0), ''],
  ['one byte', Buffer.from('a'), 'a'],
  ['three bytes', Buffer.from('a\n\n'), 'a\n\n'],
  ['zeros that are no UTF-16', Buffer.from('a\0\0b\n'), 'a\0\0b\n'],
])('%s', async (_what, bytes, text) => {
  for (const size of [1, 3, 7, 1_000]) expect(await read(bytes, size)).toBe(text);
});

test('what is packed and cut off, or damaged, is said to be gzip data', async () => {
  const packed = gzipSync(TEXT);
  await expect(read(packed.subarray(0, 20), 7)).rejects.toThrow('the gzip data end too early');
  packed[packed.length - 8] = 255 - (packed[packed.length - 8] ?? 0); // Of the checksum.
  await expect(read(packed, 7)).rejects.toThrow('the gzip data are damaged: incorrect data check');
});

test('what goes wrong with the source of what is packed is told as it is', async () => {
  const source = async function* () {
    yield* inPieces(gzipSync(TEXT).subarray(0, 20), 7);
    throw new Error('the disk is gone');
  };
  const rest = async () => {
    for await (const part of textBytes(source())) expect(part.length).toBeGreaterThan(0);
  };
  await expect(rest()).rejects.toThrow(/^the disk is gone$/);
});

test('who stops reading lets go of the source', async () => {
  let isClosed = false;
  const source = async function* () {
    try {
      for (;;) {
        await Promise.resolve();
        yield Buffer.from('a line\n');
      }
    } finally {
      isClosed = true;
    }
  };
  for await (const part of textBytes(source())) if (part.length > 0) break;
  expect(isClosed).toBe(true);
});

test('a typed line is given on before the next, however short', async () => {
  const typed = async function* () {
    yield Buffer.from('a\n');
    await new Promise(() => undefined);
  };
  const { value } = (await textBytes(typed()).next()) as { value: Buffer };
  expect(String(value)).toBe('a\n');
});
