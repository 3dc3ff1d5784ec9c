/** Files of two shares for each text: texts are known by a hash, none is in the file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DatasetError } from '../datasets/dataset-error.ts';
import { identityOf } from './identity.ts';

/** A key of four bytes, then the shares in 255ths. Rows stand by key. */
const ROW_BYTES = 6;
const SHARE_MAX = 255;

/** Each from 0 to 1. */
type TwoShares = readonly [number, number];

interface Text {
  readonly text: string;
}

const keyOf = (text: Text): number => createHash('sha256').update(identityOf(text)).digest().readUInt32BE(0);

/** Each text once. */
export function packRows(taught: readonly (readonly [Text, TwoShares])[]): Uint8Array {
  const rows = new Map(taught.map(([text, shares]) => [keyOf(text), shares]));
  const bytes = Buffer.alloc(rows.size * ROW_BYTES);
  for (const [index, [key, [first, second]]] of [...rows].sort(([a], [b]) => a - b).entries()) {
    bytes.writeUInt32BE(key, index * ROW_BYTES);
    bytes.writeUInt8(Math.round(first * SHARE_MAX), index * ROW_BYTES + 4);
    bytes.writeUInt8(Math.round(second * SHARE_MAX), index * ROW_BYTES + 5);
  }
  return bytes;
}

/** What stands there of a text; undefined of one that is not there. */
export async function readRows(file: string): Promise<(text: Text) => TwoShares | undefined> {
  const bytes = await readFile(file);
  if (bytes.length % ROW_BYTES !== 0) {
    throw new DatasetError(`${file}: holds ${bytes.length} bytes; rows have ${ROW_BYTES} each`);
  }
  const said = new Map<number, TwoShares>();
  for (let at = 0; at < bytes.length; at += ROW_BYTES) {
    const shares = [bytes.readUInt8(at + 4) / SHARE_MAX, bytes.readUInt8(at + 5) / SHARE_MAX] as const;
    said.set(bytes.readUInt32BE(at), shares);
  }
  return (text) => said.get(keyOf(text));
}
