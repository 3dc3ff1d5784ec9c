/** The `normalizer` of a tokenizer.json: what happens to a text before it is split.
 *  `Precompiled` (sentencepiece's own table) is approximated: NFKC and the whitespace rules of sentencepiece's `nmt_nfkc`,
 *  from which such tables are made; a table with other rules would be read differently here. */
import { z } from 'zod';
import { buildPart, parsePart, unsupported } from './errors.ts';

export type Normalizer = (text: string) => string;

const flag = (fallback: boolean) =>
  z
    .boolean()
    .nullish()
    .transform((value) => value ?? fallback);

const bertSpec = z.looseObject({
  clean_text: flag(true),
  handle_chinese_chars: flag(true),
  strip_accents: z.boolean().nullish(),
  lowercase: flag(true),
});

/** All of category Other and the replacement character, without the three controls that count as whitespace. */
const BERT_UNCLEAN = /(?![\t\n\r])[\p{C}\ufffd]/gu;
const WHITESPACE = /\p{White_Space}/gu;
const CJK =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

const stripAccents: Normalizer = (text) => text.replace(/\p{Mn}/gu, '');

/** Letter by letter, as the models were trained: the whole word's `toLowerCase` would make a final Σ a ς. */
const lowercase: Normalizer = (text) =>
  text.replace(/\p{Changes_When_Lowercased}/gu, (letter) => letter.toLowerCase());

function bertNormalizer(spec: unknown, place: string): Normalizer {
  const options = parsePart(bertSpec, spec, place);
  const withoutAccents = options.strip_accents ?? options.lowercase;
  return (text) => {
    let out = text;
    if (options.clean_text) out = out.replace(BERT_UNCLEAN, '').replace(WHITESPACE, ' ');
    if (options.handle_chinese_chars) out = out.replace(CJK, ' $& ');
    if (withoutAccents) out = stripAccents(out.normalize('NFD'));
    return options.lowercase ? lowercase(out) : out;
  };
}

/** Controls that sentencepiece removes. */
// eslint-disable-next-line no-control-regex -- controls are what it is about
const NMT_REMOVED = /[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g;
const NMT_SPACES = /[\t\n\f\r\u1680\u200b\u200e\u200f\u2028\u2029\u2581\ufeff\ufffd]/g;

/** The fullwidth tilde keeps its width. */
const nmtNfkc: Normalizer = (text) =>
  text
    .replace(NMT_REMOVED, '')
    .replace(NMT_SPACES, ' ')
    .replace(/[^\uff5e]+/g, (run) => run.normalize('NFKC'));

const stripSpec = z.looseObject({ strip_left: flag(true), strip_right: flag(true) });

function strip(spec: unknown, place: string): Normalizer {
  const { strip_left: left, strip_right: right } = parsePart(stripSpec, spec, place);
  return (text) => {
    const out = left ? text.trimStart() : text;
    return right ? out.trimEnd() : out;
  };
}

/** Patterns come in the syntax of another engine and could be slow here, so only the known ones are taken. */
const REPLACE_PATTERNS: Readonly<Record<string, RegExp>> = {
  ' {2,}': / {2,}/g,
  '\\s+': /\p{White_Space}+/gu,
};

const replaceSpec = z.looseObject({
  pattern: z.union([z.object({ String: z.string().min(1) }), z.object({ Regex: z.string() })]),
  content: z.string(),
});

function replace(spec: unknown, place: string): Normalizer {
  const { pattern, content } = parsePart(replaceSpec, spec, place);
  if ('String' in pattern) return (text) => text.replaceAll(pattern.String, () => content);
  const known = Object.hasOwn(REPLACE_PATTERNS, pattern.Regex) ? REPLACE_PATTERNS[pattern.Regex] : undefined;
  if (known === undefined)
    throw unsupported(
      `${place}.pattern.Regex`,
      pattern.Regex,
      Object.keys(REPLACE_PATTERNS).map((name) => JSON.stringify(name)),
    );
  return (text) => text.replace(known, () => content);
}

function prepend(spec: unknown, place: string): Normalizer {
  const { prepend: prefix } = parsePart(z.looseObject({ prepend: z.string() }), spec, place);
  return (text) => (text === '' ? text : prefix + text);
}

function sequence(spec: unknown, place: string): Normalizer {
  const { normalizers } = parsePart(z.looseObject({ normalizers: z.array(z.unknown()) }), spec, place);
  const steps = normalizers.map((one, index) => buildPart(NORMALIZERS, one, `${place}.normalizers.${index}`));
  return (text) => steps.reduce((out, step) => step(out), text);
}

const unicode = (form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD') => (): Normalizer => (text) => text.normalize(form);

const NORMALIZERS: Readonly<Record<string, (spec: unknown, place: string) => Normalizer>> = {
  BertNormalizer: bertNormalizer,
  Lowercase: () => lowercase,
  NFC: unicode('NFC'),
  NFD: unicode('NFD'),
  NFKC: unicode('NFKC'),
  NFKD: unicode('NFKD'),
  Precompiled: () => nmtNfkc,
  Prepend: prepend,
  Replace: replace,
  Sequence: sequence,
  Strip: strip,
  StripAccents: () => stripAccents,
};

/** `spec` is null for none. Throws `OnnxError`. Each normalizer takes time linear in the text. */
export function buildNormalizer(spec: unknown, place: string): Normalizer {
  return spec === null || spec === undefined ? (text) => text : buildPart(NORMALIZERS, spec, place);
}
