/** Bytes as base64 text, several times as fast as `btoa` over a string of them: states hold megabytes, and nobody else is served
 *  while they are written. */

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const CODES = Uint8Array.from(DIGITS, (digit) => digit.charCodeAt(0));
const VALUES = new Uint8Array(128);
for (const [value, code] of CODES.entries()) VALUES[code] = value;

/** Without padding. Bytes that are all zero are an empty text: whoever reads knows how many there are. */
export function encodeBytes(bytes: Uint8Array): string {
  if (bytes.every((byte) => byte === 0)) return '';
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3));
  for (let from = 0, to = 0; from < bytes.length; from += 3) {
    const bits = ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0);
    codes[to++] = CODES[bits >>> 18] ?? 0;
    codes[to++] = CODES[(bits >>> 12) & 63] ?? 0;
    codes[to++] = CODES[(bits >>> 6) & 63] ?? 0; // Writes beyond the end are ignored.
    codes[to++] = CODES[bits & 63] ?? 0;
  }
  return new TextDecoder().decode(codes);
}

/** Fills bytes that are all zero. Throws a `RangeError` for a text of another number of bytes. */
export function decodeBytes(text: string, bytes: Uint8Array): void {
  if (text === '') return;
  const chars = Math.ceil((bytes.length * 4) / 3);
  if (text.length !== chars) throw new RangeError(`${text.length} characters of base64; needed: ${chars}`);
  for (let from = 0, to = 0; to < bytes.length; from += 4) {
    const bits =
      (valueAt(text, from) << 18) |
      (valueAt(text, from + 1) << 12) |
      (valueAt(text, from + 2) << 6) |
      valueAt(text, from + 3);
    bytes[to++] = bits >>> 16;
    bytes[to++] = bits >>> 8;
    bytes[to++] = bits;
  }
}

function valueAt(text: string, at: number): number {
  return at < text.length ? (VALUES[text.charCodeAt(at)] ?? 0) : 0;
}
