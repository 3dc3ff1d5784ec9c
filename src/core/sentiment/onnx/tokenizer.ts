/** A Hugging Face `tokenizer.json` as a function from text to ids. */
import { z } from 'zod';
import { ENGINE_LIMITS } from '../engine-limits.ts';
import { createSplitter, readAddedTokens } from './added-tokens.ts';
import { buildBytePair } from './byte-pair.ts';
import { OnnxError, parsePart, unsupported } from './errors.ts';
import { buildNormalizer } from './normalizer.ts';
import { buildFrame } from './post-processor.ts';
import { buildPreTokenizer } from './pre-tokenizer.ts';
import type { TokenModel } from './token-model.ts';
import { buildUnigram } from './unigram.ts';
import { buildWordPiece } from './word-piece.ts';

export interface Encoding {
  /** With the tokens that are put around every text. */
  readonly ids: readonly number[];
  /** The text had more tokens than the model can read; those at the end were left out. */
  readonly truncated: boolean;
}

export interface Tokenizer {
  /** Never throws. Reads at most ENGINE_LIMITS.textCharsMax characters, in time linear in them (merges: n log n). */
  encode(text: string): Encoding;
}

export interface TokenizerOptions {
  /** Ids of one text, with those around it. */
  readonly tokensMax: number;
}

const FILE = 'tokenizer.json:';

const modelSpec = z.looseObject({ type: z.string().optional(), vocab: z.unknown().optional() });
type ModelSpec = z.output<typeof modelSpec>;

const fileSpec = z.looseObject({
  added_tokens: z.unknown().optional(),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  model: modelSpec,
  post_processor: z.unknown().optional(),
  truncation: z.looseObject({ max_length: z.int().min(1), direction: z.string().default('Right') }).nullish(),
  padding: z.looseObject({ pad_id: z.int().min(0) }).nullish(),
});

type BuildModel = (spec: unknown, place: string, control: ReadonlySet<string>) => TokenModel;
const MODELS: Readonly<Record<string, BuildModel>> = {
  BPE: buildBytePair,
  Unigram: buildUnigram,
  WordPiece: buildWordPiece,
};

/** Files of the first years do not name the type: the models differ by what they hold. */
function modelType(model: ModelSpec): string {
  if (model.type !== undefined) return model.type;
  if ('merges' in model) return 'BPE';
  return Array.isArray(model.vocab) ? 'Unigram' : 'WordPiece';
}

function buildModel(spec: ModelSpec, control: ReadonlySet<string>): TokenModel {
  const type = modelType(spec);
  const build = Object.hasOwn(MODELS, type) ? MODELS[type] : undefined;
  if (build === undefined) throw unsupported(`${FILE} model.type`, type, Object.keys(MODELS));
  return build(spec, `${FILE} model`, control);
}

/** What a tokenizer.json says besides how to split. */
export interface TokenizerFacts {
  /** `truncation.max_length`: the length the file was last used with. */
  readonly truncationMax?: number | undefined;
  readonly padId?: number | undefined;
  idOf(token: string): number | undefined;
}

export interface TokenizerFile extends TokenizerFacts {
  /** Throws `ONNX_FILE` when the tokens around a text alone are too many. */
  tokenizer(options: TokenizerOptions): Tokenizer;
}

/** `json` is the parsed tokenizer.json. Throws `OnnxError`: `ONNX_UNSUPPORTED` names a part that we do not have. */
export function readTokenizer(json: unknown): TokenizerFile {
  const file = parsePart(fileSpec, json, FILE);
  if (file.truncation && file.truncation.direction !== 'Right')
    throw unsupported(`${FILE} truncation.direction`, file.truncation.direction, ['Right']);
  const added = readAddedTokens(file.added_tokens, `${FILE} added_tokens`);
  const normalize = buildNormalizer(file.normalizer, `${FILE} normalizer`);
  const preTokenize = buildPreTokenizer(file.pre_tokenizer, `${FILE} pre_tokenizer`);
  const model = buildModel(file.model, added.control);
  const { before, after } = buildFrame(file.post_processor, `${FILE} post_processor`);
  const splitRaw = createSplitter(added.raw);
  const splitNormalized = createSplitter(added.normalized, normalize);

  /** Stops as soon as there are more than `max`. */
  const tokensOf = (text: string, max: number): number[] => {
    const ids: number[] = [];
    const segments = splitRaw(text).flatMap((segment) =>
      typeof segment === 'number' ? [segment] : splitNormalized(normalize(segment)),
    );
    for (const [index, segment] of segments.entries()) {
      if (typeof segment === 'number') ids.push(segment);
      else if (segment !== '')
        for (const word of preTokenize(segment, index === 0)) {
          for (const id of model(word)) ids.push(id);
          if (ids.length > max) return ids;
        }
    }
    return ids;
  };

  return {
    truncationMax: file.truncation?.max_length,
    padId: file.padding?.pad_id,
    idOf: (token) => added.idOf.get(token),
    tokenizer({ tokensMax }) {
      const max = tokensMax - before.length - after.length;
      if (max < 1)
        throw new OnnxError(
          'ONNX_FILE',
          `the model reads ${tokensMax} tokens, and ${FILE} post_processor puts ${before.length + after.length} around every text`,
        );
      return {
        encode(text) {
          const ids = tokensOf(text.slice(0, ENGINE_LIMITS.textCharsMax), max);
          return { ids: [...before, ...ids.slice(0, max), ...after], truncated: ids.length > max };
        },
      };
    },
  };
}
