/** Goal: a report for each engine and file, over the rows that have one right answer. */
import { expect, test } from 'vitest';
import { DatasetError } from '../../../src/app/datasets/dataset-error.ts';
import type { Dataset, LabelledText } from '../../../src/app/datasets/dataset.ts';
import {
  evaluateSentiment,
  meansByEngine,
  type EvaluateOptions,
} from '../../../src/app/evaluate/evaluate-sentiment.ts';
import { fakeBatchEngine, fakeEngine, manualClock } from './support.ts';

const labelled = (
  file: string,
  ...rows: [LabelledText['labels'][number] | LabelledText['labels'], string][]
): Dataset => ({
  file,
  kind: 'labels',
  rows: rows.map(([labels, text]) => ({ labels: typeof labels === 'string' ? [labels] : labels, text })),
});

/** Reads numbers: `0.8` scores 0.8. */
const reader = fakeEngine('reader', Number);
const optimist = fakeBatchEngine('optimist', (texts) => texts.map(() => 0.9));

const evaluate = (options: Pick<EvaluateOptions, 'datasets'> & Partial<EvaluateOptions>) =>
  evaluateSentiment({ engines: [reader], abstainBelow: 0, clock: manualClock(), ...options });

const PLAIN = labelled('a', ['negative', '-0.8'], ['neutral', '0.1'], ['positive', '0.7'], ['positive', '0']);

test('by file, then by engine, of either kind', async () => {
  const other = labelled('b', ['positive', '1']);
  const reports = await evaluate({ datasets: [PLAIN, other], engines: [reader, optimist] });
  expect(reports).toMatchObject([
    { engine: 'reader', file: 'a', kind: 'labels', rows: 4, leftOut: 0, accuracy: 0.75 },
    { engine: 'optimist', file: 'a', rows: 4, accuracy: 0.5 },
    { engine: 'reader', file: 'b', rows: 1, accuracy: 1 },
    { engine: 'optimist', file: 'b', rows: 1, accuracy: 1 },
  ]);
  const means = meansByEngine(reports);
  expect(means).toMatchObject([
    { engine: 'reader', files: 2, accuracy: 0.875, macroRecall: (2.5 / 3 + 1) / 2 },
    { engine: 'optimist', files: 2, accuracy: 0.75, macroRecall: (1 / 3 + 1) / 2 },
  ]);
});

test('rows without one right answer are left out and counted', async () => {
  const dataset = labelled('a', ['negative', '-0.8'], ['ambiguous', '0.1'], [['neutral', 'positive'], '0.7']);
  expect(await evaluate({ datasets: [dataset] })).toMatchObject([{ rows: 1, leftOut: 2, accuracy: 1 }]);
});

test('nothing left to judge is an error that names the file', async () => {
  const datasets = [PLAIN, labelled('moods', ['ambiguous', '0'])];
  await expect(evaluate({ datasets })).rejects.toThrow(DatasetError);
  await expect(evaluate({ datasets })).rejects.toThrow(
    'moods: no row has exactly one of the labels negative, neutral, positive',
  );
});

test('abstaining and blank texts are uncertain; only the confusion matrix sees it', async () => {
  const dataset = labelled('a', ['negative', '-0.8'], ['negative', '-0.6'], ['neutral', '   ']);
  const [report] = await evaluate({ datasets: [dataset], abstainBelow: 0.7 });
  expect(report).toMatchObject({
    accuracy: 1,
    uncertainShare: 2 / 3,
    confusion: { negative: { negative: 1, uncertain: 1 }, neutral: { uncertain: 1 } },
  });
});

test('probabilities count as they were before they are rounded', async () => {
  const sure = fakeEngine('sure', () => 1 - 1e-9);
  const [report] = await evaluate({ datasets: [labelled('a', ['neutral', 'x'])], engines: [sure] });
  expect(report).toMatchObject({ negativeLogLikelihood: expect.closeTo(-Math.log(1e-9), 6) as number });
});

test('ratings: correlation of score and rating; they have no part in the means', async () => {
  const rows = [
    { rating: -3, text: '-0.9' },
    { rating: 1, text: '0.1' },
    { rating: 2, text: '0.2' },
  ];
  const reports = await evaluate({ datasets: [{ file: 'r', kind: 'ratings', rows }, PLAIN] });
  expect(reports[0]).toMatchObject({
    kind: 'ratings',
    file: 'r',
    rows: 3,
    spearman: expect.closeTo(1, 9) as number,
  });
  expect(reports[0]).not.toHaveProperty('accuracy');
  expect(meansByEngine(reports)).toEqual([]);
});

test('progress goes over all engines and files', async () => {
  const told: [string, string][] = [];
  const shares: number[] = [];
  await evaluate({
    datasets: [PLAIN, labelled('b', ['positive', '1'])],
    engines: [reader, optimist],
    onProgress: ({ engine, file, share }) => {
      told.push([engine, file]);
      shares.push(share);
    },
  });
  expect(new Set(told.map(String))).toEqual(new Set(['reader,a', 'optimist,a', 'reader,b', 'optimist,b']));
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
});

test('an engine that leaves texts out is told of', async () => {
  const lazy = fakeBatchEngine('lazy', () => []);
  await expect(evaluate({ datasets: [PLAIN], engines: [lazy] })).rejects.toThrow(
    'lazy gave no reading for row 0',
  );
});
