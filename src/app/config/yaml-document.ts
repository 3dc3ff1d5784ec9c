/** A YAML file whose problems can be told by line: parsed once, with the place of every value kept. */
import {
  Composer,
  Document,
  isMap,
  isPair,
  isScalar,
  LineCounter,
  visit,
  type Node,
  type Scalar,
} from 'yaml';
import { errorText } from '../../core/errors/error-text.ts';
import { NestedTooDeep, ShallowParser } from './shallow-parser.ts';

export type Path = readonly (string | number)[];

/** A problem as a person reads it: `file:line:column: path: message (value)`. */
export interface PlacedProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `alerts[0].over`, or an empty string for the whole file. */
  readonly path: string;
  /** The offending value as JSON, shortened; undefined when it is absent. */
  readonly value?: string;
  readonly message: string;
}

export interface YamlFile {
  readonly file: string;
  readonly value: unknown;
  /** Syntax errors and missing environment variables; `value` must not be used when there are any. */
  readonly problems: readonly PlacedProblem[];
  /** False after a syntax error: `value` is not even worth checking for further problems. */
  readonly isParsed: boolean;
  /** Whether a problem of the value at this path would be one of the environment variable that is missing in it. */
  readonly isUnfilled: (path: Path) => boolean;
  /** With the value as the file has it, unless the message quotes what matters of it already. */
  readonly place: (path: Path, message: string, options?: { readonly withValue?: boolean }) => PlacedProblem;
}

const VALUE_CHARS_MAX = 80;
const ENV_REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** For a variable that is missing: valid nearly wherever one is used, so that what else is wrong is found too. */
const STAND_IN = 'https://unset.invalid/';

/** What is never quoted. */
const SECRET_KEY = /^key$|(?:secret|token|password|seed|headers)(?!File)/i;

/** Parses YAML and fills in `${NAME}` in strings from `env`. Never throws for any text. What stands under one of the top-level keys in
 *  `dispensable` is left out where a variable in it is missing. */
export function parseYamlFile(
  file: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  dispensable: readonly string[] = [],
): YamlFile {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: PlacedProblem[] = [];
  let document = new Document<Node>();
  let written: unknown;
  let value: unknown;
  let isParsed = false;
  try {
    const composed = compose(text, lines);
    document = composed.document;
    problems.push(...composed.wrong.map(({ offset, message }) => ({ ...at(offset), path: '', message })));
    if (problems.length === 0) {
      written = document.toJS();
      problems.push(...fillEnvironment(document, env, dispensable, at));
      value = document.toJS();
      isParsed = true;
    }
  } catch (error) {
    // Nesting beyond the limit; an alias without its anchor, aliases that multiply.
    const message = errorText(error);
    if (error instanceof NestedTooDeep) problems.push({ ...at(error.offset), path: '', message });
    else problems.push({ file, line: 1, column: 1, path: '', message: `not valid YAML: ${message}` });
  }
  return {
    file,
    value,
    problems,
    isParsed,
    isUnfilled(path) {
      const found = lookUp(value, path);
      return problems.length > 0 && typeof found === 'string' && found.includes(STAND_IN);
    },
    place(path, message, { withValue = true } = {}) {
      const found = lookUp(written, path);
      return {
        ...at(offsetOf(document, path)),
        path: formatPath(path),
        ...(found === undefined || !withValue ? {} : { value: quoteValue(path, found) }),
        message,
      };
    },
  };
}

interface Composed {
  readonly document: Document<Node>;
  readonly wrong: readonly { readonly offset: number; readonly message: string }[];
}

/** Throws a `NestedTooDeep`. */
function compose(text: string, lines: LineCounter): Composed {
  const tokens = new ShallowParser(lines.addNewLine).parse(text);
  const [document, second] = new Composer({ logLevel: 'error' }).compose(tokens, true, text.length);
  if (document === undefined) throw new Error('holds no document');
  const wrong = document.errors.map(({ pos: [offset], message }) => ({
    offset,
    message: `not valid YAML: ${message}`,
  }));
  if (second !== undefined) {
    const message = "a second document begins here, after '---'; a file holds one";
    wrong.push({ offset: second.range[0], message });
  }
  return { document, wrong };
}

/** As JSON, shortened; passwords and keys, also those within a URL, are not shown. */
export function quoteValue(path: Path, value: unknown): string {
  const hidden = (key: string) => SECRET_KEY.test(key);
  if (path.some((key) => hidden(String(key)))) return '***';
  const json = JSON.stringify(value, (key, inner: unknown) => (hidden(key) ? '***' : inner));
  const text = json.replace(/\/\/[^\s/@"]*@/g, '//***@');
  return text.length <= VALUE_CHARS_MAX ? text : `${text.slice(0, VALUE_CHARS_MAX - 1)}…`;
}

function fillEnvironment(
  document: Document,
  env: Readonly<Record<string, string | undefined>>,
  dispensable: readonly string[],
  at: (offset: number) => { file: string; line: number; column: number },
): PlacedProblem[] {
  const problems: PlacedProblem[] = [];
  const leftOut = new Set<string>();
  const missing = (variable: string, value: string, { range }: Scalar): PlacedProblem => {
    const message = `the environment variable ${variable} is not set`;
    return { ...at(range?.[0] ?? 0), path: '', value, message };
  };
  visit(document, {
    Scalar(key, node, [, , top]) {
      if (key === 'key' || typeof node.value !== 'string' || !node.value.includes('${')) return;
      node.value = node.value.replace(ENV_REFERENCE, (reference, variable: string) => {
        const filled = env[variable];
        if (filled !== undefined) return filled;
        const name = isPair(top) ? String(top.key) : '';
        if (dispensable.includes(name)) leftOut.add(name);
        else problems.push(missing(variable, reference, node));
        return STAND_IN;
      });
    },
  });
  for (const name of leftOut) document.delete(name);
  return problems;
}

/** Where the value of a path begins; for one that is absent, where its nearest parent does. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(path[length - 1]),
      );
      if (pair) return (pair.key as Node).range?.[0] ?? 0;
    }
    const node = document.getIn(path.slice(0, length), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function lookUp(value: unknown, path: Path): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

export function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');
}

export function formatProblem(problem: PlacedProblem): string {
  const path = problem.path === '' ? '' : `${problem.path}: `;
  const value = problem.value === undefined ? '' : ` (got ${problem.value})`;
  return `${problem.file}:${problem.line}:${problem.column}: ${path}${problem.message}${value}`;
}
