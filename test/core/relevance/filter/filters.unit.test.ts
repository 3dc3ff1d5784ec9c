/** Goal: filters learn, are the same for the same data and seed, refuse damaged files, and are opened once. */
import { describe, expect, test } from 'vitest';
import { createFilterRegistry } from '../../../../src/core/relevance/filter/filters.ts';
import { FILTER_ENGINES } from '../../../../src/core/relevance/filter/manifest.ts';
import { loadFilter } from '../../../../src/core/relevance/filter/load.ts';
import { HOSTILE } from '../../sentiment/texts.ts';
import { accuracyOf, madeUpTexts, modelFiles, TINY_PLAN, tinyFilter } from './support.ts';

const TRAINING = madeUpTexts(400, 1);
const UNSEEN = madeUpTexts(300, 2);

describe.each(FILTER_ENGINES)('%s', async (engine) => {
  const small = await tinyFilter(engine);

  test('learns what it was shown, and nothing from labels that mean nothing', async () => {
    expect(accuracyOf(small, UNSEEN)).toBeGreaterThan(0.9);
    // Negative control: labels given by turns cannot be learned.
    const senseless = TRAINING.map((text, index) => ({ ...text, relevant: index % 2 === 0 }));
    const accuracy = accuracyOf(await tinyFilter(engine, senseless), UNSEEN);
    expect(accuracy).toBeLessThan(0.75);
  });

  test('the same data give the same bytes; another text gives others', async () => {
    const [one, again] = [await modelFiles(engine, TRAINING), await modelFiles(engine, TRAINING)];
    expect(again).toEqual(one);
    const others = [{ text: 'bagpipes', relevant: true }, ...TRAINING.slice(1)];
    expect((await modelFiles(engine, others)).weightsSha256).not.toBe(one.weightsSha256);
  });

  test('a text that was never seen is answered, also an empty one', () => {
    for (const text of ['', ' ', '\ud800', 'qqq', '🎉', 'constructor __proto__']) {
      const { probability } = small.read(text);
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
    }
  });

  test('calibrated: of texts of probability near p about p are relevant', async () => {
    const filter = await tinyFilter(engine, madeUpTexts(1_000, 3));
    const read = madeUpTexts(1_000, 4).map(({ text, relevant }) => ({
      relevant,
      p: filter.read(text).probability,
    }));
    const mean = read.reduce((sum, { p }) => sum + p, 0) / read.length;
    const share = read.filter(({ relevant }) => relevant).length / read.length;
    expect(Math.abs(mean - share)).toBeLessThan(0.04);
  });

  test.each(HOSTILE)('hostile: %s', (_why, text) => {
    const startMs = performance.now();
    small.read(text.length < 5_000 ? text.repeat(250).slice(0, 1_000_000) : text, { explain: true });
    // A cold filter on a busy machine; what is quadratic takes minutes for a million characters.
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});

test('another seed holds out other folds: the same weights, calibrated elsewhere', async () => {
  const [one, other] = [await modelFiles('earshot', TRAINING), await modelFiles('earshot', TRAINING, { ...TINY_PLAN, seed: 2 })];
  expect(other.weightsSha256).toBe(one.weightsSha256);
  expect(other.manifest).not.toEqual(one.manifest);
}); // prettier-ignore

test('what is read before never changes an answer, nor do more spellings than are remembered', async () => {
  const filter = await tinyFilter('earshot');
  const before = UNSEEN.map(({ text }) => filter.read(text, { explain: true }));
  for (let n = 0; n < 60_000; n += 20) {
    filter.read(
      Array.from({ length: 20 }, (_, k) => `w${(n + k).toString(36)} #T${(n + k).toString(36)}`).join(' '),
    );
  }
  expect(UNSEEN.map(({ text }) => filter.read(text, { explain: true }))).toEqual(before);
});

test('what follows 4,096 characters is not read', async () => {
  const filter = await tinyFilter('earshot');
  const text = 'lunch tomorrow '.repeat(300).slice(0, 4_096);
  expect(filter.read(`${text} free prize cash`)).toEqual(filter.read(text));
});

test.each<[string, (files: Awaited<ReturnType<typeof modelFiles>>) => object, string]>([
  ['another format', ({ manifest }) => ({ manifest: { ...(manifest as object), format: 9 } }), 'tiny/model.json: format'],
  ['no manifest', () => ({ manifest: 7 }), 'tiny/model.json'],
  ['a model of sentiment', () => ({ manifest: { format: 1, languages: ['en'] } }), 'a model of another task, not of relevance'],
  ['a changed byte', () => ({ weightsSha256: '0'.repeat(64) }), 'the file is damaged or belongs to another model'],
  ['cut short', ({ weights }) => ({ weights: weights.slice(1) }), 'holds 4095 bytes, by model.json it must be 4096'],
])('a model with %s is refused', async (_what, change, message) => {
  const files = await modelFiles('earshot', TRAINING);
  await expect(loadFilter({ ...files, ...change(files) })).rejects.toThrow(message);
}); // prettier-ignore

test('a model is read once, for everyone; what failed is tried again', async () => {
  const files = await modelFiles('earshot', TRAINING);
  let reads = 0;
  const registry = createFilterRegistry({
    open: () => (++reads === 1 ? Promise.reject(new Error('no model')) : Promise.resolve(files)),
  });
  await expect(registry.open('x')).rejects.toThrow('no model');
  const [one, other] = await Promise.all([registry.open('x'), registry.open('x')]);
  expect([reads, one === other]).toEqual([2, true]);
});

test('parts of texts teach what a teacher said of them, less than a text of their own does', async () => {
  const [piper, without] = [{ text: 'bagpipes', relevant: 0.05 }, TRAINING.slice(0, 100)];
  const taught = without.map((text, index) => (index < 20 ? { ...text, parts: [piper] } : text));
  const labelled = [...without, ...Array.from({ length: 20 }, () => ({ text: 'bagpipes', relevant: false }))];
  const files = await modelFiles('earshot', taught);
  expect(files.manifest).toMatchObject({ training: { texts: 100, taughtParts: 20 } });
  const probabilityIn = async (texts: typeof labelled) =>
    (await tinyFilter('earshot', texts)).read('bagpipes').probability;
  const [learned, told, unknown] = [
    (await loadFilter(files)).read('bagpipes').probability,
    await probabilityIn(labelled),
    await probabilityIn(without),
  ];
  expect(learned).toBeLessThan(unknown - 0.1);
  expect(told).toBeLessThan(learned);
});
