/** Cuts the payload of a NATS message into the byte ranges of its JSON objects, without parsing, so that one bad object
 *  never spoils its neighbours and a dead letter holds exactly the bytes that were bad. */

const SPACE = 0x20;
export const NEWLINE = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}

/** Without white space at both ends, and without a byte order mark. The same array when there is nothing to drop. */
export function trimPayload(data: Uint8Array): Uint8Array {
  const marked = data[0] === 0xef && data[1] === 0xbb && data[2] === 0xbf;
  return trimRange(data, marked ? 3 : 0, data.length);
}

function trimRange(bytes: Uint8Array, from: number, to: number): Uint8Array {
  let start = from;
  let end = to;
  while (start < end && isBlank(bytes[start])) start++;
  while (end > start && isBlank(bytes[end - 1])) end--;
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}

/** Where the brackets that open at the first byte are closed again (the index after it, or -1), how deep they nest, and
 *  where the commas of the outermost level are, at most `commasMax`. */
function scanBrackets(bytes: Uint8Array, commasMax: number) {
  const commas: number[] = [];
  let inString = false;
  let depth = 0;
  let depthMax = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
      else if (byte === NEWLINE) break; // No JSON string holds one: the string was cut off.
    } else if (byte === QUOTE) inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depthMax = Math.max(depthMax, ++depth);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      if (--depth <= 0) return { end: at + 1, depthMax, commas };
    } else if (byte === COMMA && depth === 1 && commas.length < commasMax) commas.push(at);
  }
  return { end: -1, depthMax, commas };
}

/** How deep the brackets of a JSON text nest. */
export function nestingDepth(bytes: Uint8Array): number {
  return scanBrackets(bytes, 0).depthMax;
}

/** Whether several lines read as one JSON value: its brackets close at the very end, or the first line only opens one. */
export function looksPrettyPrinted(payload: Uint8Array): boolean {
  const firstLineEnd = payload.indexOf(NEWLINE);
  return trimRange(payload, 0, firstLineEnd).length === 1 || scanBrackets(payload, 0).end === payload.length;
}

/** The first `partsMax` elements of a JSON array, or undefined when the payload is not one array. */
export function arrayElements(payload: Uint8Array, partsMax: number): Uint8Array[] | undefined {
  if (payload[0] !== OPEN_LIST) return undefined;
  const { end, commas } = scanBrackets(payload, partsMax);
  if (end !== payload.length) return undefined;
  const last = end - 1;
  if (trimRange(payload, 1, last).length === 0) return [];
  const ends = [...commas, last].slice(0, partsMax);
  return ends.map((to, index) => trimRange(payload, (ends[index - 1] ?? 0) + 1, to));
}

/** The first `partsMax` lines that are not blank; a line that is a JSON array gives its elements. */
export function lineParts(payload: Uint8Array, partsMax: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let end = -1;
  while (end < payload.length && parts.length < partsMax) {
    const start = end + 1;
    const newline = payload.indexOf(NEWLINE, start);
    end = newline === -1 ? payload.length : newline;
    const line = trimRange(payload, start, end);
    if (line.length > 0) parts.push(...(arrayElements(line, partsMax - parts.length) ?? [line]));
  }
  return parts;
}
