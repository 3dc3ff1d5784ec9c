/** Goal: a model is what its files say, damaged files are refused by name, and a text adds up to what can be reckoned by hand. */
import { describe, expect, test } from 'vitest';
import { createModelEngine, loadModel } from '../../../../src/core/sentiment/model/engine.ts';
import { combine } from '../../../../src/core/sentiment/model/hash.ts';
import { CONSTANT, languageSeed, negatedHash } from '../../../../src/core/sentiment/model/ngrams.ts';
import { entryHash, moodHash } from '../../../../src/core/sentiment/model/words.ts';
import { sha256Of, tinyFiles, type TinyFiles, type TinyOptions } from './tiny-model.ts';

describe('refuses', () => {
  const files = tinyFiles({ valences: { good: 2 } });
  const { manifest, weights } = files;
  const shape = (changed: object) => ({
    ...files,
    manifest: { ...manifest, shape: { ...manifest.shape, ...changed } },
  });
  const changed = (fields: object) => ({ ...files, manifest: { ...manifest, ...fields } });
  const shorter = weights.subarray(1);

  test.each<[string, unknown, string]>([
    [
      'another checksum',
      { ...files, weightsSha256: 'f'.repeat(64) },
      `models/tiny/weights.bin: its SHA-256 is ${'f'.repeat(64)}, model.json says ${manifest.sha256}: the file is damaged or belongs to another model`,
    ],
    [
      'another length',
      {
        ...changed({ sha256: sha256Of(shorter) }),
        weights: shorter,
        weightsSha256: sha256Of(shorter),
      },
      `models/tiny/weights.bin: holds ${weights.length - 1} bytes, by model.json it must be ${weights.length}`,
    ],
    ['more entries than there are', shape({ lexiconEntries: 2 }), 'models/tiny/weights.bin: holds '],
    ['another format', changed({ format: 2 }), 'models/tiny/model.json: format: '],
    ['no format', changed({ format: undefined }), 'models/tiny/model.json: format: '],
    ['a field that nobody knows', changed({ colour: 'red' }), 'models/tiny/model.json: '],
    ['no languages', changed({ languages: [] }), 'models/tiny/model.json: languages: '],
    ['a language that is none', changed({ languages: ['English'] }), 'models/tiny/model.json: languages.0: '],
    ['a temperature of zero', changed({ temperature: 0 }), 'models/tiny/model.json: temperature: '],
    ['nothing but strays', changed({ strayShare: 1 }), 'models/tiny/model.json: strayShare: '],
    ['too many bits', shape({ bits: 40 }), 'models/tiny/model.json: shape.bits: '],
    ['no object', { ...files, manifest: 'tiny' }, 'models/tiny/model.json: '],
  ])('%s', (_why, broken, message) => {
    expect(() => loadModel(broken as TinyFiles)).toThrow(message);
    expect(() => loadModel(broken as TinyFiles)).toThrow(
      expect.objectContaining({ code: 'MODEL_UNREADABLE' }) as Error,
    );
  });

  test('a dense part of another size, though the file has it', () => {
    const dense = manifest.shape.dense + 1;
    const longer = new Uint8Array(weights.length + 12);
    const broken = { ...shape({ dense }), weights: longer, weightsSha256: sha256Of(longer) };
    const named = { ...broken, manifest: { ...broken.manifest, sha256: sha256Of(longer) } };
    expect(() => loadModel(named)).toThrow(
      `models/tiny/model.json: shape.dense is ${dense}, for 1 lexicons it must be ${dense - 1}`,
    );
  });

  test('weights that do not begin at a multiple of four are read as well', () => {
    const shifted = new Uint8Array(weights.length + 1);
    shifted.set(weights, 1);
    const model = loadModel({ ...files, weights: shifted.subarray(1) });
    expect([...model.read('good', 'en').dense]).toEqual([...loadModel(files).read('good', 'en').dense]);
  });
});

const logitsOf = (options: TinyOptions, text: string, language?: string) =>
  Array.from(loadModel(tinyFiles(options)).read(text, language).logits, (logit) => Number(logit.toFixed(6)));

describe('adds up', () => {
  const good = entryHash('good');
  const table = entryHash('table');

  test.each<[string, TinyOptions, string, number[]]>([
    ['the constant', { bias: [0.5, 0, -0.25] }, '', [0.5, 0, -0.25]],
    ['a word', { features: [[table, [1, 2, 3]]] }, 'table', [0.01, 0.02, 0.03]],
    ['of any spelling', { features: [[table, [1, 2, 3]]] }, 'TABLE', [0.01, 0.02, 0.03]],
    ['twice when it is there twice', { features: [[table, [1, 2, 3]]] }, 'table table', [0.02, 0.04, 0.06]],
    ['a pair', { features: [[combine(table, good), [7, 0, 0]]] }, 'table, good', [0.07, 0, 0]],
    ['not the other way round', { features: [[combine(table, good), [7, 0, 0]]] }, 'good table', [0, 0, 0]],
    ['a turn of phrase', { phrases: [[combine(table, good), [0, 0, 300]]] }, 'table, good', [0, 0, 0.3]],
    ['under a negation', { features: [[negatedHash(table), [5, 0, 0]]] }, 'no table', [0.05, 0, 0]],
    ['a mood', { features: [[moodHash('happy'), [0, 0, 9]]] }, ':-)', [0, 0, 0.09]],
    ['one meaning', { meanings: { table: [10, 0, -10] } }, 'table', [0.01, 0, -0.01]],
    [
      'two meanings, by the root of their number',
      { meanings: { table: [100, 0, 0], good: [100, 0, 0] } },
      'table x good',
      [Number((0.2 / Math.sqrt(2)).toFixed(6)), 0, 0],
    ],
    ['a meaning by the stem', { meanings: { table: [10, 0, 0] } }, "table's", [0.01, 0, 0]],
    ['a lexicon', { valences: { good: 2 }, dense: { 4: [0, 0, 3] } }, 'good', [0, 0, 3]],
    ['a lexicon that knows nothing', { valences: { good: 2 }, dense: { 10: [0, 1, 0] } }, 'table', [0, 1, 0]],
    [
      'all divided by the temperature',
      { bias: [1, 0, -1], features: [[table, [100, 0, 0]]], temperature: 2 },
      'table',
      [1, 0, -0.5],
    ],
  ])('%s', (_why, options, text, expected) => {
    expect(logitsOf(options, text)).toEqual(expected);
  });

  test('copies of a language are for texts in it', () => {
    const options: TinyOptions = {
      languages: ['de', 'en'],
      languageCopies: true,
      features: [
        [table, [1, 0, 0]],
        [combine(table, languageSeed('de')), [0, 0, 50]],
        [combine(CONSTANT, languageSeed('en')), [0, 4, 0]],
        [CONSTANT, [0, 2, 0]],
      ],
    };
    expect(logitsOf(options, 'table', 'de')).toEqual([0.01, 0.02, 0.5]);
    expect(logitsOf(options, 'table', 'en')).toEqual([0.01, 0.06, 0]);
    for (const other of ['fr', 'und', undefined])
      expect(logitsOf(options, 'table', other)).toEqual([0.01, 0.02, 0]);
  });

  test('without copies a language changes nothing', () => {
    const options: TinyOptions = { features: [[combine(table, languageSeed('en')), [50, 0, 0]]] };
    expect(logitsOf(options, 'table', 'en')).toEqual([0, 0, 0]);
  });
});

test('none of the probabilities is surer than people are of each other', () => {
  const { probability } = createModelEngine(
    loadModel(tinyFiles({ bias: [1_000, -1_000, -1_000], strayShare: 0.06 })),
  ).read('');
  expect(probability.negative).toBeCloseTo(0.96, 12);
  expect(probability.neutral).toBeCloseTo(0.02, 12);
  expect(probability.positive).toBeCloseTo(0.02, 12);
});

test('the engine: logits to probabilities, also when they are huge', () => {
  const engine = createModelEngine(loadModel(tinyFiles({ bias: [1_000, -1_000, 999], temperature: 1 })));
  const { probability } = engine.read('');
  expect(probability.negative).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  expect(probability.neutral).toBe(0);
  expect(engine.name).toBe('earshot');
  expect([...engine.languages]).toEqual(['en']);
});
