/** Goal: labels of the known kinds become three classes, others are refused by name; how much a model reads. */
import { expect, test } from 'vitest';
import { readLabels, toProbability } from '../../../../src/core/sentiment/onnx/labels.ts';
import { readModelConfig } from '../../../../src/core/sentiment/onnx/model-config.ts';
import { refusal } from './files.ts';

const short = { negative: '-', neutral: '0', positive: '+' } as const;

test.each([
  [['negative', 'neutral', 'positive'], '-0+'],
  [['Positive', 'Negative', 'Neutral'], '+-0'],
  [['NEG', 'NEU', 'POS'], '-0+'],
  [['NEGATIVE', 'POSITIVE'], '-+'],
  [['LABEL_0', 'LABEL_1', 'LABEL_2'], '-0+'],
  [['1 star', '2 stars', '3 stars', '4 stars', '5 stars'], '--0++'],
  [['Very Negative', 'Negative', 'Neutral', 'Positive', 'very_positive'], '--0++'],
])('labels %j are %s', (labels, expected) => {
  expect(
    readLabels(labels, 'x')
      .map((polarity) => short[polarity])
      .join(''),
  ).toBe(expected);
});

test.each([
  [['LABEL_0', 'LABEL_1']],
  [['LABEL_0', 'LABEL_1', 'LABEL_2', 'LABEL_3']],
  [['LABEL_2', 'LABEL_1', 'LABEL_0']],
  [['5 stars', '4 stars', '3 stars', '2 stars', '1 star']],
  [['1 star', '2 stars', '3 stars']],
  [['positive', 'neutral']],
  [['positive', 'positive', 'negative']],
  [['negative', 'neutral', 'positive', 'mixed']],
  [['constructor', 'toString']],
  [[]],
])('labels %j are refused', (labels) => {
  const message = `config.json: id2label is ${JSON.stringify(labels)}, which is not supported; supported: negative, neutral`;
  expect(refusal(() => readLabels(labels, 'config.json: id2label'))).toMatchObject({
    code: 'ONNX_UNSUPPORTED',
    message: expect.stringContaining(message) as unknown,
  });
});

test('softmax by class, with temperature, of logits of any size', () => {
  const three = readLabels(['negative', 'neutral', 'positive'], 'x');
  const [a, b, c] = [Math.exp(1), Math.exp(2), Math.exp(3)];
  const sum = a + b + c;
  const found = toProbability([2, 4, 6], three, 2);
  expect(found.negative).toBeCloseTo(a / sum, 12);
  expect(found.neutral).toBeCloseTo(b / sum, 12);
  expect(found.positive).toBeCloseTo(c / sum, 12);
  expect(toProbability([-1e30, 0, 1e30], three, 1)).toEqual({ negative: 0, neutral: 0, positive: 1 });
  const stars = readLabels(['1 star', '2 stars', '3 stars', '4 stars', '5 stars'], 'x');
  const even = toProbability([7, 7, 7, 7, 7], stars, 1);
  expect([even.negative, even.neutral, even.positive]).toEqual([0.4, 0.2, 0.4]);
});

const CONFIG = { id2label: { 0: 'NEGATIVE', 1: 'POSITIVE' }, pad_token_id: 1, max_position_embeddings: 514 };
const FACTS = { idOf: (token: string) => (token === '<pad>' ? 9 : undefined) };

test.each<[string, object, object, object, number]>([
  ['as many as there are positions, at most 512', { model_type: 'bert' }, {}, {}, 512],
  [
    'RoBERTa: positions begin behind the padding',
    { model_type: 'roberta', max_position_embeddings: 130 },
    {},
    {},
    128,
  ],
  ['BERT: from 0', { model_type: 'bert', max_position_embeddings: 130 }, {}, {}, 130],
  ['what tokenizer_config.json says', {}, { model_max_length: 100 }, {}, 100],
  ['which may say nothing', {}, { model_max_length: 1e30 }, {}, 512],
  ['what tokenizer.json says', {}, { model_max_length: 100 }, { truncationMax: 50 }, 50],
  ['without positions', { max_position_embeddings: undefined }, {}, {}, 512],
])('tokens: %s', (_why, config, tokenizerConfig, facts, expected) => {
  const files = { config: { ...CONFIG, ...config }, tokenizerConfig };
  expect(readModelConfig(files, { ...FACTS, ...facts }).tokensMax).toBe(expected);
});

test.each<[string, object, object, object, number]>([
  ['config.json', {}, { pad_token: '<pad>' }, { padId: 3 }, 1],
  ['tokenizer.json', { pad_token_id: null }, { pad_token: '<pad>' }, { padId: 3 }, 3],
  ['tokenizer_config.json', { pad_token_id: undefined }, { pad_token: '<pad>' }, {}, 9],
  ['the same of a slow tokenizer', { pad_token_id: undefined }, { pad_token: { content: '<pad>' } }, {}, 9],
])('padding from %s', (_why, config, tokenizerConfig, facts, expected) => {
  const files = { config: { ...CONFIG, ...config }, tokenizerConfig };
  expect(readModelConfig(files, { ...FACTS, ...facts }).padId).toBe(expected);
});

test('earshot.json', () => {
  const read = (earshot: unknown) => readModelConfig({ config: CONFIG, earshot }, FACTS);
  expect([...read(undefined).languages, read(undefined).temperature]).toEqual(['en', 1]);
  expect([...read({ languages: ['es', 'pt'], temperature: 1.5 }).languages]).toEqual(['es', 'pt']);
  for (const [wrong, message] of [
    [{ languages: [] }, 'earshot.json: languages is []'],
    [
      { languages: ['English'] },
      'earshot.json: languages.0 is "English": must be an ISO 639-1 code such as en',
    ],
    [{ temperature: 0 }, 'earshot.json: temperature is 0'],
    [{ lang: 'en' }, 'lang'],
  ] as const)
    expect(refusal(() => read(wrong))).toMatchObject({
      code: 'ONNX_FILE',
      message: expect.stringContaining(message) as unknown,
    });
});

test.each<[string, object, string, string]>([
  ['no labels', { id2label: undefined }, 'ONNX_FILE', 'config.json: id2label is nothing'],
  [
    'labels with a gap',
    { id2label: { 0: 'negative', 2: 'positive' } },
    'ONNX_FILE',
    'it must be labels of the ids 0 to 1',
  ],
  [
    'several labels a text',
    { problem_type: 'multi_label_classification' },
    'ONNX_UNSUPPORTED',
    'config.json: problem_type is "multi_label_classification"',
  ],
  ['no padding', { pad_token_id: null }, 'ONNX_FILE', 'config.json: pad_token_id is null'],
])('refuses %s', (_why, config, code, message) => {
  const files = { config: { ...CONFIG, ...config } };
  expect(refusal(() => readModelConfig(files, FACTS))).toMatchObject({
    code,
    message: expect.stringContaining(message) as unknown,
  });
});
