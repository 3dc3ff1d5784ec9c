/** Turns what zod finds into sentences that say what is allowed, each with the path it is about. */
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { Path } from './yaml-document.ts';

export interface SchemaProblem {
  readonly path: Path;
  readonly message: string;
  /** The message says all there is to say: the value at the path is of no interest. */
  readonly withValue?: boolean;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly SchemaProblem[] };

/** The value as the schema makes it, or every problem of it. */
export function checkSchema<T extends z.ZodType>(schema: T, value: unknown): Checked<z.output<T>> {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return { ok: false, problems: parsed.error.issues.flatMap((issue) => explain(issue, [], json)) };
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue, base: Path, schema: JsonSchema): SchemaProblem[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = keysAt(schema, path);
      const list = allowed.length > 0 ? `; allowed here: ${allowed.join(', ')}` : '';
      return issue.keys.map((key) => {
        const message = `unknown key '${key}'${hint(key, allowed)}${list}`;
        return { path: [...path, key], message, withValue: false };
      });
    }
    case 'invalid_union':
      return explainUnion(issue, path, schema);
    case 'invalid_value':
      if (issue.input === undefined) return [{ path, message: 'is required' }];
      return [{ path, message: `not allowed; allowed: ${issue.values.map(String).join(', ')}` }];
    case 'invalid_type':
      if (issue.input === undefined) return [{ path, message: 'is required' }];
      return [
        {
          path,
          message: isOwnWords(issue) ? lowerFirst(issue.message) : `must be ${typeName(issue.expected)}`,
        },
      ];
    case 'too_small':
      return [{ path, message: limit('at least', issue.origin, issue.minimum) }];
    case 'too_big':
      return [{ path, message: limit('at most', issue.origin, issue.maximum) }];
    default:
      return [{ path, message: lowerFirst(issue.message) }];
  }
}

/** Speaks of the alternative that was meant; where none was, of all of them. */
function explainUnion(
  issue: Issue & { code: 'invalid_union' },
  path: Path,
  schema: JsonSchema,
): SchemaProblem[] {
  const rightType = issue.errors.filter((issues) => !issues.some((inner) => isWrongType(inner)));
  const rightKeys = rightType.filter((issues) => !issues.some(isWrongKey));
  const meant = rightKeys[0] ?? (rightType.length === 1 ? rightType[0] : undefined);
  if (meant) return meant.flatMap((inner) => explain(inner, path, schema));
  const allowed = keysAt(schema, path);
  const keys = allowed.join(', ');
  if (rightType.length > 0) {
    const [unknown = ''] = Object.keys(issue.input ?? {}).filter((key) => !allowed.includes(key));
    return [{ path, message: `needs exactly one of: ${keys}${hint(unknown, allowed)}` }];
  }
  const types = issue.errors.flatMap((issues) =>
    issues.filter(isWrongType).map(({ expected }) => typeName(expected)),
  );
  const message = `must be ${[...new Set(types)].join(' or ')}${keys === '' ? '' : ` with: ${keys}`}`;
  return [{ path, message }];
}

function isWrongType(issue: Issue): issue is Issue & { code: 'invalid_type' } {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

function isWrongKey(issue: Issue): boolean {
  const isMissing = issue.code === 'invalid_type' && issue.path.length === 1 && issue.input === undefined;
  return isMissing || (issue.code === 'unrecognized_keys' && issue.path.length === 0);
}

/** Whether a schema gave the message, not zod. */
function isOwnWords({ message }: Issue): boolean {
  return !message.startsWith('Invalid input');
}

/** What a person who writes YAML calls it. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  int: 'a whole number',
};

function typeName(expected: string): string {
  return TYPE_NAMES[expected] ?? `a ${expected}`;
}

function limit(which: 'at least' | 'at most', origin: string, bound: number | bigint): string {
  if (which === 'at least' && bound === 1 && (origin === 'string' || origin === 'array'))
    return 'must not be empty';
  if (origin === 'string') return `must have ${which} ${bound} characters`;
  if (origin === 'array') return `must have ${which} ${bound} entries`;
  return `must be ${which} ${bound}`;
}

/** The keys that an object at this path may have; for alternatives, those of all of them. */
function keysAt(root: JsonSchema, path: Path): string[] {
  let nodes: JsonSchema[] = [root];
  for (const key of path) {
    nodes = nodes
      .flatMap((node) => alternatives(node))
      .flatMap((node) => {
        const next = typeof key === 'number' ? node.items : node.properties?.[key];
        return next ? [next] : [];
      });
  }
  return [...new Set(nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {})))];
}

function alternatives(node: JsonSchema): JsonSchema[] {
  return node.anyOf ? node.anyOf.flatMap(alternatives) : [node];
}

function hint(key: string, allowed: readonly string[]): string {
  const near =
    key === ''
      ? undefined
      : allowed.find((candidate) => distance(key.toLowerCase(), candidate.toLowerCase()) <= 2);
  return near === undefined ? '' : `; did you mean '${near}'?`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
