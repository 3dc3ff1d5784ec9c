/** Texts of tweet collections as they were written: those files carry escapes of earlier formats as plain characters. */

const ESCAPED = /\\u([0-9a-f]{4})|\\"+/gi;
const ESCAPED_OR_DOUBLED = /\\u([0-9a-f]{4})|\\"+|""/gi;
const PAIRED_QUOTES = /\\?""|\\"/g;

/** Decodes `\uXXXX`, `\"` (also with its quote doubled again and again, `\""""`), and the CSV quotes of a text that is
 *  wrapped in them as a whole (`"say ""no"" now"`). A quotation mark within that is not doubled shows that the outer ones
 *  belong to the text. Other backslashes stay: `\m/` is an emoticon. */
export function decodeEscapes(text: string): string {
  const wrapped = isWrapped(text);
  if (!wrapped && !text.includes('\\')) return text;
  return (wrapped ? text.slice(1, -1) : text).replace(
    wrapped ? ESCAPED_OR_DOUBLED : ESCAPED,
    (_all, hex: string | undefined) =>
      hex === undefined ? '"' : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function isWrapped(text: string): boolean {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return false;
  return !text.slice(1, -1).replace(PAIRED_QUOTES, '').includes('"');
}
