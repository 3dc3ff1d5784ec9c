/** Goal: what people write to companies is read far better than word lists read it, also of a kind of company that no training text is
 *  about. 640 texts made for this project by a language model that saw neither the training texts nor the sentiment model. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readDataset } from '../../../src/app/datasets/dataset.ts';
import { trainingResource } from '../../../src/app/train/word-vectors.ts';
import type { SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { CLASSES } from '../../../src/core/sentiment/evaluation.classes.ts';
import { evaluateLabels } from '../../../src/core/sentiment/evaluation.ts';
import { naturalEngine } from '../../../src/core/sentiment/natural.engine.ts';
import { openDefaultEngine } from '../sentiment/support.ts';

const FILES = ['airlines', 'companies'] as const;
const fileOf = (name: string) => new URL(`${name}.tsv`, import.meta.url).pathname;
const NEUTRAL = { probability: { negative: 0.1, neutral: 0.8, positive: 0.1 } };

async function macroRecallOf(name: string, { read }: Pick<SentimentEngine, 'read'>): Promise<number> {
  const dataset = await readDataset(fileOf(name), 'labels');
  const rows = dataset.kind === 'labels' ? dataset.rows : [];
  return evaluateLabels(
    rows.flatMap(({ labels, text }) => {
      const gold = CLASSES.find((one) => one === labels[0]);
      return gold ? [{ gold, probability: read(text, { language: 'en' }).probability, label: gold }] : [];
    }),
  ).macroRecall;
}

test.each([
  ['airlines', 0.71],
  ['companies', 0.74],
] as const)('%s', async (name, least) => {
  const ours = await macroRecallOf(name, await openDefaultEngine());
  expect(ours).toBeGreaterThanOrEqual(least);
  expect(ours).toBeGreaterThan((await macroRecallOf(name, naturalEngine)) + 0.1);
});

test('negative control: who always says the same has a third', async () => {
  expect(await macroRecallOf('airlines', { read: () => NEUTRAL })).toBeCloseTo(1 / 3, 9);
});

test('no text is one of the training texts, and none of those is about airlines', async () => {
  const linesOf = async (file: string) =>
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(line.indexOf('\t') + 1).toLowerCase());
  const trained = await linesOf(trainingResource('texts-en.tsv'));
  const known = new Set(trained);
  for (const name of FILES)
    for (const text of await linesOf(fileOf(name))) expect(known.has(text), text).toBe(false);
  expect(trained.filter((text) => /\b(flights?|airlines?|airports?)\b/.test(text))).toEqual([]);
});
