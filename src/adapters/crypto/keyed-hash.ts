/** HMAC-SHA-256 of Node.js. */
import { createHmac, createSecretKey } from 'node:crypto';
import type { KeyedHash } from '../../core/privacy/keyed-hash.port.ts';

export const keyedHash: KeyedHash = (key) => {
  const secret = createSecretKey(key, 'utf8');
  return (text) => createHmac('sha256', secret).update(text).digest('hex');
};
