/** Goal: a transformer's folder becomes an engine that really runs: probabilities as computed by hand, padding that does not
 *  show, explanations that sum, and an error that says what to do for every folder that cannot be read. */
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { afterEach, expect, test } from 'vitest';
import {
  createOnnxEngine,
  type OnnxEngine,
  type OnnxEngineOptions,
} from '../../../src/adapters/onnx/onnx.engine.ts';
import type { EngineReading, Probability } from '../../../src/core/sentiment/engine.port.ts';
import { seededRandom } from '../../support/random.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';
import {
  type FolderFiles,
  TINY_CONFIG,
  TINY_FILES,
  TINY_TOKENIZER,
  TINY_VOCAB,
  tinyModel,
  writeFiles,
} from './tiny-model.ts';

const folders: string[] = [];
const engines: OnnxEngine[] = [];

async function folderWith(files: FolderFiles): Promise<string> {
  const folder = await tempFolder('onnx');
  folders.push(folder);
  await writeFiles(folder, files);
  return folder;
}

async function engineOf(changes: FolderFiles = {}, options?: OnnxEngineOptions): Promise<OnnxEngine> {
  const engine = await createOnnxEngine(await folderWith({ ...TINY_FILES, ...changes }), options);
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
  await Promise.all(folders.splice(0).map(removeFolder));
});

/** What the tiny model answers, by hand. */
function byHand(tokens: readonly string[], temperature = 1): Probability {
  const vectors = ['[CLS]', ...tokens, '[SEP]'].map((token) => TINY_VOCAB[token] ?? [0, 0, 0]);
  const likelihoods = [0, 1, 2].map((label) =>
    Math.exp((4 * Math.tanh(vectors.reduce((sum, vector) => sum + (vector[label] ?? 0), 0))) / temperature),
  );
  const all = likelihoods.reduce((sum, one) => sum + one, 0);
  const [negative = 0, neutral = 0, positive = 0] = likelihoods.map((one) => one / all);
  return { negative, neutral, positive };
}

function expectProbability(reading: EngineReading | undefined, expected: Probability, digits = 5): void {
  for (const name of ['negative', 'neutral', 'positive'] as const)
    expect(reading?.probability[name], name).toBeCloseTo(expected[name], digits);
}

const SENTENCES: readonly (readonly [string, readonly string[]])[] = [
  ['Good flights!', ['good', 'flight', '##s', '!']],
  ['terrible', ['terrible']],
  ['Bad, bad, BAD flight', ['bad', '[UNK]', 'bad', '[UNK]', 'bad', 'flight']],
  ['', []],
  ['great great', ['great', 'great']],
];

test('reads a batch in order, each text as by hand, whatever it is padded with', async () => {
  const engine = await engineOf();
  expect([engine.kind, engine.name, [...engine.languages]]).toEqual(['batch', 'onnx', ['en']]);
  const readings = await engine.readBatch(SENTENCES.map(([text]) => text));
  expect(readings).toHaveLength(SENTENCES.length);
  for (const [index, [, tokens]] of SENTENCES.entries()) expectProbability(readings[index], byHand(tokens));
  expect(readings.every((reading) => !('because' in reading))).toBe(true);
  expect(await engine.readBatch([])).toEqual([]);
});

test('negative control: a model without a mask reads the padding too', async () => {
  const vectors = Object.values(TINY_VOCAB);
  const engine = await engineOf({ 'model.onnx': tinyModel({ vectors, inputs: ['input_ids'] }) });
  const [alone] = await engine.readBatch(['terrible']);
  expectProbability(alone, byHand(['terrible']));
  const [padded] = await engine.readBatch(['terrible', 'terrible flight flight']);
  expect(padded?.probability.positive).toBeGreaterThan(0.9);
});

test('a thousand texts in small runs are the same as each alone', async () => {
  const engine = await engineOf({}, { tokensPerRunMax: 40, threads: 1 });
  const random = seededRandom(7);
  const words = Object.keys(TINY_VOCAB).slice(4);
  const texts = Array.from({ length: 1_000 }, () =>
    Array.from({ length: Math.floor(random() * 90) }, () => words[Math.floor(random() * words.length)]).join(
      ' ',
    ),
  );
  const together = await engine.readBatch(texts);
  for (const index of [0, 1, 500, 998, 999]) {
    const [alone] = await engine.readBatch([texts[index] ?? '']);
    if (alone !== undefined) expectProbability(together[index], alone.probability);
  }
  expect(await engine.readBatch(texts)).toEqual(together);
});

test.each<[string, FolderFiles]>([
  [
    'token types, which are all 0',
    {
      'model.onnx': tinyModel({
        vectors: Object.values(TINY_VOCAB),
        inputs: ['input_ids', 'token_type_ids', 'attention_mask'],
      }),
    },
  ],
  [
    'an output of another name',
    { 'model.onnx': tinyModel({ vectors: Object.values(TINY_VOCAB), output: 'scores' }) },
  ],
  ['a model in onnx/', { 'model.onnx': undefined, 'onnx/model.onnx': TINY_FILES['model.onnx'] }],
])('runs a model with %s', async (_why, changes) => {
  const engine = await engineOf(changes);
  const [good, bad] = await engine.readBatch(['good', 'terrible flights']);
  expectProbability(good, byHand(['good']));
  expectProbability(bad, byHand(['terrible', 'flight', '##s']));
});

test('a quantized model reads text by text, so that a text never depends on its neighbours', async () => {
  // Without a mask: had there been padding, it would show, as in the negative control.
  const model = tinyModel({ vectors: Object.values(TINY_VOCAB), inputs: ['input_ids'] });
  const engine = await engineOf({ 'model.onnx': undefined, 'model_quantized.onnx': model });
  const [padded] = await engine.readBatch(['terrible', 'terrible flight flight']);
  expectProbability(padded, byHand(['terrible']));
});

test('earshot.json sets languages and temperature', async () => {
  const engine = await engineOf({ 'earshot.json': { languages: ['de', 'fr'], temperature: 2 } });
  expect([...engine.languages]).toEqual(['de', 'fr']);
  expectProbability((await engine.readBatch(['good']))[0], byHand(['good'], 2));
});

test('two labels and five stars become three classes', async () => {
  const two = Object.values(TINY_VOCAB).map(([negative, , positive]) => [negative, positive]);
  const twoLabels = await engineOf({
    'config.json': { ...TINY_CONFIG, id2label: { 0: 'NEGATIVE', 1: 'POSITIVE' } },
    'model.onnx': tinyModel({ vectors: two }),
  });
  const [polar] = await twoLabels.readBatch(['great']);
  expect(polar?.probability.neutral).toBe(0);
  expect(polar?.probability.positive).toBeGreaterThan(0.9);

  const stars = Object.values(TINY_VOCAB).map(([negative, neutral, positive]) => [
    negative,
    negative,
    neutral,
    positive,
    positive,
  ]);
  const names = ['1 star', '2 stars', '3 stars', '4 stars', '5 stars'];
  const fiveStars = await engineOf({
    'config.json': { ...TINY_CONFIG, id2label: Object.fromEntries(names.map((name, id) => [id, name])) },
    'model.onnx': tinyModel({ vectors: stars }),
  });
  const [starred] = await fiveStars.readBatch(['terrible']);
  expect(starred?.probability.negative).toBeGreaterThan(0.9);
});

test.each([
  'good flight, terrible BAD flights!',
  'great',
  'great great great great',
  '',
  '   ',
  `good ${'flight '.repeat(30)}terrible`,
  `${'good bad '.repeat(400)}`,
])('explains %j by pieces that sum to the score', async (text) => {
  const engine = await engineOf();
  const [reading] = await engine.readBatch([text], { explain: true });
  const [plain] = await engine.readBatch([text]);
  expect(reading?.probability).toEqual(plain?.probability);
  const { because = [], probability } = reading ?? {};
  const sum = because.reduce((all, { weight }) => all + weight, 0);
  expect(sum).toBeCloseTo((probability?.positive ?? 0) - (probability?.negative ?? 0), 6);
  expect(because.length).toBeLessThanOrEqual(33);
  expect(because[0]?.kind).toBe('prior');
  for (const piece of because) expect(text.slice(piece.start, piece.end)).toBe(piece.text);
});

test('the pieces have the sign of their words, and of what is not read nothing is said', async () => {
  const engine = await engineOf();
  const text = `good terrible ${'flight '.repeat(59)}flight great`;
  const [reading] = await engine.readBatch([text], { explain: true });
  const because = reading?.because ?? [];
  // [CLS], 62 words and [SEP]: the last word is beyond the model's 64 positions.
  expect(because.at(-1)?.end).toBe(text.length - ' great'.length);
  const [short] = await engine.readBatch(['Good, but terrible'], { explain: true });
  const weights = Object.fromEntries((short?.because ?? []).map(({ text: word, weight }) => [word, weight]));
  expect(weights['Good,']).toBeGreaterThan(0.1);
  expect(weights.terrible).toBeLessThan(-0.5);
  expect(weights.but).toBeCloseTo(0, 5);
});

test('no text is refused', async () => {
  const engine = await engineOf();
  const hostile = [
    '\ud800',
    '\udc00 good',
    '\0',
    '🏳️‍🌈'.repeat(1_000),
    'x'.repeat(100_000),
    '[SEP] [PAD]',
    '\u{fdfa}'.repeat(4_096),
  ];
  const readings = await engine.readBatch(hostile, { explain: true });
  for (const { probability } of readings)
    expect(probability.negative + probability.neutral + probability.positive).toBeCloseTo(1, 9);
});

test('after close nothing is read, what was asked before is; close again does nothing', async () => {
  const engine = await engineOf();
  const asked = engine.readBatch(['good']);
  await Promise.all([engine.close(), engine.close()]);
  expectProbability((await asked)[0], byHand(['good']));
  await expect(engine.readBatch(['good'])).rejects.toMatchObject({ code: 'ONNX_CLOSED' });
});

test('the runtime can be named by its path', async () => {
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  expect(dirname(runtime)).toContain('onnxruntime-node');
  const engine = await engineOf({}, { runtime });
  expectProbability((await engine.readBatch(['good']))[0], byHand(['good']));
});

test('a runtime that is not installed is named with the command that installs it', async () => {
  const folder = await folderWith(TINY_FILES);
  await expect(
    createOnnxEngine(folder, { runtime: 'onnxruntime-node-that-is-not-there' }),
  ).rejects.toMatchObject({
    code: 'ONNX_RUNTIME_UNAVAILABLE',
    message: expect.stringMatching(
      /needs the package onnxruntime-node >=1\.16\.3 <2, .*npm install --no-save --save-prod 'onnxruntime-node@>=1\.16\.3 <2'$/s,
    ) as unknown,
  });
});

test.each<[string, FolderFiles, string, RegExp]>([
  [
    'no config',
    { 'config.json': undefined },
    'ONNX_FILE',
    /config\.json is missing: it holds the labels; export/,
  ],
  ['no tokenizer', { 'tokenizer.json': undefined }, 'ONNX_FILE', /tokenizer\.json is missing/],
  [
    'no model',
    { 'model.onnx': undefined },
    'ONNX_FILE',
    /holds no model; looked for: model\.onnx, onnx.model\.onnx, model_quantized\.onnx/,
  ],
  ['a broken config', { 'config.json': '{' }, 'ONNX_FILE', /config\.json is no JSON/],
  ['a model that is none', { 'model.onnx': 'not a model' }, 'ONNX_FILE', /model\.onnx cannot be loaded: .+/],
  [
    'foreign labels',
    { 'config.json': { ...TINY_CONFIG, id2label: { 0: 'joy', 1: 'anger', 2: 'fear' } } },
    'ONNX_UNSUPPORTED',
    /config\.json: id2label is \["joy","anger","fear"\].*supported: negative, neutral, positive/,
  ],
  [
    'fewer labels than logits',
    { 'config.json': { ...TINY_CONFIG, id2label: { 0: 'negative', 1: 'positive' } } },
    'ONNX_UNSUPPORTED',
    /answers with float32 \[1,3\]; with the labels of config\.json it must be float32 \[1,2\]/,
  ],
  [
    'a tokenizer we do not have',
    { 'tokenizer.json': { ...TINY_TOKENIZER, model: { type: 'WordLevel', vocab: {} } } },
    'ONNX_UNSUPPORTED',
    /tokenizer\.json: model\.type is "WordLevel".*supported: BPE, Unigram, WordPiece/,
  ],
  [
    'ids beyond the embedding',
    {
      'tokenizer.json': {
        ...TINY_TOKENIZER,
        post_processor: { type: 'BertProcessing', cls: ['[CLS]', 200], sep: ['[SEP]', 3] },
      },
    },
    'ONNX_RUNTIME',
    /model\.onnx: .*indices/,
  ],
  [
    'an input we do not feed',
    {
      'model.onnx': tinyModel({ vectors: Object.values(TINY_VOCAB), inputs: ['input_ids', 'position_ids'] }),
    },
    'ONNX_UNSUPPORTED',
    /inputs is \["input_ids","position_ids"\].*supported: input_ids, attention_mask, token_type_ids/,
  ],
  [
    'a strange earshot.json',
    { 'earshot.json': { language: 'en' } },
    'ONNX_FILE',
    /earshot\.json: .*language/,
  ],
])('refuses a folder with %s', async (_why, changes, code, message) => {
  const folder = await folderWith({ ...TINY_FILES, ...changes });
  const refused = await createOnnxEngine(folder).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
});

test('a folder that is not there is named', async () => {
  const folder = join(await folderWith({}), 'nowhere');
  await expect(createOnnxEngine(folder)).rejects.toThrow(join(folder, 'config.json'));
});
