/** Bytes of text: unpacked where they are gzip's, as UTF-8 where they are UTF-16. The first of them say so, not the name. */
import { createReadStream, type ReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { errorText } from '../core/errors/error-text.ts';

/** ID1, ID2 and the one method there is (RFC 1952, 2.3.1): no text begins like that. */
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);
/** As many bytes as show whether every other one is zero, as in the UTF-16 of ASCII. */
const UTF16_BYTES = 4;
const NEWLINE = 0x0a;

interface FileBytes {
  /** Opens the file when it is read first, and closes it when it is destroyed or at its end; fails with what the file system
   *  says, or with what is wrong with what is packed. */
  readonly bytes: Readable;
  /** Of the file, so far: for progress against its size. */
  readonly bytesRead: () => number;
}

export function openBytes(file: string): FileBytes {
  let raw: ReadStream | undefined;
  const read = async function* () {
    raw = createReadStream(file);
    try {
      yield* textBytes(raw);
    } finally {
      raw.destroy();
    }
  };
  return { bytes: Readable.from(read()), bytesRead: () => raw?.bytesRead ?? 0 };
}

/** What a stream holds, unpacked, as UTF-8. Fails with what is wrong with what is packed. */
export async function* textBytes(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  const { head, all } = await peeked(unpacked(stream), UTF16_BYTES);
  const encoding = utf16Of(head);
  if (encoding === undefined) {
    yield* all;
    return;
  }
  const decoder = new TextDecoder(encoding);
  for await (const bytes of all) yield Buffer.from(decoder.decode(bytes, { stream: true }));
  yield Buffer.from(decoder.decode());
}

async function* unpacked(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  const { head, all } = await peeked(stream, GZIP.length);
  if (!head.subarray(0, GZIP.length).equals(GZIP)) {
    yield* all;
    return;
  }
  try {
    yield* pipeline(all, createGunzip(), () => undefined); // What goes wrong is thrown here.
  } catch (error) {
    throw gzipError(error);
  }
}

/** What is wrong with packed data in words of their own: those of zlib do not say that it is about gzip. */
function gzipError(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return new Error('the gzip data end too early', { cause: error });
  if (!code.startsWith('Z_')) return error; // Of what is read, not of how it is packed.
  return new Error(`the gzip data are damaged: ${errorText(error)}`, { cause: error });
}

/** By the byte order mark, or by the zeros between the letters of ASCII. */
function utf16Of(head: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second, third, fourth] = head;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (fourth === undefined) return undefined;
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  return first === 0 && second !== 0 && third === 0 && fourth !== 0 ? 'utf-16be' : undefined;
}

/** The first bytes, at least so many unless there are fewer or a line ends there, which somebody may have typed; and all of them. */
async function peeked(
  stream: AsyncIterable<Buffer | string>,
  bytesMin: number,
): Promise<{ readonly head: Buffer; readonly all: AsyncGenerator<Buffer> }> {
  const chunks = stream[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < bytesMin && head.at(-1) !== NEWLINE) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, Buffer.from(next.value)]);
  }
  const all = async function* () {
    try {
      if (head.length > 0) yield head;
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
        yield typeof next.value === 'string' ? Buffer.from(next.value) : next.value;
    } finally {
      await chunks.return?.(); // Whoever reads on may stop before the first of them was asked for.
    }
  };
  return { head, all: all() };
}
