/** Reads the body of a request against its schema; what is wrong is told with its place, its value and what is allowed. */
import type { z } from 'zod';
import { RequestError } from './errors.ts';

const PROBLEMS_MAX = 10;
const PROBLEM_CHARS_MAX = 300;
const VALUE_CHARS_MAX = 80;

/** No body counts as `{}`. Throws a `RequestError`. */
export function readBody<T>(schema: z.ZodType<T>, body: unknown, fields: readonly string[]): T {
  const parsed = schema.safeParse(body ?? {}, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw badBody(parsed.error.issues.map((issue) => explain(issue, fields)));
}

export function badBody(problems: readonly string[]): RequestError {
  const shown = problems.slice(0, PROBLEMS_MAX).map((problem) => shorten(problem, PROBLEM_CHARS_MAX));
  const more = problems.length - shown.length;
  const message = shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
  return new RequestError(400, 'BAD_BODY', message);
}

/** The one that runs need not be named. */
export function pipelineFor(given: string | undefined, pipelines: readonly string[]): string {
  const [only] = pipelines;
  if (given === undefined && only !== undefined && pipelines.length === 1) return only;
  if (given !== undefined && pipelines.includes(given)) return given;
  const what = given === undefined ? 'is required' : `'${shorten(given)}' is unknown`;
  throw badBody([`pipeline: ${what}; allowed: ${pipelines.join(', ') || 'none is configured'}`]);
}

function explain(issue: z.core.$ZodIssue, fields: readonly string[]): string {
  const { path, message, input } = issue;
  if (issue.code === 'unrecognized_keys') {
    const [key = '', ...others] = issue.keys;
    const keys = `'${shorten(key)}'${others.length === 0 ? '' : ` and ${others.length} more`}`;
    const allowed = path.length === 0 ? `; allowed: ${fields.join(', ') || 'none'}` : '';
    return `${placeOf(path)}unknown key ${keys}${allowed}`;
  }
  if (issue.code === 'invalid_type' && input === undefined) return `${placeOf(path)}is required`;
  const got =
    input === undefined || typeof input === 'object' ? '' : ` (got ${shorten(JSON.stringify(input))})`;
  return `${placeOf(path)}${lowerFirst(message)}${got}`;
}

function placeOf(path: readonly PropertyKey[]): string {
  const place = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return place === '' ? 'body: ' : `${place}: `;
}

function shorten(text: string, charsMax = VALUE_CHARS_MAX): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}…`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
