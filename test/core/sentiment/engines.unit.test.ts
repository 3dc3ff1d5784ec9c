/** Goal: the obvious cases of each engine, their explanations, which engine opens for which configuration, and that one is
 *  loaded only when asked for. */
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { createModelFiles } from '../../../src/adapters/model-files/model-files.ts';
import { engines } from '../../../src/app/engines.ts';
import type { BatchEngine, SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { byLanguage, createEngines, reads } from '../../../src/core/sentiment/engines.ts';
import { labelSentiment } from '../../../src/core/sentiment/sentiment.ts';

const loadedModules = () => Object.keys(createRequire(import.meta.url).cache).join('\n');
const open = async (engine: 'natural' | 'wink') => (await engines.open({ engine })) as SentimentEngine;

test('natural loads neither wink nor the rest of natural; wink comes when asked for', async () => {
  await open('natural');
  expect(loadedModules()).toContain('aggressive_tokenizer');
  expect(loadedModules()).not.toMatch(/wink|mongoose|SentimentAnalyzer/);
  await open('wink');
  expect(loadedModules()).toContain('wink-nlp');
});

test('one engine of a name, model and lexicon serves everyone', async () => {
  const lexicon = { sick: 2 };
  const withLexicon = await engines.open({ engine: 'natural', lexicon });
  expect(await open('wink')).toBe(await open('wink'));
  expect(await engines.open({ engine: 'natural', lexicon: { ...lexicon } })).toBe(withLexicon);
  expect(await engines.open({ engine: 'natural', lexicon: { sick: 1 } })).not.toBe(withLexicon);
  expect(await open('natural')).not.toBe(withLexicon);
  expect(withLexicon.name).toBe('natural');
});

const probability = { negative: 0.2, neutral: 0.5, positive: 0.3 };
/** A registry whose transformer is one of our own. */
function registryWithOnnx(openOnnx: (folder: string) => Promise<void>) {
  const closed: string[] = [];
  const registry = createEngines({
    models: createModelFiles(),
    openOnnx: async (folder): Promise<BatchEngine & { close(): Promise<void> }> => {
      await openOnnx(folder);
      return {
        name: 'onnx',
        kind: 'batch',
        languages: new Set(),
        readBatch: (texts) => Promise.resolve(texts.map(() => ({ probability }))),
        close: () => {
          closed.push(folder);
          return Promise.resolve();
        },
      };
    },
  });
  return { registry, closed };
}

test('onnx opens its folder once, and is closed with the registry; then it opens anew', async () => {
  const opened: string[] = [];
  const { registry, closed } = registryWithOnnx((folder) => {
    opened.push(folder);
    return Promise.resolve();
  });
  const config = { engine: 'onnx', model: '/models/mine' } as const;
  const engine = await registry.open(config);
  expect(await registry.open(config)).toBe(engine);
  await registry.close();
  expect([opened, closed]).toEqual([['/models/mine'], ['/models/mine']]);
  expect(await registry.open(config)).not.toBe(engine);
});

test('what failed to open is tried again', async () => {
  let calls = 0;
  const { registry } = registryWithOnnx(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('not there yet')) : Promise.resolve();
  });
  const config = { engine: 'onnx', model: '/models/mine' } as const;
  await expect(registry.open(config)).rejects.toThrow('not there yet');
  expect(await registry.open(config)).toMatchObject({ name: 'onnx' });
});

test.each([
  [{ engine: 'onnx' }, /needs model/],
  [{ engine: 'natural', model: 'sentiment-en' }, /leave model out/],
  [{ engine: 'earshot', model: './no/such/folder' }, /there is no model '\.\/no\/such\/folder'/],
] as const)('%j does not open', async (config, message) => {
  await expect(engines.open(config)).rejects.toThrow(message);
});

test.each<[string, string | undefined, string]>([
  ['said to be English', 'en', 'one'],
  ['said to be French', 'fr', 'several'],
  ['of no language anyone could name', 'und', 'one'],
  ['not English, whatever it is', 'mul', 'several'],
  ['looked at, when nobody says', undefined, 'several'],
])('of two models the one for a text that is %s', (_what, language, expected) => {
  const engineOf = (languages: readonly string[]): SentimentEngine & { texts: string[] } => {
    const texts: string[] = [];
    const read = (text: string) => {
      texts.push(text);
      return { probability };
    };
    return { name: 'earshot', kind: 'immediate', languages: new Set(languages), read, texts };
  };
  const models = { one: engineOf(['en']), several: engineOf(['en', 'fr', 'de']) };
  const engine = byLanguage(models.one, models.several, (text) => (text === 'salut' ? 'fr' : 'en'));
  engine.read('salut', language === undefined ? {} : { language });
  expect(Object.entries(models).flatMap(([name, { texts }]) => texts.map(() => name))).toEqual([expected]);
  expect([...engine.languages]).toEqual(['en', 'fr', 'de']);
});

test('an engine reads its languages, what nobody could name, and everything when it does not say', async () => {
  const english = await open('natural');
  expect(['en', 'und', 'mul', 'de'].map((language) => reads(english, language))).toEqual([
    true,
    true,
    true,
    false,
  ]);
  expect(reads({ ...english, languages: new Set() }, 'de')).toBe(true);
});

test.each([
  ['I love this airline, great crew', 'positive', 'positive'],
  ['I hate this airline, terrible delays', 'negative', 'negative'],
  ['The flight leaves at 10:30 from gate 5', 'neutral', 'neutral'],
  ['not good', 'negative', 'negative'],
  ["I don't love it", 'positive', 'negative'],
  ['I do not hate it', 'positive', 'positive'],
  ['😍😍😍', 'neutral', 'positive'],
  ['😡', 'neutral', 'negative'],
  ['LOVE IT', 'positive', 'positive'],
  ['東京タワー', 'neutral', 'neutral'],
  ['the constructor __proto__ toString valueOf', 'neutral', 'neutral'],
] as const)('%s: natural says %s, wink %s', async (text, natural, wink) => {
  const label = async (name: 'natural' | 'wink') =>
    labelSentiment((await open(name)).read(text), { abstainBelow: 0, engine: name, text }).label;
  expect([await label('natural'), await label('wink')]).toEqual([natural, wink]);
});

test('natural explains by words, alike by their AFINN weight, turned by a negation', async () => {
  const text = 'Good crew. Never again, a bad, BAD flight';
  const { because = [] } = (await open('natural')).read(text, { explain: true });
  expect(because.map(({ weight: _, ...item }) => item)).toEqual([
    { text: '', start: 0, end: 0, kind: 'prior' },
    { text: 'Good', start: 0, end: 4, kind: 'word' },
    { text: 'Never', start: 11, end: 16, kind: 'negation' },
    { text: 'bad', start: 26, end: 29, kind: 'word' },
    { text: 'BAD', start: 31, end: 34, kind: 'word' },
  ]);
  const [, good, never, bad, again] = because.map(({ weight }) => weight);
  expect(good).toBeGreaterThan(0);
  expect([never, bad, again]).toEqual([0, good, good]);
});

test('words that cancel out still weigh something, and sum to nothing', async () => {
  const { because = [] } = (await open('natural')).read('good and bad', { explain: true });
  const [, good = 0, bad = 0] = because.map(({ weight }) => weight);
  expect(good).toBeGreaterThan(0.05);
  expect(good + bad).toBeCloseTo(0, 12);
});

test('what does not fit into the list is one item `rest`', async () => {
  const { because = [] } = (await open('natural')).read('good '.repeat(300), { explain: true });
  expect(because).toHaveLength(64);
  expect(because.at(-1)).toMatchObject({ kind: 'rest', text: '' });
  expect(because.at(-1)?.weight).toBeGreaterThan(because[1]?.weight ?? 1);
});

test('wink explains by sentences', async () => {
  const { because = [] } = (await open('wink')).read('I love it. It is a plane.  I hate it!', {
    explain: true,
  });
  expect(because.map(({ text, start, kind }) => [text, start, kind])).toEqual([
    ['', 0, 'prior'],
    ['I love it.', 0, 'sentence'],
    ['I hate it!', 27, 'sentence'],
  ]);
  expect(because.slice(1).map(({ weight }) => Math.sign(weight))).toEqual([1, -1]);
});

test('an explanation is given only when asked for', async () => {
  for (const name of ['natural', 'wink'] as const)
    expect((await open(name)).read('I love it')).not.toHaveProperty('because');
});
