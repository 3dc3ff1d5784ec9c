/** The `pre_tokenizer` of a tokenizer.json: how a normalized text is split into the words that the model then divides. */
import { z } from 'zod';
import { toByteLetters } from './byte-level.ts';
import { buildPart, parsePart } from './errors.ts';

/** `first`: the piece begins the text. */
export type PreTokenizer = (piece: string, first: boolean) => string[];

const words = (pattern: RegExp) => (): PreTokenizer => (piece) => piece.match(pattern) ?? [];

/** ASCII symbols such as `$` count as punctuation here, other symbols do not. */
const BERT_WORDS = /[!-/:-@[-`{-~\p{P}]|[^\p{White_Space}!-/:-@[-`{-~\p{P}]+/gu;
/** `\w+|[^\w\s]+` with the letters of all scripts. */
const WORDS =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d\p{White_Space}]+/gu;
const PUNCTUATION = /[!-/:-@[-`{-~\p{P}]|[^!-/:-@[-`{-~\p{P}]+/gu;

/** GPT-2's pattern, with a lookahead that only ever gives back one space. */
const GPT2_WORDS =
  /'(?:[stmd]|re|ve|ll)| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

const byteLevelSpec = z.looseObject({
  add_prefix_space: z.boolean().default(true),
  use_regex: z.boolean().default(true),
});

function byteLevel(spec: unknown, place: string): PreTokenizer {
  const { add_prefix_space: prefixSpace, use_regex: splits } = parsePart(byteLevelSpec, spec, place);
  return (piece) => {
    const text = prefixSpace && !/^\p{White_Space}/u.test(piece) ? ` ${piece}` : piece;
    return (splits ? (text.match(GPT2_WORDS) ?? []) : [text]).map(toByteLetters);
  };
}

const metaspaceSpec = z.looseObject({
  replacement: z.string().min(1).max(2).default('▁'),
  prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
  add_prefix_space: z.boolean().default(true),
  split: z.boolean().default(true),
});

function metaspace(spec: unknown, place: string): PreTokenizer {
  const { replacement, prepend_scheme, add_prefix_space, split } = parsePart(metaspaceSpec, spec, place);
  // Files from before `prepend_scheme` have only the flag.
  const scheme = prepend_scheme ?? (add_prefix_space ? 'always' : 'never');
  return (piece, first) => {
    const marked = piece.replaceAll(' ', replacement);
    const prepends = scheme === 'always' || (scheme === 'first' && first);
    const text = prepends && !marked.startsWith(replacement) ? replacement + marked : marked;
    if (!split) return [text];
    const [head = '', ...tail] = text.split(replacement);
    const parts = tail.map((part) => replacement + part);
    return head === '' ? parts : [head, ...parts];
  };
}

function sequence(spec: unknown, place: string): PreTokenizer {
  const { pretokenizers } = parsePart(z.looseObject({ pretokenizers: z.array(z.unknown()) }), spec, place);
  const steps = pretokenizers.map((one, index) =>
    buildPart(PRE_TOKENIZERS, one, `${place}.pretokenizers.${index}`),
  );
  return (piece, first) =>
    steps.reduce((pieces, step) => pieces.flatMap((one, index) => step(one, first && index === 0)), [piece]);
}

const PRE_TOKENIZERS: Readonly<Record<string, (spec: unknown, place: string) => PreTokenizer>> = {
  BertPreTokenizer: words(BERT_WORDS),
  ByteLevel: byteLevel,
  Metaspace: metaspace,
  Punctuation: words(PUNCTUATION),
  Sequence: sequence,
  Whitespace: words(WORDS),
  WhitespaceSplit: words(/\P{White_Space}+/gu),
};

/** `spec` is null for none. Throws `OnnxError`. Each pre-tokenizer takes time linear in the text. */
export function buildPreTokenizer(spec: unknown, place: string): PreTokenizer {
  return spec === null || spec === undefined ? (piece) => [piece] : buildPart(PRE_TOKENIZERS, spec, place);
}
