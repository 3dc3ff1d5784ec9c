/** The reference of a configuration schema: a heading and a table for each object in it. */
import { z } from 'zod';
import { code, table } from './markdown.ts';

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** The JSON Schema of what a user writes: with defaults, and before transformations. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    // zod leaves the default out where items are transformed; an empty list is the same before and after.
    override: ({ zodSchema: { _zod }, jsonSchema }) => {
      if (_zod.def.type === 'default' && isEmptyList(_zod.def.defaultValue)) jsonSchema.default ??= [];
    },
  }) as JsonSchema;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Markdown blocks. `level` is the depth of the first heading, `path` where the schema sits in the file. */
export function schemaReference(schema: z.ZodType, title: string, level: number, path = ''): string[] {
  return section(inputSchema(schema), path, title, level);
}

function section(schema: JsonSchema, path: string, title: string, level: number): string[] {
  const properties = Object.entries(schema.properties ?? {});
  const rows = properties.map(([name, property]) => [
    code(name),
    typeText(property),
    schema.required?.includes(name) === true ? 'required' : defaultText(property.default),
    withoutUnit(property.description ?? ''),
  ]);
  return [
    `${'#'.repeat(level)} ${title}`,
    ...(schema.description === undefined ? [] : [schema.description]),
    rows.length === 0 ? 'No fields: `{}`.' : table(['Field', 'Type', 'Default', 'Meaning'], rows),
    ...properties.flatMap(([name, property]) =>
      inner(property, path === '' ? name : `${path}.${name}`, level + 1),
    ),
  ];
}

/** The sections of a property that holds objects with fields of their own. */
function inner(schema: JsonSchema, path: string, level: number): string[] {
  const depth = Math.min(level, 6);
  if (hasFields(schema)) return section(schema, path, code(path), depth);
  if (schema.items !== undefined) return inner({ ...schema.items, ...own(schema) }, `${path}[]`, level);
  return (schema.anyOf ?? [])
    .filter(isNamedVariant)
    .flatMap((variant) =>
      Object.entries(variant.properties ?? {}).flatMap(([name, property]) =>
        inner(property, `${path}.${name}`, level),
      ),
    );
}

/** An object without fields is shown when it takes none, not when it takes any. */
function hasFields({ properties, additionalProperties }: JsonSchema): boolean {
  return properties !== undefined && (Object.keys(properties).length > 0 || additionalProperties === false);
}

function own({ description }: JsonSchema): JsonSchema {
  return description === undefined ? {} : { description };
}

/** One way of several that is told by its single required key, as in `sinks: [{ webhook: … }]`. */
function isNamedVariant(schema: JsonSchema): boolean {
  return schema.required?.length === 1 && Object.keys(schema.properties ?? {}).length === 1;
}

const DURATION = / A duration such as [^;]+; (.+ to .+)\.$/;

function withoutUnit(description: string): string {
  return description.replace(DURATION, '');
}

function typeText(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(' or ');
  if (schema.anyOf !== undefined) return variantsText(schema.anyOf);
  const span = DURATION.exec(schema.description ?? '')?.[1];
  if (span !== undefined) return `duration, ${span}`;
  switch (schema.type) {
    case 'array':
      return `list of ${typeText(schema.items ?? {})}${range(schema.minItems, schema.maxItems, 'items')}`;
    case 'object':
      return objectText(schema);
    case 'string':
      return stringText(schema);
    case 'integer':
    case 'number':
      return `${schema.type}${range(schema.minimum, schema.maximum)}`;
    default:
      return schema.type ?? 'anything';
  }
}

function variantsText(variants: readonly JsonSchema[]): string {
  if (!variants.every(isNamedVariant)) return variants.map(typeText).join(' or ');
  return variants.map((variant) => code(String(variant.required?.[0]))).join(' or ');
}

function objectText({ properties, additionalProperties }: JsonSchema): string {
  if (properties !== undefined && Object.keys(properties).length > 0) return 'object';
  if (typeof additionalProperties !== 'object' || Object.keys(additionalProperties).length === 0)
    return 'object';
  return `map of ${typeText(additionalProperties)}`;
}

function stringText({ format, pattern, minLength, maxLength }: JsonSchema): string {
  if (format === 'uri') return 'URL';
  if (pattern !== undefined) return `string that matches ${code(pattern)}`;
  return `string${range(minLength, maxLength, 'characters')}`;
}

function range(min?: number, max?: number, unit = ''): string {
  const upper = max === Number.MAX_SAFE_INTEGER ? undefined : max;
  if (min === undefined && upper === undefined) return '';
  const span =
    upper === undefined ? `at least ${min}` : min === undefined ? `at most ${upper}` : `${min} to ${upper}`;
  return ` (${`${span} ${unit}`.trim()})`;
}

function defaultText(value: unknown): string {
  if (value === undefined || JSON.stringify(value) === '{}') return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}
