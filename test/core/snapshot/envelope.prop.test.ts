/** Goal: what was sealed opens as it was; with one byte changed, cut short or of another version or pipeline it is refused,
 *  with a reason, and never throws. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/adapters/crypto/sha256.ts';
import {
  openSnapshot,
  sealSnapshot,
  SNAPSHOT_FORMAT_VERSION,
  type SnapshotHead,
} from '../../../src/core/snapshot/envelope.ts';

const WANTED = { pipeline: 'acme', stateVersion: 3 };
const HEAD: SnapshotHead = { ...WANTED, sequence: 41, eventsSequence: 7, epoch: 1_800_000_000_000 };
const seal = (payload: Uint8Array, head = HEAD) => sealSnapshot(head, payload, sha256);
const open = (bytes: Uint8Array, wanted = WANTED) => openSnapshot(bytes, wanted, sha256);
const payloads = fc.uint8Array({ maxLength: 300 });

test('what was sealed opens as it was, also out of the middle of a buffer', () => {
  fc.assert(
    fc.property(payloads, fc.nat(50), (payload, before) => {
      const sealed = seal(payload);
      const within = new Uint8Array(before + sealed.length + 9).fill(255);
      within.set(sealed, before);
      const opened = open(within.subarray(before, before + sealed.length));
      expect(opened).toEqual({ ok: true, head: HEAD, payload });
    }),
  );
});

test('any single changed byte is refused', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (payload, place, flip) => {
      const bytes = seal(payload);
      const at = place % bytes.length;
      bytes[at] = (bytes[at] ?? 0) ^ flip;
      expect(open(bytes).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('each byte of one snapshot, and each bit of it', () => {
  const sealed = seal(Uint8Array.from([1, 2, 3]));
  for (let at = 0; at < sealed.length; at++)
    for (let bit = 0; bit < 8; bit++) {
      const bytes = sealed.slice();
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      expect(open(bytes), `byte ${at}, bit ${bit}`).toMatchObject({ ok: false });
    }
});

test('cut short anywhere, or with something behind it, it is refused', () => {
  const sealed = seal(Uint8Array.from([1, 2, 3]));
  for (let length = 0; length < sealed.length; length++)
    expect(open(sealed.slice(0, length)), `${length} bytes`).toMatchObject({ ok: false });
  expect(open(Uint8Array.from([...sealed, 0]))).toMatchObject({ ok: false });
});

test('bytes that nobody sealed are refused', () => {
  fc.assert(fc.property(payloads, (bytes) => !open(bytes).ok));
});

describe('says why', () => {
  const withVersion = (version: number) => {
    const bytes = seal(new Uint8Array());
    new DataView(bytes.buffer).setUint32(4, version);
    return bytes;
  };
  const damaged = seal(Uint8Array.from([1, 2, 3]));
  damaged[damaged.length - 1] = 9;
  test.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(), /0 bytes are too few/],
    ['something else', new TextEncoder().encode(JSON.stringify({ state: 'x'.repeat(60) })), /does not begin/],
    ['older format', withVersion(SNAPSHOT_FORMAT_VERSION - 1), /version 0; this program reads 1/],
    ['newer format', withVersion(SNAPSHOT_FORMAT_VERSION + 1), /version 2; this program reads 1/],
    ['damaged', damaged, /checksum is wrong/],
    ['older state', seal(new Uint8Array(), { ...HEAD, stateVersion: 2 }), /state has version 2.*reads 3/],
    ['newer state', seal(new Uint8Array(), { ...HEAD, stateVersion: 4 }), /state has version 4.*reads 3/],
    ['another pipeline', seal(new Uint8Array(), { ...HEAD, pipeline: 'b' }), /of pipeline 'b', not 'acme'/],
    ['a head of others', seal(new Uint8Array(), { ...HEAD, more: 1 } as SnapshotHead), /head is not/],
  ])('%s', (_what, bytes, why) => {
    expect(open(bytes)).toEqual({ ok: false, detail: expect.stringMatching(why) as string });
  });
});

/** Negative control: without a checksum damage goes through, so that it is the checksum that the tests above see. */
test('a checksum that is always the same lets a changed payload through', () => {
  const blind = () => new Uint8Array(32);
  const bytes = sealSnapshot(HEAD, Uint8Array.from([1, 2, 3]), blind);
  bytes[bytes.length - 1] = 9;
  expect(openSnapshot(bytes, WANTED, blind)).toMatchObject({ ok: true, payload: Uint8Array.from([1, 2, 9]) });
});
