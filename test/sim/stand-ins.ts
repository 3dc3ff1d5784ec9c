/** What answers in real time, or in other threads, stood in for by what answers in virtual time or at once. Imported for that, before
 *  the services that use it. */
import { vi } from 'vitest';

vi.mock('node:timers/promises', async () => (await import('./virtual-timers.ts')).timersPromises);
vi.mock('../../src/app/services/json-pieces.ts', () => ({
  zippedJson: (value: unknown) => Promise.resolve(Buffer.from(JSON.stringify(value))),
}));
vi.mock('node:zlib', async (original) => ({
  ...(await original<object>()),
  gunzip: (bytes: Uint8Array, done: (error: null, bytes: Buffer) => void) => done(null, Buffer.from(bytes)),
}));
