/** `model.json`: what a model is, next to its weights. */
import { z } from 'zod';

export const MODEL_FORMAT = 1;

export const modelManifest = z.strictObject({
  /** Of the features and of the file; a model of another format cannot be read. */
  format: z.literal(MODEL_FORMAT),
  name: z.string().min(1).max(100),
  /** ISO 639-1. */
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}$/))
    .min(1)
    .max(64),
  /** Whether features have a copy for each language beside the shared one. */
  languageCopies: z.boolean(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  shape: z.strictObject({
    bits: z.int().min(8).max(22),
    bucketScale: z.number().positive(),
    vectors: z.int().min(0).max(1_000_000),
    vectorScale: z.number().positive(),
    phrases: z.int().min(0).max(1_000_000),
    phraseScale: z.number().positive(),
    lexicons: z.int().min(0).max(16),
    lexiconEntries: z.int().min(0).max(1_000_000),
    dense: z.int().min(1).max(1_000),
  }),
  /** What the logits are divided by (Guo et al., 2017). */
  temperature: z.number().positive(),
  /** Of labels that follow no text: people disagree and slip. The three probabilities share it evenly, so that none is surer
   *  than people are of each other. */
  strayShare: z.number().min(0).max(0.5).default(0),
  /** How it was made: seed, rows by data set, figures on the validation set. For people. */
  training: z.record(z.string(), z.unknown()),
});

export type ModelManifest = z.output<typeof modelManifest>;
