/** The bytes of a file, unpacked where they are gzip's: the first of them say so, not the name. */
import { createReadStream, type ReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** ID1, ID2 and the one method there is (RFC 1952, 2.3.1): no text begins like that. */
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);

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
      yield* unpacked(raw);
    } finally {
      raw.destroy();
    }
  };
  return { bytes: Readable.from(read()), bytesRead: () => raw?.bytesRead ?? 0 };
}

async function* unpacked(raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = raw[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < GZIP.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const all = async function* () {
    if (head.length > 0) yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  if (!head.subarray(0, GZIP.length).equals(GZIP)) yield* all();
  else yield* pipeline(all(), createGunzip(), () => undefined); // What goes wrong is thrown here.
}
