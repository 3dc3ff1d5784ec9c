import { MESSAGE_LIMITS } from '../message/limits.ts';

/** Bounds that every engine keeps by itself. */
export const ENGINE_LIMITS = {
  /** UTF-16 units of a text that are read; the rest is not looked at. */
  textCharsMax: MESSAGE_LIMITS.textCharsMax,
  /** Pieces of an explanation, from the beginning of the text; further ones count but are not listed. */
  becauseMax: 64,
} as const;
