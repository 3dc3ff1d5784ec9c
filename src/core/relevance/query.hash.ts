/** FNV-1a, 32 bits: how what is looked up in a text is told apart while its letters go by. */
export const HASH_START = 0x811c9dc5;

/** The hash of a text from that of all but its last letter. */
export const hashOn = (hash: number, code: number) => Math.imul(hash ^ code, 0x01000193);

export function hashOf(text: string): number {
  let hash = HASH_START;
  for (let at = 0; at < text.length; at += 1) hash = hashOn(hash, text.charCodeAt(at));
  return hash;
}
