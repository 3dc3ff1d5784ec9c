/** What the small files of a model's folder say: config.json, tokenizer_config.json and our own earshot.json. */
import { z } from 'zod';
import { malformed, parsePart, unsupported } from './errors.ts';
import { type Polarity, readLabels } from './labels.ts';
import type { TokenizerFacts } from './tokenizer.ts';

/** Tokens of one text that are read, whatever the model could: attention is quadratic in them. */
const TOKENS_MAX = 512;

const configSpec = z.looseObject({
  model_type: z.string().optional(),
  problem_type: z.string().nullish(),
  id2label: z.record(z.string(), z.string()),
  max_position_embeddings: z.int().min(1).nullish(),
  pad_token_id: z.int().min(0).nullish(),
});

/** A token is a string, or an object in files of slow tokenizers. */
const tokenSpec = z.union([
  z.string(),
  z.looseObject({ content: z.string() }).transform((token) => token.content),
]);
const tokenizerConfigSpec = z.looseObject({
  model_max_length: z.number().min(1).nullish(),
  pad_token: tokenSpec.nullish(),
});

const earshotSpec = z.strictObject({
  languages: z
    .array(z.string().regex(/^[a-z]{2,3}$/, 'must be an ISO 639-1 code such as en'))
    .min(1)
    .default(['en']),
  temperature: z.number().min(0.01).max(100).default(1),
});

/** Positions of these begin behind the padding's id: one of 514 reads 512 tokens. */
const POSITIONS_BEHIND_PADDING: ReadonlySet<string> = new Set([
  'camembert',
  'data2vec-text',
  'mpnet',
  'roberta',
  'roberta-prelayernorm',
  'xlm-roberta',
  'xlm-roberta-xl',
  'xmod',
]);

/** Parsed JSON of the files, undefined for an optional one that is not there. */
export interface ModelFolderFiles {
  readonly config: unknown;
  readonly tokenizerConfig?: unknown;
  readonly earshot?: unknown;
}

export interface ModelConfig {
  /** By the index of the output. */
  readonly polarities: readonly Polarity[];
  readonly tokensMax: number;
  readonly padId: number;
  readonly languages: ReadonlySet<string>;
  /** What logits are divided by before the softmax; 1 unless earshot.json says otherwise. */
  readonly temperature: number;
}

function labelsInOrder(id2label: Readonly<Record<string, string>>): string[] {
  const place = 'config.json: id2label';
  const count = Object.keys(id2label).length;
  return Array.from({ length: count }, (_, index) => {
    const label = id2label[String(index)];
    if (label === undefined) throw malformed(place, id2label, `labels of the ids 0 to ${count - 1}`);
    return label;
  });
}

/** Throws `OnnxError`. */
export function readModelConfig(files: ModelFolderFiles, tokenizer: TokenizerFacts): ModelConfig {
  const config = parsePart(configSpec, files.config, 'config.json:');
  const ofTokenizer = parsePart(tokenizerConfigSpec, files.tokenizerConfig ?? {}, 'tokenizer_config.json:');
  const ours = parsePart(earshotSpec, files.earshot ?? {}, 'earshot.json:');
  const { problem_type: problem = null } = config;
  if (problem !== null && problem !== 'single_label_classification')
    throw unsupported('config.json: problem_type', problem, ['single_label_classification']);

  const padToken = ofTokenizer.pad_token ?? undefined;
  const padId =
    config.pad_token_id ?? tokenizer.padId ?? (padToken === undefined ? undefined : tokenizer.idOf(padToken));
  if (padId === undefined)
    throw malformed(
      'config.json: pad_token_id',
      config.pad_token_id,
      'the id that fills texts of a batch up, here or as padding.pad_id in tokenizer.json',
    );
  const offset = POSITIONS_BEHIND_PADDING.has(config.model_type ?? '') ? padId + 1 : 0;
  const positions = config.max_position_embeddings ?? Number.POSITIVE_INFINITY;
  return {
    polarities: readLabels(labelsInOrder(config.id2label), 'config.json: id2label'),
    tokensMax: Math.min(
      TOKENS_MAX,
      positions - offset,
      ofTokenizer.model_max_length ?? Number.POSITIVE_INFINITY,
      tokenizer.truncationMax ?? Number.POSITIVE_INFINITY,
    ),
    padId,
    languages: new Set(ours.languages),
    temperature: ours.temperature,
  };
}
