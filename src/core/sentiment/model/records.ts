/** What is to be known of spellings, by number: eight floats and sixteen integers on the same 64 bytes, one line of the processor's
 *  cache. Numbers are given in the order in which spellings are met, so that frequent ones stand together. */

export const FLOATS = 8;
export const INTS = 16;
/** Floats: what a word adds by its features, and by its meaning. */
export const OWN = 0;
export const MEANING = 3;
/** Integers, behind them: the hash of its form, its traits, its entry in the lexicons, the text that held it last. */
export const HASH = 12;
export const TRAITS = 13;
export const ENTRY = 14;
export const LAST_TEXT = 15;

export interface Records {
  readonly size: number;
  readonly floats: Float64Array;
  readonly ints: Int32Array;
}

/** Memory that V8 asks for begins 16 bytes behind the beginning of a line. */
export const ALIGNING_BYTES = 48;

/** All zero; what is not used takes no memory. */
export function newRecords(size: number): Records {
  const buffer = new ArrayBuffer(ALIGNING_BYTES + size * FLOATS * 8);
  return {
    size,
    floats: new Float64Array(buffer, ALIGNING_BYTES),
    ints: new Int32Array(buffer, ALIGNING_BYTES),
  };
}
