/** Conditions: CEL expressions over declared variables, checked when a pipeline file is read, evaluated without code
 *  execution. Every number is a double, and an int literal mixes with it freely: `negative * 2 > volume`. */
import { Environment } from '@marcbachmann/cel-js';

type ScalarType = 'double' | 'string' | 'bool';

/** A variable with fields of its own; its values are instances of `ctor`, so that nothing is converted per evaluation. */
interface RecordType {
  readonly ctor: new (...args: never[]) => object;
  readonly fields: Readonly<Record<string, ScalarType>>;
}
export type ConditionFields = Readonly<Record<string, ScalarType | 'list<string>' | RecordType>>;

/** Never throws. A condition that cannot be evaluated (an int division by zero, a number out of range) says why. */
export type Condition = (values: Readonly<Record<string, unknown>>) => ConditionResult;
type ConditionResult =
  { readonly ok: true; readonly holds: boolean } | { readonly ok: false; readonly error: string };

type ConditionErrorCode =
  | 'CONDITION_SYNTAX'
  | 'CONDITION_LIMIT'
  | 'CONDITION_UNKNOWN_NAME'
  | 'CONDITION_TYPE'
  | 'CONDITION_NOT_BOOLEAN'
  | 'CONDITION_FORBIDDEN';

export class ConditionError extends Error {
  override readonly name = 'ConditionError';
  readonly canRetry = false;
  readonly code: ConditionErrorCode;

  constructor(code: ConditionErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What one expression may hold; a larger one is refused when it is compiled. */
const CONDITION_LIMITS = {
  maxAstNodes: 500,
  maxDepth: 32,
  maxListElements: 200,
  maxMapEntries: 50,
  maxCallArguments: 8,
};

/** A regular expression runs in a time that nobody can bound. */
const FORBIDDEN_CALLS = ['matches'];

const HOLDS: ConditionResult = { ok: true, holds: true };
const DOES_NOT_HOLD: ConditionResult = { ok: true, holds: false };

/** A compiler of conditions over these variables. It throws a `ConditionError` that quotes the expression, the place and
 *  what is allowed there. */
export function conditionCompiler(fields: ConditionFields): (source: string) => Condition {
  let made: Environment | undefined; // Takes a while, and most pipelines have few conditions or none.
  return (source) => {
    const environment = (made ??= environmentOf(fields));
    const checked = environment.check(source);
    if (!checked.valid) throw explain(source, fields, checked.error);
    if (checked.type !== 'bool') {
      throw new ConditionError(
        'CONDITION_NOT_BOOLEAN',
        `'${source}' gives ${checked.type ?? 'no type'}; a condition must give bool: compare it with something`,
      );
    }
    const evaluate = environment.parse(source);
    const forbidden = findCall(evaluate.ast, FORBIDDEN_CALLS);
    if (forbidden !== undefined) {
      throw new ConditionError(
        'CONDITION_FORBIDDEN',
        `'${source}' calls ${forbidden}(), which is not offered; use contains(), startsWith(), endsWith() or ==`,
      );
    }
    return (values) => {
      try {
        return evaluate(values) === true ? HOLDS : DOES_NOT_HOLD;
      } catch (error) {
        return { ok: false, error: `'${source}': ${summaryOf(error)}` };
      }
    };
  };
}

function environmentOf(fields: ConditionFields): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: false, limits: CONDITION_LIMITS });
  const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
    '+': (left, right) => left + right,
    '-': (left, right) => left - right,
    '*': (left, right) => left * right,
    '/': (left, right) => left / right,
    '%': (left, right) => left % right,
  };
  for (const [sign, apply] of Object.entries(arithmetic)) {
    environment.registerOperator(`double ${sign} int`, (left: number, right: bigint) =>
      apply(left, Number(right)),
    );
    environment.registerOperator(`int ${sign} double: double`, (left: bigint, right: number) =>
      apply(Number(left), right),
    );
  }
  environment.registerOperator('double % double', (left: number, right: number) => left % right);
  // The library has int == double already.
  environment.registerOperator('double == int', (left: number, right: bigint) => left === Number(right));
  for (const [name, type] of Object.entries(fields)) {
    if (typeof type === 'string') {
      environment.registerVariable(name, type);
    } else {
      environment.registerType(`${name}_record`, { ctor: type.ctor, fields: { ...type.fields } });
      environment.registerVariable(name, `${name}_record`);
    }
  }
  return environment;
}

interface LibraryError {
  readonly code?: string;
  readonly summary?: string;
  readonly message: string;
  readonly range?: { readonly start: number; readonly end: number };
}

function explain(source: string, fields: ConditionFields, error: LibraryError | undefined): ConditionError {
  const place = placeOf(source, error?.range?.start);
  const reason = error ? summaryOf(error).replace(/\b(\w+)_record\b/g, '$1') : 'does not compile';
  const message = `'${source}', ${place}: ${reason}`;
  if (error?.code === 'unknown_variable' || error?.code === 'no_such_key') {
    return new ConditionError('CONDITION_UNKNOWN_NAME', `${message}; allowed: ${namesOf(fields)}`);
  }
  if (error?.code === 'limit_exceeded') return new ConditionError('CONDITION_LIMIT', message);
  if (error instanceof Error && error.name === 'ParseError') {
    const hint = /\b(?:and|or|not)\b/i.test(source) ? '; CEL writes &&, || and !' : '';
    return new ConditionError('CONDITION_SYNTAX', `${message}${hint}`);
  }
  return new ConditionError('CONDITION_TYPE', message);
}

function placeOf(source: string, offset = 0): string {
  const before = source.slice(0, offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return before.length === 1 ? `column ${column}` : `line ${before.length}, column ${column}`;
}

function namesOf(fields: ConditionFields): string {
  return Object.entries(fields)
    .flatMap(([name, type]) =>
      typeof type === 'string' ? [name] : Object.keys(type.fields).map((field) => `${name}.${field}`),
    )
    .join(', ');
}

/** The library's message without its drawing of the source, which repeats what we quote. */
function summaryOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { summary } = error as LibraryError;
  return summary ?? error.message;
}

/** The first of these function names that the expression calls. The tree is as deep as CONDITION_LIMITS allow. */
function findCall(node: unknown, names: readonly string[]): string | undefined {
  if (Array.isArray(node)) {
    for (const item of node) {
      const found = findCall(item, names);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof node !== 'object' || node === null || !('op' in node) || !('args' in node)) return undefined;
  const { op, args } = node;
  if ((op === 'call' || op === 'rcall') && Array.isArray(args)) {
    const called: unknown = args[0];
    if (typeof called === 'string' && names.includes(called)) return called;
  }
  return findCall(args, names);
}
