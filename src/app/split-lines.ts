/** Splits a byte stream at newlines, and at nothing else: `readline` also splits at U+2028 and lone carriage returns, which
 *  are part of a text. */

/** Of lines that hold texts: far above what is read of one (4,096 characters), so that a text of a million characters has
 *  room even where each is written as two escapes (\ud83d\ude00). */
export const TEXT_LINE_BYTES_MAX = 16_777_216;

export const TEXT_LINE_TOO_LONG = `longer than ${TEXT_LINE_BYTES_MAX} bytes, which is what a line may hold`;

/** Lines of texts. One that is longer than may be is told by its place, as undefined: a cut text is another text. */
export async function* splitTextLines(
  bytes: AsyncIterable<Buffer | string>,
): AsyncGenerator<string | undefined> {
  for await (const line of splitLines(bytes, { bytesMax: TEXT_LINE_BYTES_MAX + NOT_OF_THE_LINE + 1 }))
    yield line.length > TEXT_LINE_BYTES_MAX ? undefined : line.toString('utf8');
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Editors on Windows begin files with it. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Bytes that may be taken off a line: the mark and a return. */
const NOT_OF_THE_LINE = BYTE_ORDER_MARK.length + 1;

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
