/** Reads the query of a URL: every parameter is known, given once, and one of what is allowed. */
import { COMMAND_LIMITS } from '../../core/notify/command-codec.ts';
import { RequestError } from './errors.ts';

/** Reads one value, or throws a `RequestError`. */
export type Parameter<T> = (value: string, name: string) => T;
type Parameters = Readonly<Record<string, Parameter<unknown>>>;
type Read<P extends Parameters> = { readonly [K in keyof P]?: ReturnType<P[K]> };

/** Throws a `RequestError` that names the parameter, the value and what is allowed. */
export function readQuery<P extends Parameters>(query: URLSearchParams, parameters: P): Read<P> {
  const read = new Map<string, unknown>();
  for (const [name, value] of query) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined) {
      const allowed = Object.keys(parameters).join(', ') || 'none';
      throw badQuery(`unknown parameter '${shorten(name)}'; allowed: ${allowed}`);
    }
    if (read.has(name)) throw badQuery(`parameter '${name}' is given twice`);
    read.set(name, parameter(value, name));
  }
  return Object.fromEntries(read) as Read<P>;
}

export function oneOf<const T extends string>(values: readonly T[]): Parameter<T> {
  return (value, name) => {
    const found = values.find((one) => one === value);
    if (found !== undefined) return found;
    const allowed = values.join(', ') || 'none is configured';
    throw badQuery(`${name} '${shorten(value)}' is unknown; allowed: ${allowed}`);
  };
}

export function wholeNumber(min: number, max: number): Parameter<number> {
  return (value, name) => {
    const number = Number(value);
    if (/^\d{1,15}$/.test(value) && number >= min && number <= max) return number;
    throw badQuery(`${name} '${shorten(value)}' is not a whole number from ${min} to ${max}`);
  };
}

export const alertId: Parameter<string> = (value, name) => {
  if (value !== '' && value.length <= COMMAND_LIMITS.alertCharsMax) return value;
  throw badQuery(
    `${name} '${shorten(value)}' is no id of an alert; it has 1 to ${COMMAND_LIMITS.alertCharsMax} characters`,
  );
};

export const flag: Parameter<boolean> = (value, name) => {
  if (value === 'true' || value === 'false') return value === 'true';
  throw badQuery(`${name} '${shorten(value)}' is unknown; allowed: true, false`);
};

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Epoch milliseconds of an ISO 8601 time with its zone, or undefined. A date alone is its midnight in UTC. */
export function parseTimeMs(text: string): number | undefined {
  const timeMs = TIME.test(text) ? Date.parse(text) : Number.NaN;
  return timeMs >= 0 ? timeMs : undefined;
}

export const NOT_A_TIME = 'not a time; write 2026-03-01T10:00:00Z, or a date';

export const time: Parameter<number> = (value, name) => {
  const timeMs = parseTimeMs(value);
  if (timeMs !== undefined) return timeMs;
  throw badQuery(`${name} '${shorten(value)}' is ${NOT_A_TIME}`);
};

const badQuery = (message: string) => new RequestError(400, 'BAD_QUERY', message);

const SHOWN_CHARS_MAX = 100;

function shorten(text: string): string {
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`;
}
