/** Goal: texts are normalized and split as Hugging Face's tokenizers do it. Rows marked with * are their published examples. */
import { expect, test } from 'vitest';
import { buildNormalizer } from '../../../../src/core/sentiment/onnx/normalizer.ts';
import { buildPreTokenizer } from '../../../../src/core/sentiment/onnx/pre-tokenizer.ts';

const BERT = { type: 'BertNormalizer' };
const CASED = { ...BERT, lowercase: false, strip_accents: null };
const XLM_R = {
  type: 'Sequence',
  normalizers: [{ type: 'Precompiled' }, { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }],
};

test.each<[string, unknown, string, string]>([
  ['none', null, 'Ａ  é', 'Ａ  é'],
  ['BERT: lower case without accents *', BERT, 'H\u00e9llo', 'hello'],
  ['BERT: CJK between spaces *', BERT, 'ah\u535a\u63a8zz', 'ah 博  推 zz'],
  ['BERT: spaces of all kinds, no controls', BERT, 'a\tb\u00a0c\u200dd\0\ufffd\u0007e', 'a b cde'],
  ['BERT: letter by letter', BERT, 'ΟΔΟΣ İ', 'οδοσ i'],
  ['BERT cased keeps accents', CASED, 'HÄLLO', 'HÄLLO'],
  ['BERT cased, accents stripped *', { ...CASED, strip_accents: true }, 'HäLLo', 'HaLLo'],
  ['BERT lower case, accents kept *', { ...BERT, strip_accents: false }, 'HäLLo', 'hällo'],
  ['NFC', { type: 'NFC' }, 'e\u0301', '\u00e9'],
  [
    'NFD and accents',
    { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }] },
    'é',
    'e',
  ],
  ['NFKC', { type: 'NFKC' }, 'Ⅻﬁ', 'XIIfi'],
  ['Lowercase', { type: 'Lowercase' }, 'ÀB', 'àb'],
  ['Strip both sides', { type: 'Strip', strip_left: true, strip_right: true }, '  a b ', 'a b'],
  ['Strip one side', { type: 'Strip', strip_left: false, strip_right: true }, ' a ', ' a'],
  [
    'Replace a string, literally',
    { type: 'Replace', pattern: { String: '``' }, content: '$&"' },
    '``a``',
    '$&"a$&"',
  ],
  ['Prepend', { type: 'Prepend', prepend: '▁' }, 'a', '▁a'],
  ['XLM-R: NFKC, spaces, controls', XLM_R, 'Ａ…\u0007\tb \u200b c～', 'A... b c～'],
])('normalizer: %s', (_why, spec, text, expected) => {
  expect(buildNormalizer(spec, 'x')(text)).toBe(expected);
});

const BYTES = { type: 'ByteLevel', add_prefix_space: false };
const META = { type: 'Metaspace', replacement: '▁' };

test.each<[string, unknown, string, string[]]>([
  ['none', null, 'a b', ['a b']],
  [
    'BERT *',
    { type: 'BertPreTokenizer' },
    'Hey friend!     How are you?!?',
    ['Hey', 'friend', '!', 'How', 'are', 'you', '?', '!', '?'],
  ],
  ['BERT: ASCII symbols, other ones not', { type: 'BertPreTokenizer' }, 'a$b€c', ['a', '$', 'b€c']],
  ['Whitespace *', { type: 'Whitespace' }, 'Hey man, good?', ['Hey', 'man', ',', 'good', '?']],
  ['WhitespaceSplit *', { type: 'WhitespaceSplit' }, 'Hey, man, Good?', ['Hey,', 'man,', 'Good?']],
  ['Punctuation', { type: 'Punctuation' }, 'Hey friend!?', ['Hey friend', '!', '?']],
  [
    'bytes *',
    BYTES,
    'Hello my friend, how is your day going?',
    ['Hello', 'Ġmy', 'Ġfriend', ',', 'Ġhow', 'Ġis', 'Ġyour', 'Ġday', 'Ġgoing', '?'],
  ],
  ['bytes with a space in front *', { type: 'ByteLevel', add_prefix_space: true }, 'Hello', ['ĠHello']],
  ['bytes with a space there already', { type: 'ByteLevel', add_prefix_space: true }, ' Hello', ['ĠHello']],
  ['bytes: newlines *', BYTES, 'Hello there\nHello there', ['Hello', 'Ġthere', 'Ċ', 'Hello', 'Ġthere']],
  ['bytes: many spaces *', BYTES, 'Hello there       dear', ['Hello', 'Ġthere', 'ĠĠĠĠĠĠ', 'Ġdear']],
  ['bytes: short forms', BYTES, "I'm 12 we'll", ['I', "'m", 'Ġ12', 'Ġwe', "'ll"]],
  ['bytes of other letters', BYTES, 'é😀', ['Ã©', 'ðŁĺĢ']],
  ['bytes unsplit', { ...BYTES, use_regex: false }, 'a b', ['aĠb']],
  ['Metaspace *', { ...META, add_prefix_space: true }, 'Hey   friend!', ['▁Hey', '▁', '▁', '▁friend!']],
  ['Metaspace without', { ...META, prepend_scheme: 'never' }, 'Hey friend!', ['Hey', '▁friend!']],
  ['Metaspace whole', { ...META, split: false }, 'Hey friend!', ['▁Hey▁friend!']],
  [
    'XLM-R: words, then Metaspace',
    { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, META] },
    ' a  b',
    ['▁a', '▁b'],
  ],
  [
    'Metaspace for the first word only',
    { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { ...META, prepend_scheme: 'first' }] },
    'a b',
    ['▁a', 'b'],
  ],
])('pre-tokenizer: %s', (_why, spec, text, expected) => {
  expect(buildPreTokenizer(spec, 'x')(text, true)).toEqual(expected);
});

test('the bytes of UTF-8 have 256 letters', () => {
  const letters = new Set<string>();
  const split = buildPreTokenizer({ ...BYTES, use_regex: false }, 'x');
  // Every byte that UTF-8 can hold: all but C0, C1 and F5 to FF.
  for (let point = 0; point < 0x110000; point += point < 0x3000 ? 1 : 0x7ff)
    for (const letter of split(String.fromCodePoint(point), true)[0] ?? '') letters.add(letter);
  expect(letters.size).toBe(256 - 13);
});
