/** GPT-2's bytes as letters: every byte of UTF-8 is one printable character, so that a vocabulary of strings covers any
 *  text (Radford et al., 2019, `bytes_to_unicode`). Printable Latin-1 stands for itself, the other 68 bytes for
 *  U+0100 and on: a space is `Ġ`. */
const printable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

const LETTER_OF_BYTE: readonly string[] = (() => {
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : 0x100 + others++),
  );
})();

const encoder = new TextEncoder();

/** One character for each byte of the text's UTF-8. */
export function toByteLetters(text: string): string {
  let letters = '';
  for (const byte of encoder.encode(text)) letters += LETTER_OF_BYTE[byte];
  return letters;
}

/** The tokens `<0x00>` to `<0xFF>` of the text's UTF-8, as sentencepiece falls back to; undefined unless all are known. */
export function toByteTokens(text: string, vocab: ReadonlyMap<string, number>): number[] | undefined {
  const ids: number[] = [];
  for (const byte of encoder.encode(text)) {
    const id = vocab.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
    if (id === undefined) return undefined;
    ids.push(id);
  }
  return ids;
}
