/** Goal: the frame around a text, its end, tokens that were added, and that a file we cannot honour is refused by name. */
import { expect, test } from 'vitest';
import { readTokenizer } from '../../../../src/core/sentiment/onnx/tokenizer.ts';
import { idsOf, refusal, type TokenizerJson, vocabOf } from './files.ts';

const JSON_FILE = {
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'WhitespaceSplit' },
  model: { type: 'WordPiece', vocab: vocabOf(['[UNK]', 'a', 'b', '[SEP]', 'url']) },
};
const ADDED = { special: false, normalized: false, single_word: false, lstrip: false, rstrip: false };

const template = (single: unknown) => ({
  type: 'TemplateProcessing',
  single,
  special_tokens: {
    '[CLS]': { id: '[CLS]', ids: [8], tokens: ['[CLS]'] },
    '[SEP]': { id: '[SEP]', ids: [9], tokens: ['[SEP]'] },
  },
});
const TEXT = { Sequence: { id: 'A', type_id: 0 } };
const token = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } });

test.each<[string, unknown, number[]]>([
  ['none', null, [1, 2]],
  ['a template', template([token('[CLS]'), TEXT, token('[SEP]')]), [8, 1, 2, 9]],
  ['BERT', { type: 'BertProcessing', cls: ['[CLS]', 8], sep: ['[SEP]', 9] }, [8, 1, 2, 9]],
  [
    'RoBERTa',
    { type: 'RobertaProcessing', cls: ['<s>', 8], sep: ['</s>', 9], trim_offsets: true },
    [8, 1, 2, 9],
  ],
  [
    'bytes and a template',
    {
      type: 'Sequence',
      processors: [{ type: 'ByteLevel' }, template([TEXT, token('[SEP]')]), template([token('[CLS]'), TEXT])],
    },
    [8, 1, 2, 9],
  ],
])('frame: %s', (_why, processor, expected) => {
  expect(idsOf({ ...JSON_FILE, post_processor: processor }, 'A b')).toEqual(expected);
});

test.each<[string, Readonly<Record<string, unknown>>[], string, number[]]>([
  ['found before normalization', [{ ...ADDED, id: 7, content: 'URL' }], 'aURLb url', [1, 7, 2, 4]],
  ['found after it', [{ ...ADDED, id: 7, content: 'URL', normalized: true }], 'aURLb url', [1, 7, 2, 7]],
  [
    'the longest first',
    [
      { ...ADDED, id: 6, content: 'X' },
      { ...ADDED, id: 7, content: 'XY' },
    ],
    'XYX',
    [7, 6],
  ],
  ['whole words only', [{ ...ADDED, id: 7, content: 'X', single_word: true }], 'Xa X', [0, 7]],
  [
    'with the spaces around',
    [{ ...ADDED, id: 7, content: 'X', lstrip: true, rstrip: true }],
    'a  X  b',
    [1, 7, 2],
  ],
  [
    'a special one without brackets',
    [{ ...ADDED, id: 7, content: '@user', special: true }],
    'a @user',
    [1, 7],
  ],
  ['never a control token', [{ ...ADDED, id: 3, content: '[SEP]', special: true }], 'a [SEP] b', [1, 0, 2]],
])('added token: %s', (_why, added, text, expected) => {
  const json = { ...JSON_FILE, added_tokens: added };
  // A control token is not a word of the vocabulary either, whatever its case.
  expect(idsOf(json, text)).toEqual(expected);
  expect(idsOf({ ...json, normalizer: null }, 'a [SEP]')).toEqual(
    added.some(({ id }) => id === 3) ? [1, 0] : [1, 3],
  );
});

test('a text is cut to what the model reads, and at 4,096 characters', () => {
  const tokenizer = readTokenizer(JSON_FILE).tokenizer({ tokensMax: 3 });
  expect(tokenizer.encode('a b a')).toEqual({ ids: [1, 2, 1], truncated: false });
  expect(tokenizer.encode('a b a b')).toEqual({ ids: [1, 2, 1], truncated: true });
  const wide = readTokenizer(JSON_FILE).tokenizer({ tokensMax: 10_000 });
  expect(wide.encode('a '.repeat(5_000)).ids).toHaveLength(2_048);
});

test('what the file says besides', () => {
  const file = readTokenizer({
    ...JSON_FILE,
    truncation: { max_length: 128 },
    padding: { pad_id: 5 },
    added_tokens: [{ ...ADDED, id: 7, content: '<pad>' }],
  });
  expect([file.truncationMax, file.padId, file.idOf('<pad>'), file.idOf('x')]).toEqual([
    128,
    5,
    7,
    undefined,
  ]);
});

const BPE = { type: 'BPE', vocab: vocabOf(['a', 'b', 'ab']), merges: [] };
const UNIGRAM = { type: 'Unigram', unk_id: 0, vocab: [['<unk>', 0]] };

test.each<[string, TokenizerJson, string, string]>([
  [
    'a model',
    { model: { type: 'WordLevel' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: model.type is "WordLevel", which is not supported; supported: BPE, Unigram, WordPiece',
  ],
  [
    'a normalizer',
    { normalizer: { type: 'Nmt' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: normalizer.type is "Nmt"',
  ],
  [
    'a nested normalizer',
    { normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'X' }] } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: normalizer.normalizers.1.type is "X", which is not supported; supported: BertNormalizer, Lowercase',
  ],
  [
    'a pattern',
    { normalizer: { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: normalizer.pattern.Regex is "(a+)+$", which is not supported; supported: " {2,}"',
  ],
  [
    'a pre-tokenizer',
    { pre_tokenizer: { type: 'Split' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: pre_tokenizer.type is "Split"',
  ],
  [
    'a name of Object',
    { pre_tokenizer: { type: 'constructor' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: pre_tokenizer.type is "constructor"',
  ],
  ['no type at all', { pre_tokenizer: {} }, 'ONNX_FILE', 'tokenizer.json: pre_tokenizer.type is nothing'],
  [
    'a post-processor',
    { post_processor: { type: 'X' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: post_processor.type is "X"',
  ],
  [
    'another token type',
    { post_processor: template([token('[CLS]', 1), TEXT]) },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: post_processor.single.0.type_id is 1',
  ],
  [
    'a template without text',
    { post_processor: template([token('[CLS]')]) },
    'ONNX_UNSUPPORTED',
    'supported: a template with one Sequence',
  ],
  [
    'an unknown special token',
    { post_processor: template([token('[X]'), TEXT]) },
    'ONNX_FILE',
    'tokenizer.json: post_processor.single.0.id is "[X]"; it must be a token of',
  ],
  [
    'truncation at the left',
    { truncation: { max_length: 5, direction: 'Left' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: truncation.direction is "Left", which is not supported; supported: Right',
  ],
  ['no object', [] as never, 'ONNX_FILE', 'tokenizer.json: '],
  ['no model', { model: undefined }, 'ONNX_FILE', 'tokenizer.json: model is nothing'],
  [
    'an id that is none',
    { model: { type: 'WordPiece', vocab: { a: -1 } } },
    'ONNX_FILE',
    'tokenizer.json: model.vocab.a is -1; it must be an integer from 0 to 1048575',
  ],
  [
    'an empty vocabulary',
    { model: { type: 'WordPiece', vocab: {} } },
    'ONNX_FILE',
    'tokenizer.json: model.vocab has 0 tokens',
  ],
  [
    'a list as vocabulary',
    { model: { type: 'WordPiece', vocab: [] } },
    'ONNX_FILE',
    'it must be an object of tokens and their ids',
  ],
  [
    'no unknown token',
    { model: { type: 'WordPiece', vocab: { a: 0 } } },
    'ONNX_FILE',
    'tokenizer.json: model.unk_token is "[UNK]"; it must be a token of',
  ],
  [
    'a merge of one',
    { model: { ...BPE, merges: ['ab'] } },
    'ONNX_FILE',
    'tokenizer.json: model.merges.0 is "ab"; it must be two tokens',
  ],
  [
    'a merge of strangers',
    { model: { ...BPE, merges: ['a b', 'b c'] } },
    'ONNX_FILE',
    'tokenizer.json: model.merges.1 is "b c"; it must be made of tokens',
  ],
  [
    'a suffix of words',
    { model: { ...BPE, end_of_word_suffix: '</w>' } },
    'ONNX_UNSUPPORTED',
    'tokenizer.json: model.end_of_word_suffix is "</w>"',
  ],
  [
    'an unknown token that is none',
    { model: { ...BPE, unk_token: 'x' } },
    'ONNX_FILE',
    'tokenizer.json: model.unk_token is "x"',
  ],
  [
    'a piece without score',
    { model: { ...UNIGRAM, vocab: [['a']] } },
    'ONNX_FILE',
    'tokenizer.json: model.vocab.0 is ["a"]; it must be a pair',
  ],
  [
    'an unknown piece that is none',
    { model: { ...UNIGRAM, unk_id: 1 } },
    'ONNX_FILE',
    'tokenizer.json: model.unk_id is 1; it must be less than the 1 pieces',
  ],
])('refuses %s', (_why, changes, code, message) => {
  const json = Array.isArray(changes) ? changes : { ...JSON_FILE, ...changes };
  expect(refusal(() => readTokenizer(json))).toMatchObject({
    code,
    message: expect.stringContaining(message) as unknown,
  });
});

test('refuses a frame that leaves no room', () => {
  const file = readTokenizer({
    ...JSON_FILE,
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', 8], sep: ['[SEP]', 9] },
  });
  expect(refusal(() => file.tokenizer({ tokensMax: 2 }))).toMatchObject({
    code: 'ONNX_FILE',
    message: expect.stringContaining('puts 2 around every text') as unknown,
  });
});
