/** What can be wrong with a model that a user brings. */
import { z } from 'zod';

/** `ONNX_FILE`: a file is missing or does not hold what it should · `ONNX_UNSUPPORTED`: well-formed, but nothing we can
 *  run · `ONNX_RUNTIME_UNAVAILABLE`: the optional peer dependency is not installed · `ONNX_RUNTIME`: the runtime failed ·
 *  `ONNX_CLOSED`: asked after `close`. */
export type OnnxErrorCode =
  'ONNX_FILE' | 'ONNX_UNSUPPORTED' | 'ONNX_RUNTIME_UNAVAILABLE' | 'ONNX_RUNTIME' | 'ONNX_CLOSED';

export class OnnxError extends Error {
  override readonly name = 'OnnxError';
  readonly code: OnnxErrorCode;
  /** Whether the same call can succeed later: only a failed run may have been short of memory. */
  readonly canRetry: boolean;

  constructor(code: OnnxErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.canRetry = code === 'ONNX_RUNTIME';
  }
}

const VALUE_CHARS_MAX = 80;

/** As JSON, cut short. */
export function quote(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length <= VALUE_CHARS_MAX ? json : `${json.slice(0, VALUE_CHARS_MAX)}…`;
}

/** `place` names the file and the path in it: `tokenizer.json: normalizer.type`. */
export function unsupported(place: string, value: unknown, supported: readonly string[]): OnnxError {
  const message = `${place} is ${quote(value)}, which is not supported; supported: ${supported.join(', ')}`;
  return new OnnxError('ONNX_UNSUPPORTED', message);
}

export function malformed(place: string, value: unknown, allowed: string): OnnxError {
  return new OnnxError('ONNX_FILE', `${place} is ${quote(value)}; it must be ${allowed}`);
}

/** The value as the schema makes it. Throws `ONNX_FILE` with the place of the first problem. */
export function parsePart<T extends z.ZodType>(schema: T, value: unknown, place: string): z.output<T> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map(String).join('.');
  const at = place.endsWith(':') ? `${place} ${path}` : [place, path].filter(Boolean).join('.');
  const what = issue?.message ?? 'not valid';
  throw new OnnxError('ONNX_FILE', `${at} is ${quote(issue?.input)}: ${what}`);
}

type Factory<T> = (spec: unknown, place: string) => T;

/** Makes a part of the tokenizer by its `type`. Throws `ONNX_UNSUPPORTED` for a type that no factory has. */
export function buildPart<T>(
  factories: Readonly<Record<string, Factory<T>>>,
  spec: unknown,
  place: string,
): T {
  const { type } = parsePart(z.looseObject({ type: z.string() }), spec, place);
  const factory = Object.hasOwn(factories, type) ? factories[type] : undefined;
  if (factory === undefined) throw unsupported(`${place}.type`, type, Object.keys(factories));
  return factory(spec, place);
}
