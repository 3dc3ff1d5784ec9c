/** Goal: WordPiece, byte-pair encoding and Unigram give the tokens of the published examples (marked *), and their special
 *  cases. */
import { expect, test } from 'vitest';
import { readTokenizer } from '../../../../src/core/sentiment/onnx/tokenizer.ts';
import { idsOf, tokensOf, vocabOf } from './files.ts';

const BERT_TOKENS = [
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[PAD]',
  '[MASK]',
  'want',
  '##want',
  '##ed',
  'wa',
  'un',
  'runn',
  '##ing',
  ',',
  'low',
  'lowest',
  '##aff',
  '##able',
];
const BERT = {
  normalizer: { type: 'BertNormalizer' },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  model: { type: 'WordPiece', unk_token: '[UNK]', vocab: vocabOf(BERT_TOKENS) },
};

test.each<[string, string, string[]]>([
  ['accents and case *', 'UNwant\u00e9d,running', ['un', '##want', '##ed', ',', 'runn', '##ing']],
  ['unaffable *', 'unaffable', ['un', '##aff', '##able']],
  ['a word that cannot be spelled *', 'unwantedX running', ['[UNK]', 'runn', '##ing']],
  ['a hundred letters', 'un' + 'want'.repeat(24) + 'ed', ['un', ...Array<string>(24).fill('##want'), '##ed']],
  ['a hundred and one', 'x' + 'want'.repeat(25), ['[UNK]']],
  ['nothing', '', []],
])('WordPiece: %s', (_why, text, expected) => {
  expect(tokensOf(BERT, BERT_TOKENS, text)).toEqual(expected);
});

test('WordPiece: published ids', () => {
  expect(idsOf(BERT, 'UNwant\u00e9d,running')).toEqual([9, 6, 7, 12, 10, 11]);
});

const ROBERTA_TOKENS = [
  'l',
  'o',
  'w',
  'e',
  'r',
  's',
  't',
  'i',
  'd',
  'n',
  '\u0120',
  '\u0120l',
  '\u0120n',
  '\u0120lo',
  '\u0120low',
  'er',
  '\u0120lowest',
  '\u0120newer',
  '\u0120wider',
  '<unk>',
];
const ROBERTA = {
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false },
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    continuing_subword_prefix: '',
    end_of_word_suffix: '',
    vocab: vocabOf(ROBERTA_TOKENS),
    merges: ['\u0120 l', '\u0120l o', '\u0120lo w', 'e r'],
  },
};
const { type: _, ...untyped } = ROBERTA.model;

test.each<[string, Readonly<Record<string, unknown>>, string, number[]]>([
  ['a space in front *', ROBERTA, ' lower newer', [14, 15, 10, 9, 3, 2, 15]],
  ['none in front *', ROBERTA, 'lower newer', [0, 1, 2, 15, 10, 9, 3, 2, 15]],
  ['a file without the type', { ...ROBERTA, model: untyped }, 'lower', [0, 1, 2, 15]],
  [
    'merges as pairs',
    { ...ROBERTA, model: { ...ROBERTA.model, merges: [['e', 'r']] } },
    'lower',
    [0, 1, 2, 15],
  ],
  ['unknown letters', ROBERTA, 'lzzo', [0, 19, 19, 1]],
  [
    'unknown letters as one',
    { ...ROBERTA, model: { ...ROBERTA.model, fuse_unk: true } },
    'lzzoz',
    [0, 19, 1, 19],
  ],
  ['no token for them', { ...ROBERTA, model: { ...ROBERTA.model, unk_token: null } }, 'lzzo', [0, 1]],
  [
    'whole words first',
    { ...ROBERTA, model: { ...ROBERTA.model, ignore_merges: true } },
    ' lowest lowe',
    [16, 14, 3],
  ],
  ['without that, merges only', ROBERTA, ' lowest', [14, 3, 5, 6]],
])('byte-pair encoding: %s', (_why, json, text, expected) => {
  expect(idsOf(json, text)).toEqual(expected);
});

test('byte-pair encoding: merges in the order of training *', () => {
  const tokens = [
    'u',
    'n',
    'r',
    'e',
    'l',
    'a',
    't',
    'd',
    're',
    'at',
    'ed',
    'un',
    'ated',
    'rel',
    'related',
    'unrelated',
  ];
  const merges = ['r e', 'a t', 'e d', 'u n', 'at ed', 're l', 'rel ated', 'un related'];
  const json = (kept: string[]) => ({ model: { type: 'BPE', vocab: vocabOf(tokens), merges: kept } });
  expect(tokensOf(json(merges), tokens, 'unrelated')).toEqual(['unrelated']);
  expect(tokensOf(json([]), tokens, 'unrelated')).toEqual([...'unrelated']);
});

const PIECES: readonly [string, number][] = [
  ['<unk>', 0],
  ['ab', 0],
  ['cd', -0.1],
  ['abc', -0.2],
  ['a', -0.3],
  ['b', -0.4],
  ['c', -0.5],
  ['ABC', -0.5],
  ['abcdabcd', 20],
  ['q', 20.5],
  ['r', 20.5],
  ['qr', -0.5],
];
const unigram = (vocab: readonly [string, number][], more = {}) => ({
  model: { type: 'Unigram', unk_id: 0, vocab, ...more },
});

test.each<[string, string[]]>([
  ['abc', ['abc']],
  ['AB', ['<unk>']],
  ['abcd', ['ab', 'cd']],
  ['abcc', ['abc', 'c']],
  ['xabcabaabcdd', ['<unk>', 'abc', 'ab', 'a', 'ab', 'cd', '<unk>']],
  ['xyz東京', ['<unk>']],
  ['ABC', ['ABC']],
  ['abABCcd', ['ab', 'ABC', 'cd']],
  ['ababcdabcdcd', ['ab', 'abcdabcd', 'cd']],
  ['abqrcd', ['ab', 'q', 'r', 'cd']],
  ['a\u{1f600}b', ['a', '<unk>', 'b']],
])('Unigram: %s *', (text, expected) => {
  const tokens = PIECES.map(([piece]) => piece);
  expect(tokensOf(unigram(PIECES), tokens, text)).toEqual(expected);
});

test('Unigram: bytes for what is unknown *', () => {
  const pieces: [string, number][] = [
    ['<unk>', 0],
    ['<0xE2>', -0.01],
    ['<0x85>', -0.02],
    ['<0xE2>', -0.03],
    ['<0x90>', -0.04],
    ['<0x91>', -0.05],
    ['<0x9B>', -0.06],
    ['Hello', -0.1],
    ['how', -0.2],
    ['are', -0.3],
    [' ', -0.4],
  ];
  const json = unigram(pieces, { byte_fallback: true });
  expect(idsOf(json, 'Hello⅐how are⅑⅑')).toEqual([7, 3, 2, 4, 8, 10, 9, 3, 2, 5, 3, 2, 5]);
  expect(idsOf(json, ' unknown‰')).toEqual([10, 0]);
});

test('Unigram: XLM-R as a whole, in a file that names no type', () => {
  const vocab: [string, number][] = [
    ['<s>', 0],
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', 0],
    ['▁', -3],
    ['▁good', -5],
    ['▁go', -6],
    ['od', -6],
    ['s', -4],
  ];
  const json = {
    added_tokens: ['<s>', '<pad>', '</s>', '<unk>'].map((content, id) => ({ id, content, special: true })),
    normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'WhitespaceSplit' },
        { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
      ],
    },
    post_processor: { type: 'RobertaProcessing', cls: ['<s>', 0], sep: ['</s>', 2] },
    model: { unk_id: 3, vocab },
  };
  expect(idsOf(json, '  ｇood goods 東')).toEqual([0, 5, 5, 8, 4, 3, 2]);
  // A control token in a text is the characters it is written with.
  expect(idsOf(json, '</s>')).toEqual([0, 4, 3, 8, 3, 2]);
  expect(readTokenizer(json).tokenizer({ tokensMax: 4 }).encode('good goods')).toEqual({
    ids: [0, 5, 5, 2],
    truncated: true,
  });
});
