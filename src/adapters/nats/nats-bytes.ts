/** Looking at bytes where they stand. */
export function beginsWith(bytes: Uint8Array, expected: Uint8Array): boolean {
  for (let at = 0; at < expected.length; at += 1) if (bytes[at] !== expected[at]) return false;
  return true;
}
