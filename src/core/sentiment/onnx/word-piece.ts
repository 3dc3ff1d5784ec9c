/** WordPiece (BERT): the longest piece of the vocabulary from the left, again and again. */
import { z } from 'zod';
import { malformed, parsePart } from './errors.ts';
import type { TokenModel } from './token-model.ts';
import { readVocab } from './token-model.ts';

const wordPieceSpec = z.looseObject({
  unk_token: z.string().default('[UNK]'),
  continuing_subword_prefix: z.string().default('##'),
  max_input_chars_per_word: z.int().min(1).default(100),
  vocab: z.unknown(),
});

/** However long the file says a word may be: a longer one is unknown. */
const WORD_CHARS_MAX = 100;

/** A word that cannot be spelled to its end is one unknown token. At most WORD_CHARS_MAX times the longest piece's length
 *  look-ups a word. `control`: tokens that a text cannot write. Throws `OnnxError`. */
export function buildWordPiece(spec: unknown, place: string, control: ReadonlySet<string>): TokenModel {
  const parsed = parsePart(wordPieceSpec, spec, place);
  const { unk_token: unknown, continuing_subword_prefix: prefix } = parsed;
  const vocab = readVocab(parsed.vocab, `${place}.vocab`);
  const unknownId = vocab.get(unknown);
  if (unknownId === undefined) throw malformed(`${place}.unk_token`, unknown, `a token of ${place}.vocab`);
  for (const token of control) vocab.delete(token);
  const charsMax = Math.min(WORD_CHARS_MAX, parsed.max_input_chars_per_word);
  let longest = 0;
  for (const token of vocab.keys()) longest = Math.max(longest, token.length);

  return (word) => {
    // Two UTF-16 units a character at most: only then is counting worth it.
    if (word.length > charsMax && (word.length > 2 * charsMax || Array.from(word).length > charsMax))
      return [unknownId];
    const ids: number[] = [];
    for (let start = 0; start < word.length;) {
      let end = Math.min(word.length, start + longest);
      let id: number | undefined;
      for (; end > start; end -= 1) {
        const piece = word.slice(start, end);
        id = vocab.get(start === 0 ? piece : prefix + piece);
        if (id !== undefined) break;
      }
      if (id === undefined) return [unknownId];
      ids.push(id);
      start = end;
    }
    return ids;
  };
}
