/** Files of a few numbers for each text: texts are known by a hash, none is in the file. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DatasetError } from '../datasets/dataset-error.ts';
import { identityOf } from './identity.ts';

/** Before the shares of a row, in 255ths each. Rows stand by key. */
const KEY_BYTES = 4;
const SHARE_MAX = 255;

/** Each from 0 to 1. */
type Shares = readonly number[];

interface Text {
  readonly text: string;
}

const keyOf = (text: Text): number => createHash('sha256').update(identityOf(text)).digest().readUInt32BE(0);

/** Each text once, all with as many shares. */
export function packRows(texts: readonly (readonly [Text, Shares])[]): Uint8Array {
  const rows = new Map(texts.map(([text, shares]) => [keyOf(text), shares]));
  const rowBytes = KEY_BYTES + (texts[0]?.[1].length ?? 0);
  const bytes = Buffer.alloc(rows.size * rowBytes);
  for (const [index, [key, shares]] of [...rows].sort(([a], [b]) => a - b).entries()) {
    const row = bytes.subarray(index * rowBytes);
    row.writeUInt32BE(key);
    for (const [at, share] of shares.entries()) row.writeUInt8(Math.round(share * SHARE_MAX), KEY_BYTES + at);
  }
  return bytes;
}

/** What stands there of a text: `count` shares; undefined of one that is not there. */
export async function readRows(file: string, count: number): Promise<(text: Text) => Shares | undefined> {
  const bytes = await readFile(file);
  const rowBytes = KEY_BYTES + count;
  if (bytes.length % rowBytes !== 0) {
    throw new DatasetError(`${file}: holds ${bytes.length} bytes; rows have ${rowBytes} each`);
  }
  const rows = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; at += rowBytes) {
    rows.set(bytes.readUInt32BE(at), bytes.subarray(at + KEY_BYTES, at + rowBytes));
  }
  return (text) => {
    const row = rows.get(keyOf(text));
    return row && Array.from(row, (share) => share / SHARE_MAX);
  };
}
