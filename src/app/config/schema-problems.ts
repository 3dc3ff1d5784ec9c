/** Turns what zod finds into sentences that say what is allowed, each with the path it is about. */
import { distance } from 'fastest-levenshtein';
import { z } from 'zod';
import type { Path } from './yaml-document.ts';

export interface SchemaProblem {
  readonly path: Path;
  readonly message: string;
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** Every problem once, deepest explanation first where alternatives were tried. */
export function schemaProblems(schema: z.ZodType, error: z.ZodError): SchemaProblem[] {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return error.issues.flatMap((issue) => explain(issue, [], json));
}

function explain(issue: z.core.$ZodIssue, base: Path, schema: JsonSchema): SchemaProblem[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const allowed = keysAt(schema, path);
      const list = allowed.length > 0 ? `; allowed here: ${allowed.join(', ')}` : '';
      return issue.keys.map((key) => ({ path: [...path, key], message: `unknown key '${key}'${hint(key, allowed)}${list}` }));
    }
    case 'invalid_union': {
      // The alternative that got furthest is the one that was meant.
      const depth = (issues: readonly z.core.$ZodIssue[]) => Math.max(0, ...issues.map(({ path: at }) => at.length));
      const meant = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length);
      const best = meant[0];
      if (best && depth(best) > 0) return best.flatMap((inner) => explain(inner, path, schema));
      const allowed = keysAt(schema, path);
      return [{ path, message: allowed.length > 0 ? `needs exactly one of: ${allowed.join(', ')}` : issue.message }];
    }
    case 'invalid_value':
      return [{ path, message: `not allowed; allowed: ${issue.values.map(String).join(', ')}` }];
    case 'invalid_type':
      return [{ path, message: missing(issue) ? 'is required' : `must be ${a(issue.expected)}` }];
    default:
      return [{ path, message: lowerFirst(issue.message) }];
  }
}

function missing(issue: z.core.$ZodIssueInvalidType): boolean {
  return issue.message.endsWith('received undefined');
}

/** The keys that an object at this path may have; for alternatives, those of all of them. */
function keysAt(root: JsonSchema, path: Path): string[] {
  let nodes: JsonSchema[] = [root];
  for (const key of path) {
    nodes = nodes.flatMap((node) => alternatives(node)).flatMap((node) => {
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
  const near = allowed.find((candidate) => distance(key.toLowerCase(), candidate.toLowerCase()) <= 2);
  return near === undefined ? '' : `; did you mean '${near}'?`;
}

function a(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
