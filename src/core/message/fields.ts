/** How an optional field is read: what it cannot use moves to `extra` under its name, so that nothing is lost and no
 *  decoration kills a message. */
import { normalizeLine } from './text.ts';
import { MESSAGE_LIMITS } from './limits.ts';

export type RawObject = Readonly<Record<string, unknown>>;
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Takes a value into the draft, or answers false: the value is none for this field. */
export type FieldReader<Draft> = (value: unknown, draft: Draft, extra: Extra) => boolean;

/** What the envelope has no room for, by name; a part of a known object as `author.badge`. */
export class Extra {
  readonly values: Record<string, unknown> = {};
  size = 0;

  keep(name: string, value: unknown): void {
    if (!Object.hasOwn(this.values, name)) this.size++;
    this.values[name] = value;
  }

  /** An `extra` that the source sent: a field of the same name beside it goes first. */
  keepAll(given: RawObject): void {
    for (const name of Object.keys(given))
      if (!Object.hasOwn(this.values, name)) this.keep(name, given[name]);
  }
}

/** Reads what `readers` know into the draft; `null` counts as absent; everything else goes to `extra`. */
export function readFields<Draft>(
  raw: RawObject,
  readers: ReadonlyMap<string, FieldReader<Draft>>,
  draft: Draft,
  extra: Extra,
  prefix = '',
): void {
  for (const name of Object.keys(raw)) {
    const value = raw[name];
    const reader = readers.get(name);
    if (reader === undefined || (value !== null && !reader(value, draft, extra)))
      extra.keep(prefix + name, value);
  }
}

export function isObject(value: unknown): value is RawObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string, or a number that JSON carries exactly, as a string. */
export function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}

const NUMERIC = /^-?\d{1,15}(?:\.\d{1,9})?$/;

/** A finite number, or a string of digits. */
export function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : undefined; // -0 becomes 0, as JSON has it.
  return typeof value === 'string' && NUMERIC.test(value) ? Number(value) + 0 : undefined;
}

const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
const CONTROL = /\p{Cc}/u;

/** Whether a string can stand in a header and be compared byte by byte: no control characters, no lone surrogates. */
export function isIdentifier(text: string, charsMax: number): boolean {
  if (text.length === 0 || text.length > charsMax) return false;
  return VISIBLE_ASCII.test(text) || (!CONTROL.test(text) && text.isWellFormed());
}

/** The string on one line, or undefined when it is too long, before or after. */
export function shortLine(text: string): string | undefined {
  if (text.length > MESSAGE_LIMITS.lineCharsMax) return undefined;
  const line = normalizeLine(text);
  return line.length <= MESSAGE_LIMITS.lineCharsMax ? line : undefined;
}

type TextKey<Draft> = { [K in keyof Draft]-?: string extends Draft[K] ? K : never }[keyof Draft];

/** A short string for people; the empty one counts as absent. */
export function lineField<Draft extends object>(key: TextKey<Draft>): FieldReader<Draft> {
  return (value, draft) => {
    const text = asText(value);
    const line = text === undefined ? undefined : shortLine(text);
    if (line !== undefined && line !== '') (draft[key] as string) = line;
    return line !== undefined;
  };
}

/** The id of something else: kept as it came, since it is compared with other ids. The empty one counts as absent. */
export function idField<Draft extends object>(key: TextKey<Draft>): FieldReader<Draft> {
  return (value, draft) => {
    const text = asText(value);
    if (text === '') return true;
    if (text === undefined || !isIdentifier(text, MESSAGE_LIMITS.idCharsMax)) return false;
    (draft[key] as string) = text;
    return true;
  };
}

type NumberKey<Draft> = { [K in keyof Draft]-?: number extends Draft[K] ? K : never }[keyof Draft];

export function numberField<Draft extends object>(key: NumberKey<Draft>, min = 0): FieldReader<Draft> {
  return (value, draft) => {
    const number = asNumber(value);
    if (number === undefined || number < min) return false;
    (draft[key] as number) = number;
    return true;
  };
}

export function enumField<Draft extends object, K extends keyof Draft>(
  key: K,
  allowed: readonly Draft[K][],
): FieldReader<Draft> {
  return (value, draft) => {
    const found = allowed.find((item) => item === value);
    if (found !== undefined) draft[key] = found;
    return found !== undefined;
  };
}

type ListKey<Draft> = { [K in keyof Draft]-?: readonly string[] extends Draft[K] ? K : never }[keyof Draft];

/** A list of strings without repetitions, or one string. `item` gives the item as it is kept, or undefined when it is
 *  none; what is none, and what is more than `listItemsMax`, moves to `extra`. Empty items and lists count as absent. */
export function listField<Draft extends object>(
  key: ListKey<Draft> & string,
  item: (text: string) => string | undefined,
): FieldReader<Draft> {
  return (value, draft, extra) => {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    const kept: string[] = []; // Short: a search is faster than a set.
    const refused: unknown[] = [];
    for (const raw of items) {
      const text = typeof raw === 'string' ? item(raw) : undefined;
      if (text === '' || (text !== undefined && kept.includes(text))) continue;
      if (text === undefined || kept.length >= MESSAGE_LIMITS.listItemsMax) refused.push(raw);
      else kept.push(text);
    }
    if (kept.length > 0) (draft[key] as readonly string[]) = kept;
    if (refused.length > 0) extra.keep(key, Array.isArray(value) ? refused : value);
    return true;
  };
}
