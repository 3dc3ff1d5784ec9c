/** `model.json` of a filter: what it is, next to its weights. */
import { z } from 'zod';

export const FILTER_FORMAT = 1;
export const FILTER_ENGINES = ['earshot', 'natural', 'wink'] as const;
export type FilterEngine = (typeof FILTER_ENGINES)[number];

const head = {
  /** Of the features and of the file; a filter of another format cannot be read. */
  format: z.literal(FILTER_FORMAT),
  /** Told apart from models of sentiment. */
  task: z.literal('relevance'),
  name: z.string().min(1).max(100),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** How it was made: seed, rows by file, figures on held-out folds. For people. */
  training: z.record(z.string(), z.unknown()),
};

const linearManifest = z.strictObject({
  ...head,
  engine: z.literal('earshot'),
  bits: z.int().min(8).max(22),
  /** Log-odds of being relevant without any feature. */
  bias: z.number(),
  /** Of a weight, in log-odds, before the text's own scale. */
  unit: z.number().positive(),
});

const bayesManifest = z.strictObject({
  ...head,
  engine: z.enum(['natural', 'wink']),
  /** Probabilities of naive Bayes are far too sure: log-odds are multiplied and shifted (Platt, 1999). */
  calibration: z.strictObject({ slope: z.number(), offset: z.number() }),
});

export const filterManifest = z.discriminatedUnion('engine', [linearManifest, bayesManifest]);

export type LinearManifest = z.output<typeof linearManifest>;
export type BayesManifest = z.output<typeof bayesManifest>;
