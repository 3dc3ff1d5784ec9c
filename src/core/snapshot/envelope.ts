/** A snapshot as it is stored: what it covers, and a checksum over all of it, so that a damaged one or one of another
 *  version is refused before anything in it is believed.
 *
 *  `ESNP` · format version, 4 bytes · SHA-256 of what follows, 32 bytes · length of the head, 4 bytes · head, JSON ·
 *  payload. Numbers are big-endian. */
import { z } from 'zod';

/** Raised whenever an older envelope can no longer be read. */
export const SNAPSHOT_FORMAT_VERSION = 1;

const MAGIC = 0x45534e50;
const VERSION_AT = 4;
const CHECKSUM_AT = 8;
const CHECKSUM_BYTES = 32;
const HEAD_LENGTH_AT = CHECKSUM_AT + CHECKSUM_BYTES;
const HEAD_AT = HEAD_LENGTH_AT + 4;

/** 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

const count = z.int().min(0);
const headSchema = z.strictObject({
  pipeline: z.string(),
  /** Of the state in the payload. */
  stateVersion: count,
  /** The last SCORED sequence that the state counts; 0 for none. */
  sequence: count,
  /** The last EVENTS sequence that is known to hold what the state says was published; 0 when nothing is known. */
  eventsSequence: count,
  /** Of the owner that saved it. */
  epoch: count,
});
export type SnapshotHead = Readonly<z.output<typeof headSchema>>;

export interface SnapshotWanted {
  readonly pipeline: string;
  readonly stateVersion: number;
}

export type OpenedSnapshot =
  | { readonly ok: true; readonly head: SnapshotHead; readonly payload: Uint8Array }
  /** `detail` is for people. */
  | { readonly ok: false; readonly detail: string };

export function sealSnapshot(head: SnapshotHead, payload: Uint8Array, sha256: Sha256): Uint8Array {
  const headBytes = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(HEAD_AT + headBytes.length + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(VERSION_AT, SNAPSHOT_FORMAT_VERSION);
  view.setUint32(HEAD_LENGTH_AT, headBytes.length);
  bytes.set(headBytes, HEAD_AT);
  bytes.set(payload, HEAD_AT + headBytes.length);
  bytes.set(sha256(bytes.subarray(HEAD_LENGTH_AT)), CHECKSUM_AT);
  return bytes;
}

/** The payload shares the memory of `bytes`. Never throws: whatever is wrong with the bytes is said in `detail`. */
export function openSnapshot(bytes: Uint8Array, wanted: SnapshotWanted, sha256: Sha256): OpenedSnapshot {
  const refused = (detail: string): OpenedSnapshot => ({ ok: false, detail });
  if (bytes.length < HEAD_AT) return refused(`${bytes.length} bytes are too few for a snapshot`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== MAGIC) return refused('it does not begin as a snapshot does');
  const version = view.getUint32(VERSION_AT);
  if (version !== SNAPSHOT_FORMAT_VERSION)
    return refused(`its format has version ${version}; this program reads ${SNAPSHOT_FORMAT_VERSION}`);
  const stored = bytes.subarray(CHECKSUM_AT, HEAD_LENGTH_AT);
  if (!isEqual(stored, sha256(bytes.subarray(HEAD_LENGTH_AT))))
    return refused(`its checksum is wrong: ${bytes.length} bytes are damaged or not all of them`);
  const headEnd = HEAD_AT + view.getUint32(HEAD_LENGTH_AT);
  const head = parseHead(bytes.subarray(HEAD_AT, headEnd));
  if (!head) return refused('its head is not what this program writes');
  if (head.pipeline !== wanted.pipeline)
    return refused(`it is of pipeline '${head.pipeline}', not '${wanted.pipeline}'`);
  if (head.stateVersion !== wanted.stateVersion)
    return refused(`its state has version ${head.stateVersion}; this program reads ${wanted.stateVersion}`);
  return { ok: true, head, payload: bytes.subarray(headEnd) };
}

function parseHead(bytes: Uint8Array): SnapshotHead | undefined {
  try {
    return headSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
