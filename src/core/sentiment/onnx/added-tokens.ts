/** The `added_tokens` of a tokenizer.json: strings that are one token wherever a text holds them.
 *  Control tokens (special ones in brackets: `[SEP]`, `</s>`, `<|endoftext|>`) are not among them: who writes a message
 *  must not be able to write the model's own marks, so they are read as the characters they are. */
import { z } from 'zod';
import { parsePart } from './errors.ts';

const addedTokenSpec = z.looseObject({
  id: z.int().min(0),
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(true),
  special: z.boolean().default(false),
});
type AddedToken = z.output<typeof addedTokenSpec>;

/** Added tokens a file may have; each that begins with a character costs a comparison wherever that character is. */
const ADDED_TOKENS_MAX = 10_000;

const CONTROL = /^(<.*>|\[.*\])$/su;
const WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u;

export interface AddedTokens {
  readonly idOf: ReadonlyMap<string, number>;
  /** Tokens that no text can write. */
  readonly control: ReadonlySet<string>;
  /** Those to be found before normalization, and those to be found in a normalized text. */
  readonly raw: readonly AddedToken[];
  readonly normalized: readonly AddedToken[];
}

/** Throws `ONNX_FILE`. */
export function readAddedTokens(value: unknown, place: string): AddedTokens {
  const tokens = parsePart(z.array(addedTokenSpec).max(ADDED_TOKENS_MAX).default([]), value, place);
  const isControl = ({ special, content }: AddedToken) => special && CONTROL.test(content);
  const plain = tokens.filter((token) => !isControl(token));
  return {
    idOf: new Map(tokens.map(({ content, id }) => [content, id])),
    control: new Set(tokens.filter(isControl).map(({ content }) => content)),
    raw: plain.filter(({ normalized }) => !normalized),
    normalized: plain.filter(({ normalized }) => normalized),
  };
}

/** A piece of text, or the id of an added token that stood there. */
export type Segment = string | number;

function standsAlone(text: string, start: number, end: number): boolean {
  const before = start === 0 ? '' : text.slice(start - 1, start);
  return !WORD_CHARACTER.test(before) && !WORD_CHARACTER.test(text.slice(end, end + 1));
}

/** Divides a text at the tokens, the leftmost and longest first. `read` says how a token is written in that text. */
export function createSplitter(
  tokens: readonly AddedToken[],
  read: (content: string) => string = (content) => content,
): (text: string) => Segment[] {
  const byFirst = new Map<string, { token: AddedToken; content: string }[]>();
  for (const token of tokens) {
    const content = read(token.content);
    if (content === '') continue;
    const group = byFirst.get(content.charAt(0)) ?? [];
    byFirst.set(content.charAt(0), [...group, { token, content }]);
  }
  for (const group of byFirst.values()) group.sort((a, b) => b.content.length - a.content.length);

  return (text) => {
    if (byFirst.size === 0) return [text];
    const segments: Segment[] = [];
    let rest = 0;
    for (let at = 0; at < text.length; at += 1) {
      const found = byFirst
        .get(text.charAt(at))
        ?.find(
          ({ token, content }) =>
            text.startsWith(content, at) &&
            (!token.single_word || standsAlone(text, at, at + content.length)),
        );
      if (found === undefined) continue;
      const before = text.slice(rest, at);
      segments.push(found.token.lstrip ? before.trimEnd() : before, found.token.id);
      rest = at + found.content.length;
      if (found.token.rstrip) while (/\s/u.test(text.charAt(rest))) rest += 1;
      at = rest - 1;
    }
    segments.push(text.slice(rest));
    return segments;
  };
}
