/** SHA-256 of Node.js. */
import { createHash } from 'node:crypto';
import type { Sha256 } from '../../core/snapshot/envelope.ts';

export const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest();
