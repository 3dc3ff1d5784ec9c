/** `name:value` in a query: which fields there are, and what each may ask for. What a message has of them is told by
 *  query.subject.ts. */
import { distance } from 'fastest-levenshtein';
import { subjectToken } from '../bus/subjects.ts';
import { MESSAGE_KINDS } from '../message/message.ts';
import { HAS, IS, type AddressFieldName, type FieldTest, type ValueFieldName } from './query.ts';
import { readAddress } from './query.address.ts';
import { fold } from './text-tokens.ts';

interface FieldSpec {
  /** Undefined: the value is none for this field. */
  readonly read: (written: string) => FieldTest | undefined;
  readonly expected: string;
  /** For a hint at the nearest. */
  readonly values?: readonly string[];
}

const text = (name: ValueFieldName, expected: string): FieldSpec => ({
  read: (written) => {
    const value = fold(name === 'author' ? written.replace(/^[@＠]/, '') : written);
    return value === '' ? undefined : { name, value };
  },
  expected,
});

const oneOf = (name: ValueFieldName, values: readonly string[]): FieldSpec => ({
  read: (written) => {
    const value = values.find(
      (known) => known === written.toLowerCase() || `${known}s` === written.toLowerCase(),
    );
    return value === undefined ? undefined : { name, value };
  },
  expected: `one of ${values.join(', ')}`,
  values,
});

const address = (name: AddressFieldName): FieldSpec => ({
  read: (written) => {
    const found = readAddress(written);
    return found && { name, domain: found.host.replace(/^www\./, ''), path: found.path.replace(/\/$/, '') };
  },
  expected: 'a domain such as example.com, with a path or without',
});

const AMOUNT = String.raw`(\d{1,12}(?:\.\d{1,3})?)([km]?)`;
const COMPARISON = new RegExp(`^(>=|<=|>|<|=?)${AMOUNT}$`, 'i');
const RANGE = new RegExp(String.raw`^${AMOUNT}\.\.${AMOUNT}$`, 'i');
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1_000, m: 1_000_000 };

const amount = (digits = '', unit = '') => Math.round(Number(digits) * (UNITS[unit.toLowerCase()] ?? 1));

function readFollowers(value: string): FieldTest | undefined {
  const between = (min: number, max: number): FieldTest | undefined =>
    min <= max ? { name: 'followers', min, max } : undefined;
  const range = RANGE.exec(value);
  if (range) return between(amount(range[1], range[2]), amount(range[3], range[4]));
  const [, comparison, digits, unit] = COMPARISON.exec(value) ?? [];
  if (digits === undefined) return undefined;
  const bound = amount(digits, unit);
  if (comparison === '>') return between(bound + 1, Infinity);
  if (comparison === '>=') return between(bound, Infinity);
  if (comparison === '<') return between(0, bound - 1);
  return between(comparison === '<=' ? 0 : bound, bound);
}

const FIELDS: Readonly<Record<FieldTest['name'], FieldSpec>> = {
  lang: {
    read: (value) => (/^[a-z]{2,3}$/i.test(value) ? { name: 'lang', value: value.toLowerCase() } : undefined),
    expected: 'a language code such as en, or und for messages that do not say',
  },
  channel: {
    read: (written) => (/[*?]/.test(written) ? undefined : { name: 'channel', value: subjectToken(written) }),
    expected: 'the whole name of a channel, without * and ?',
  },
  source: text('source', 'the name of a source'),
  author: text('author', 'a handle, an id or a name'),
  followers: {
    read: readFollowers,
    expected: 'a number such as >1000, >=1000, <1000, <=10k, 500 or a range such as 1000..5000',
  },
  verified: oneOf('verified', ['true', 'false']),
  has: oneOf('has', HAS),
  is: oneOf('is', IS),
  kind: oneOf('kind', MESSAGE_KINDS),
  link: address('link'),
  url: address('url'),
};

const NAMES = Object.keys(FIELDS);
const LIST = NAMES.map((name) => `${name}:`).join(' ');
const DISTANCE_MAX = 2;

/** ` (did you mean 'lang:'?)`, or nothing when none is near. */
function hint(written: string, allowed: readonly string[], ending = ''): string {
  const ranked = allowed.map((name) => ({ name, away: distance(written.toLowerCase(), name) }));
  const nearest = ranked.reduce((best, one) => (one.away < best.away ? one : best));
  const isNear = nearest.away <= DISTANCE_MAX && nearest.away < nearest.name.length - 1;
  return isNear ? ` (did you mean '${nearest.name}${ending}'?)` : '';
}

const isField = (name: string): name is FieldTest['name'] => Object.hasOwn(FIELDS, name);

/** What was found that is none, with the nearest that is one, and what is allowed. */
interface FieldFault {
  readonly fault: 'name' | 'value';
  readonly found: string;
  readonly expected: string;
}

/** What `name:value` asks for. `value` is without white space around it. */
export function readField(name: string, value: string): FieldTest | FieldFault {
  const known = name.toLowerCase();
  if (!isField(known)) {
    const found = `'${name.slice(0, 40)}:', which is no field${hint(name.slice(0, 40), NAMES, ':')}`;
    return { fault: 'name', found, expected: `one of ${LIST} or, to find it in the text, quotes around it` };
  }
  const { read, expected, values } = FIELDS[known];
  const test = value === '' ? undefined : read(value);
  if (test) return test;
  const near = values && value !== '' ? hint(value.slice(0, 40), values) : '';
  const found = value === '' ? `no value` : `'${value.slice(0, 40)}'${near}`;
  return { fault: 'value', found, expected: `${expected}, directly after '${known}:'` };
}
