/** Looking at bytes where they stand. */
const ZERO = 0x30;

export function beginsWith(bytes: Uint8Array, expected: Uint8Array, from = 0): boolean {
  for (let at = 0; at < expected.length; at += 1) if (bytes[from + at] !== expected[at]) return false;
  return true;
}

/** The number that these digits write; NaN where anything else stands, and where nothing does. */
export function wholeNumber(bytes: Uint8Array, from: number, to: number): number {
  let value = from < to ? 0 : Number.NaN;
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
}
