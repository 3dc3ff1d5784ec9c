/** Splits a byte stream at newlines, and at nothing else: `readline` also splits at U+2028 and lone carriage returns, which
 *  are part of a text. */

/** Of lines that hold texts: far above what is read of one (4,096 characters). */
export const TEXT_LINE_BYTES_MAX = 4_194_304;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Editors on Windows begin files with it. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Lines without their newline, the first without a byte order mark; a longer one than `bytesMax` is cut there, and what follows up to its newline is left out. */
export async function* splitLines(
  bytes: AsyncIterable<Buffer | string>,
  { bytesMax }: { readonly bytesMax: number },
): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let heldBytes = 0;
  let isFirst = true;
  const hold = (part: Buffer) => {
    if (part.length === 0 || heldBytes >= bytesMax) return;
    parts.push(part.subarray(0, bytesMax - heldBytes));
    heldBytes += part.length;
  };
  const release = (): Buffer => {
    let line = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    parts = [];
    heldBytes = 0;
    if (isFirst && line.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK))
      line = line.subarray(BYTE_ORDER_MARK.length);
    isFirst = false;
    return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
  };
  for await (const read of bytes) {
    const chunk = typeof read === 'string' ? Buffer.from(read) : read;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      hold(chunk.subarray(start, end));
      yield release();
      start = end + 1;
    }
    hold(chunk.subarray(start));
  }
  if (parts.length > 0) yield release();
}
