/** Goal: from a folder of files to the folder of a model: the same bytes each time, and clear words when a file is missing
 *  or damaged. Trained for real, on a few made-up texts. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createModelFiles } from '../../../src/adapters/model-files/model-files.ts';
import { readEnglishCorpus, readMultilingualCorpus } from '../../../src/app/train/corpora.ts';
import { readOwnWords } from '../../../src/app/train/lexicons.ts';
import { trainSentiment } from '../../../src/app/train/train-sentiment.ts';
import { MODEL_KINDS } from '../../../src/app/train/train-sentiment.port.ts';
import { loadModel } from '../../../src/core/sentiment/model/engine.ts';
import { accuracyOf, synthetic } from '../../core/sentiment/train/support.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';
import { LANGUAGES, writeData } from './support.ts';

let folder = '';
beforeAll(async () => {
  folder = await tempFolder('train');
  await mkdir(join(folder, 'data'));
  await writeData(join(folder, 'data'));
});
afterAll(() => removeFolder(folder));

const data = () => join(folder, 'data');

async function bytesOf(outDir: string): Promise<string[]> {
  const names = (await readdir(outDir)).sort();
  const hashes = await Promise.all(
    names.map(async (name) =>
      createHash('sha256')
        .update(await readFile(join(outDir, name)))
        .digest('hex'),
    ),
  );
  return names.map((name, index) => `${name} ${hashes[index] ?? ''}`);
}

describe.each(MODEL_KINDS)('%s', (kind) => {
  test('twice the same bytes; the model loads and has learned', async () => {
    const stages: string[] = [];
    const shares: number[] = [];
    const train = (name: string) =>
      trainSentiment(
        { dataDir: data(), outDir: join(folder, name), seed: 7, kind },
        ({ stage, done, total }) => {
          stages.push(stage);
          shares.push(done / total);
        },
      );
    const summary = await train(`${kind}-one/deep`);
    expect(stages[0]).toBe('reading files');
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    await train(`${kind}-two`);
    const bytes = await bytesOf(join(folder, `${kind}-one/deep`));
    expect(bytes).toEqual(await bytesOf(join(folder, `${kind}-two`)));
    expect(bytes.map((line) => line.split(' ')[0])).toEqual(['model.json', 'weights.bin']);

    const files = await createModelFiles().open(join(folder, `${kind}-two`));
    const model = loadModel(files);
    expect(model.manifest.name).toBe(`sentiment-${kind}`);
    expect(model.manifest.languages).toEqual(kind === 'en' ? ['en'] : Object.keys(LANGUAGES));
    expect(summary.outDir).toBe(join(folder, `${kind}-one/deep`));
    expect(summary.figures).toContainEqual({ name: 'sha256', value: files.weightsSha256 });
    expect(summary.figures).toContainEqual({ name: 'bytes', value: files.weights.length });
    expect(accuracyOf(model, synthetic({ seed: 99, count: 150 }))).toBeGreaterThan(0.8);
  }, 60_000);
});

describe('what is read', () => {
  test('English: texts without those of the validation set', async () => {
    const copied = (await readFile(join(data(), 'tweeteval_sentiment_val.tsv'), 'utf8'))
      .split('\n')
      .slice(0, 5);
    const extra = join(data(), 'semeval_extra.tsv');
    const before = await readFile(extra, 'utf8');
    const without = (await readEnglishCorpus(data())).texts.length;
    await writeFile(extra, `${before}${copied.join('!!!\n').toUpperCase()}\n`);
    expect((await readEnglishCorpus(data())).texts).toHaveLength(without);
    await writeFile(extra, before);
  });

  test('a text in another script is not a copy of each other one', async () => {
    const file = 'umsab_arabic_train.tsv';
    const texts = [
      'خدمة سيئة جدا',
      'يوم جميل',
      'لا أعرف',
      'RT @user: شكرا http',
      'RT @user: مساء الخير http',
    ];
    await rm(join(data(), `${file}.gz`));
    await writeFile(join(data(), file), texts.map((text, n) => `${n % 3}\t${text}\n`).join(''));
    await writeFile(
      join(data(), 'umsab_hindi_val.tsv'),
      '0\tबहुत बुरा\n1\tठीक है\n2\tRT @user: बहुत अच्छा http\n',
    );
    const corpus = await readMultilingualCorpus(data());
    const given = corpus.texts.filter(({ language, weight }) => language === 'ar' && weight === undefined);
    expect(given).toHaveLength(texts.length);
    expect(corpus.validation.filter(({ language }) => language === 'hi')).toHaveLength(3);
    await writeData(data());
    await rm(join(data(), file));
  });

  test('every language of the multilingual model, and more English at less weight', async () => {
    const { texts, validation, auxiliary } = await readMultilingualCorpus(data());
    expect(new Set(texts.map(({ language }) => language))).toEqual(new Set(Object.keys(LANGUAGES)));
    expect(validation).toHaveLength(8 * 12);
    expect(auxiliary).toEqual([]);
    const more = texts.filter(({ weight }) => weight === 0.3);
    expect(new Set(more.map(({ language }) => language))).toEqual(new Set(['en']));
    expect(more).toHaveLength(30);
    const own = texts.filter(({ weight }) => weight === 0.5);
    expect(own).toHaveLength(7 * 400);
    expect(new Set(own.map(({ language }) => language))).toEqual(
      new Set(Object.keys(LANGUAGES).filter((language) => language !== 'en')),
    );
  });

  test('Hindi tweets are labelled as they were rated, other languages as the set has them', async () => {
    const plain = await readMultilingualCorpus(data(), undefined, { ratings: () => undefined });
    const rated = await readMultilingualCorpus(data(), undefined, { ratings: () => -2 });
    const labelsOf = ({ texts, validation }: typeof plain, one: string) =>
      [...texts, ...validation]
        .filter(({ language, weight }) => language === one && weight === undefined)
        .map(({ label }) => label);
    expect(new Set(labelsOf(plain, 'hi'))).toEqual(new Set([0, 1, 2]));
    expect(new Set(labelsOf(rated, 'hi'))).toEqual(new Set([0]));
    expect(labelsOf(rated, 'de')).toEqual(labelsOf(plain, 'de'));
    const mild = await readMultilingualCorpus(data(), undefined, { ratings: () => 0.2 });
    expect(new Set(labelsOf(mild, 'hi'))).toEqual(new Set([1]));
  });

  test('words of our own: one that several languages have is worth the mean', async () => {
    const words = await readOwnWords(['de', 'fr', 'es']);
    expect(words.get('schrecklich')).toBeLessThan(-1);
    expect(words.get('merci')).toBeGreaterThan(0);
    const [german, spanish] = [await readOwnWords(['de']), await readOwnWords(['es'])];
    const both =
      [...german.keys()].find((word) => spanish.has(word) && german.get(word) !== spanish.get(word)) ?? '';
    const mean = ((german.get(both) ?? NaN) + (spanish.get(both) ?? NaN)) / 2;
    expect((await readOwnWords(['de', 'es'])).get(both)).toBeCloseTo(mean, 12);
  });

  test('lexicons: comments, phrases, further columns, gzip, line ends; an emoji by the words of its name', async () => {
    const { lexicons } = await readEnglishCorpus(data());
    const [vader, afinn, opinion] = lexicons.map(({ valences }) => valences);
    expect(lexicons.map(({ name }) => name)).toEqual(['vader', 'afinn', 'opinion']);
    expect([vader?.get('good'), vader?.get('🪑'), vader?.get('🪜'), vader?.get(':happy')]).toEqual([
      ...[1.9, -2.5, undefined, 2],
    ]);
    expect([afinn?.get('good'), afinn?.get('🪑'), afinn?.get(':sad')]).toEqual([3, -3, -2]);
    expect([opinion?.get('good'), opinion?.get('fine'), opinion?.get('awful')]).toEqual([1, 1, -1]);
    expect([opinion?.has('; a comment'), opinion?.has('')]).toEqual([false, false]);
  });

  test('a rated text is learned as it was rated, others as the teacher says', async () => {
    const plain = await readEnglishCorpus(data(), undefined, { teacher: () => undefined });
    const [labelled, other] = [plain.texts[0]?.text, plain.auxiliary[0]?.texts[1]?.text];
    const { texts, taught } = await readEnglishCorpus(data(), undefined, {
      ratings: ({ text }) => (text === labelled ? 2.5 : text === other ? -2.5 : undefined),
      teacher: () => [0.2, 0.6, 0.2],
    });
    expect(texts[0]?.said?.[2]).toBeGreaterThan(0.95);
    expect(texts[1]?.said).toEqual([0.2, 0.6, 0.2]);
    const saidOf = (text: string | undefined) => taught.find((one) => one.text === text)?.shares;
    expect(saidOf(other)?.[0]).toBeGreaterThan(0.95);
    expect(saidOf(plain.auxiliary[0]?.texts[2]?.text)).toEqual([0.2, 0.6, 0.2]);
    expect(plain.taught).toEqual([]);
  });

  test('a file to calibrate on', async () => {
    const file = join(folder, 'own.tsv');
    await writeFile(file, '0\tone\n2\ttwo\n');
    expect((await readEnglishCorpus(data(), file)).validation).toHaveLength(2);
    expect((await readMultilingualCorpus(data(), file)).validation).toHaveLength(2);
  });
});

describe('refuses', () => {
  const trainIn = async (change: (dataDir: string) => Promise<unknown>, kind: 'en' | 'multi' = 'en') => {
    const dataDir = join(folder, 'broken');
    await mkdir(dataDir);
    await writeData(dataDir);
    await change(dataDir);
    const outDir = join(folder, 'never');
    const failed = await trainSentiment({ dataDir, outDir, seed: 1, kind }, () => undefined).catch(
      (error: unknown) => error,
    );
    expect(await readdir(outDir).catch(() => 'nothing written')).toBe('nothing written');
    await removeFolder(dataDir);
    return failed as Error & { readonly code: string };
  };

  test.each<[string, (dataDir: string) => Promise<unknown>, string, ('en' | 'multi')?]>([
    [
      'a missing set',
      (dir) => rm(join(dir, 'semeval_extra.tsv')),
      'broken/semeval_extra.tsv: there is no such file, nor one with .gz',
    ],
    [
      'a missing lexicon',
      (dir) => rm(join(dir, 'vader_lexicon.txt')),
      'broken/vader_lexicon.txt: there is no such file',
    ],
    [
      'a missing language',
      (dir) => rm(join(dir, 'umsab_hindi_train.tsv.gz')),
      'broken/umsab_hindi_train.tsv: there is no such file',
      'multi',
    ],
    [
      'a line of a lexicon, by its own number',
      (dir) => writeFile(join(dir, 'vader_lexicon.txt'), '; comment\n\ngood\t2\nbad\tvery\n'),
      "vader_lexicon.txt:4: 'very' is no number; a line is 'entry<TAB>valence'",
    ],
    [
      'a line without a number',
      (dir) => writeFile(join(dir, 'afinn-en-165.txt'), 'good\n'),
      "afinn-en-165.txt:1: '' is no number",
    ],
    [
      'a blank for a number',
      (dir) => writeFile(join(dir, 'afinn-en-165.txt'), 'good\t \t3\n'),
      "afinn-en-165.txt:1: ' ' is no number",
    ],
    [
      'a label',
      (dir) => writeFile(join(dir, 'semeval_extra.tsv'), '0\ta\n7\tb\n'),
      'semeval_extra.tsv:2: label',
    ],
    [
      'an empty set',
      (dir) => writeFile(join(dir, 'semeval_extra.tsv'), ''),
      'semeval_extra.tsv: holds no rows',
    ],
    [
      'a set without a row of one label',
      (dir) => writeFile(join(dir, 'tweeteval_sentiment_val.tsv'), 'ambiguous\ta\nnegative|positive\tb\n'),
      'tweeteval_sentiment_val.tsv: no row has exactly one of the labels negative, neutral, positive',
    ],
  ])('%s', async (_why, change, message, kind) => {
    const failed = await trainIn(change, kind);
    expect(failed.message).toContain(message);
    expect(failed.code).toBe('DATASET');
  });
});
