/** `JSON.stringify` of a large state, piece by piece: no string of tens of megabytes, and nobody waits for the whole. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Level 1: floats and hashes hardly shrink further. */
const GZIP = { level: 1 };

/** Characters of a long text in one piece, and items of a long list. */
const PIECE_CHARS = 65_536;
const PIECE_ITEMS = 64;

/** Gzipped. Nothing of `value` may change meanwhile. */
export async function zippedJson(value: unknown): Promise<Buffer> {
  const gzip = createGzip(GZIP);
  const [bytes] = await Promise.all([buffer(gzip), pipeline(Readable.from(jsonPieces(value)), gzip)]);
  return bytes;
}

/** Together they are the JSON of `value`, which is plain: what is undefined is left out of objects. */
export function* jsonPieces(value: unknown): Generator<string> {
  if (typeof value === 'string' && value.length > PIECE_CHARS) yield* textPieces(value);
  else if (Array.isArray(value)) yield* listPieces(value);
  else if (typeof value === 'object' && value !== null) yield* objectPieces(value);
  else yield JSON.stringify(value);
}

function* textPieces(text: string): Generator<string> {
  yield '"';
  for (let from = 0; from < text.length; from += PIECE_CHARS)
    yield JSON.stringify(text.slice(from, from + PIECE_CHARS)).slice(1, -1);
  yield '"';
}

/** Items of lists are small. */
function* listPieces(items: readonly unknown[]): Generator<string> {
  yield '[';
  for (let from = 0; from < items.length; from += PIECE_ITEMS) {
    const piece = JSON.stringify(items.slice(from, from + PIECE_ITEMS)).slice(1, -1);
    yield from === 0 ? piece : `,${piece}`;
  }
  yield ']';
}

function* objectPieces(object: object): Generator<string> {
  let before = '{';
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(key)}:`;
    yield* jsonPieces(value);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}
