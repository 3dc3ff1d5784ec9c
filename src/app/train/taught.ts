/** What a teacher said of texts, as `scripts/make-teacher.mjs` packs it: texts are known by a hash, none is in the file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ClassShares, TaughtText } from '../../core/sentiment/train/corpus.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import { identityOf } from './identity.ts';
import { trainingResource } from './word-vectors.ts';

/** A key of four bytes, then the shares of negative and positive in 255ths; neutral has the rest. Rows stand by key. */
const ROW_BYTES = 6;
const SHARE_MAX = 255;

const keyOf = (text: { readonly text: string }): number =>
  createHash('sha256').update(identityOf(text)).digest().readUInt32BE(0);

/** What the teacher said of a text; undefined where it did not see it. */
export type Teacher = (text: { readonly text: string }) => ClassShares | undefined;

export async function readTeacher(file = trainingResource('taught-en.bin')): Promise<Teacher> {
  const said = unpack(await readFile(file), file);
  return (text) => said.get(keyOf(text));
}

/** The bytes of a file of what was said of texts, each text once. */
export function packTaught(taught: readonly TaughtText[]): Uint8Array {
  const rows = new Map(taught.map((text) => [keyOf(text), text.shares]));
  const bytes = Buffer.alloc(rows.size * ROW_BYTES);
  for (const [index, [key, [negative, , positive]]] of [...rows].sort(([a], [b]) => a - b).entries()) {
    bytes.writeUInt32BE(key, index * ROW_BYTES);
    bytes.writeUInt8(Math.round(negative * SHARE_MAX), index * ROW_BYTES + 4);
    bytes.writeUInt8(Math.round(positive * SHARE_MAX), index * ROW_BYTES + 5);
  }
  return bytes;
}

function unpack(bytes: Buffer, file: string): Map<number, ClassShares> {
  if (bytes.length % ROW_BYTES !== 0) {
    throw new DatasetError(`${file}: holds ${bytes.length} bytes; rows have ${ROW_BYTES} each`);
  }
  const said = new Map<number, ClassShares>();
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const negative = bytes.readUInt8(at + 4) / SHARE_MAX;
    const positive = bytes.readUInt8(at + 5) / SHARE_MAX;
    said.set(bytes.readUInt32BE(at), [negative, Math.max(0, 1 - negative - positive), positive]);
  }
  return said;
}
