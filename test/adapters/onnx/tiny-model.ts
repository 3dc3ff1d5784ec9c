/** A transformer's folder in small, made here: a classifier whose logits are tanh of the sum of its tokens' vectors, as
 *  ONNX (opset 13) written byte by byte, with a WordPiece tokenizer of a few words. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Protobuf on the wire: a field is a key (number and kind) and a varint or a length and bytes. */
type Bytes = readonly number[];
const utf8 = (text: string): Bytes => [...new TextEncoder().encode(text)];
const varint = (value: number): Bytes =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
const int = (field: number, value: number): Bytes => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: Bytes): Bytes => [
  ...varint(field * 8 + 2),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string): Bytes => bytes(field, utf8(value));

const FLOAT = 1;
const INT64 = 7;

function node(type: string, inputs: readonly string[], output: string, attribute: Bytes = []): Bytes {
  const names = [...inputs.flatMap((name) => text(1, name)), ...text(2, output)];
  return bytes(1, [...names, ...text(4, type), ...attribute]);
}

const intAttribute = (name: string, value: number): Bytes =>
  bytes(5, [...text(1, name), ...int(3, value), ...int(20, 2)]);

function tensor(name: string, dims: readonly number[], values: Float32Array | BigInt64Array): Bytes {
  const type = values instanceof Float32Array ? FLOAT : INT64;
  const raw = [...new Uint8Array(values.buffer)];
  return bytes(5, [
    ...dims.flatMap((dim) => int(1, dim)),
    ...int(2, type),
    ...text(8, name),
    ...bytes(9, raw),
  ]);
}

function valueInfo(field: number, name: string, type: number, dims: readonly (string | number)[]): Bytes {
  const shape = dims.flatMap((dim) => bytes(1, typeof dim === 'string' ? text(2, dim) : int(1, dim)));
  return bytes(field, [...text(1, name), ...bytes(2, bytes(1, [...int(1, type), ...bytes(2, shape)]))]);
}

export interface TinyModel {
  /** Vector of each token, by id: one number for each label. */
  readonly vectors: readonly (readonly number[])[];
  /** Inputs of the model; without a mask padding counts like any other token. */
  readonly inputs?: readonly string[];
  readonly output?: string;
}

/** `tanh(sum over tokens of mask * (vector + type vector)) * 4`: every token's part depends on the others. Type 1 is -100. */
export function tinyModel({
  vectors,
  inputs = ['input_ids', 'attention_mask'],
  output = 'logits',
}: TinyModel) {
  const labels = vectors[0]?.length ?? 0;
  const typed = inputs.includes('token_type_ids');
  const masked = inputs.includes('attention_mask');
  const graph = [
    ...node('Gather', ['vectors', 'input_ids'], 'words'),
    ...(typed
      ? [
          ...node('Gather', ['types', 'token_type_ids'], 'typeWords'),
          ...node('Add', ['words', 'typeWords'], 'all'),
        ]
      : node('Identity', ['words'], 'all')),
    ...(masked
      ? [
          ...node('Cast', ['attention_mask'], 'mask', intAttribute('to', FLOAT)),
          ...node('Unsqueeze', ['mask', 'last'], 'maskColumn'),
          ...node('Mul', ['all', 'maskColumn'], 'read'),
        ]
      : node('Identity', ['all'], 'read')),
    ...node('ReduceSum', ['read', 'middle'], 'sum', intAttribute('keepdims', 0)),
    ...node('Tanh', ['sum'], 'bounded'),
    ...node('Mul', ['bounded', 'four'], output),
    ...text(2, 'tiny'),
    ...tensor('vectors', [vectors.length, labels], Float32Array.from(vectors.flat())),
    ...tensor(
      'types',
      [2, labels],
      Float32Array.from({ length: 2 * labels }, (_, i) => (i < labels ? 0 : -100)),
    ),
    ...tensor('last', [1], BigInt64Array.of(2n)),
    ...tensor('middle', [1], BigInt64Array.of(1n)),
    ...tensor('four', [1], Float32Array.of(4)),
    ...inputs.flatMap((name) => valueInfo(11, name, INT64, ['batch', 'length'])),
    ...valueInfo(12, output, FLOAT, ['batch', labels]),
  ];
  const model = [...int(1, 8), ...text(2, 'earshot tests'), ...bytes(7, graph)];
  return Uint8Array.from([...model, ...bytes(8, [...text(1, ''), ...int(2, 13)])]);
}

/** Each token with what it adds to negative, neutral and positive. Padding would be very positive if it were read. */
export const TINY_VOCAB: Readonly<Record<string, readonly [number, number, number]>> = {
  '[PAD]': [-9, -9, 9],
  '[UNK]': [0, 0, 0],
  '[CLS]': [-0.1, 0.4, 0],
  '[SEP]': [0, 0, 0],
  good: [-0.4, -0.3, 0.5],
  great: [-0.6, -0.4, 0.9],
  bad: [0.5, -0.3, -0.4],
  terrible: [0.9, -0.4, -0.6],
  flight: [0.05, 0.1, 0],
  '##s': [0, 0.05, 0],
  '!': [0, -0.1, 0.02],
};

export const TINY_CONFIG = {
  model_type: 'bert',
  id2label: { 0: 'negative', 1: 'neutral', 2: 'positive' },
  max_position_embeddings: 64,
  pad_token_id: 0,
};

export const TINY_TOKENIZER = {
  added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]'].map((content, id) => ({
    id,
    content,
    special: true,
    normalized: false,
  })),
  normalizer: { type: 'BertNormalizer', lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    vocab: Object.fromEntries(Object.keys(TINY_VOCAB).map((token, id) => [token, id])),
  },
};

/** What a folder holds: bytes are written as they are, anything else as JSON; undefined is left out. */
export type FolderFiles = Readonly<Record<string, unknown>>;

export const TINY_FILES: FolderFiles = {
  'config.json': TINY_CONFIG,
  'tokenizer.json': TINY_TOKENIZER,
  'model.onnx': tinyModel({ vectors: Object.values(TINY_VOCAB) }),
};

export async function writeFiles(folder: string, files: FolderFiles): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    if (content === undefined) continue;
    await mkdir(dirname(join(folder, name)), { recursive: true });
    const data =
      content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content);
    await writeFile(join(folder, name), data);
  }
}
