/** Regular expressions that match in time linear in the text, whatever their pattern: Thompson's construction, run as a set
 *  of states (R. Cox, "Regular Expression Matching Can Be Simple And Fast", 2007). Always of the whole text. */

/** `.`, `[a-z]`, `[^0-9]`, `\d \w \s` and their opposites, `\` before a sign, `( )`, `|`, `*`, `+`, `?`. */
const PATTERN_CHARS_MAX = 200;

export type RegexTest = (text: string) => boolean;

export class RegexError extends Error {
  override readonly name = 'RegexError';
  readonly code = 'NOTIFY_REGEX';
  readonly canRetry = false;
}

type CharTest = (char: string) => boolean;

type Node =
  | { readonly kind: 'char'; readonly test: CharTest }
  | { readonly kind: 'all'; readonly of: readonly Node[] }
  | { readonly kind: 'any'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly sign: '*' | '+' | '?' };

/** A step of the program; the last one past its end is the match. */
type Step =
  | { readonly test: CharTest }
  /** Goes on at these places, without reading. */
  | { to: readonly number[] };

/** Throws a `RegexError` that says what is not understood and where. */
export function compileRegex(pattern: string): RegexTest {
  const chars = [...pattern];
  if (chars.length > PATTERN_CHARS_MAX)
    throw new RegexError(`the pattern has ${chars.length} characters; ${PATTERN_CHARS_MAX} are allowed`);
  const program: Step[] = [];
  emit(new Parser(chars, pattern).parse(), program);
  return (text) => run(program, text);
}

const CLASSES: Readonly<Record<string, CharTest>> = {
  d: (char) => /^[0-9]$/.test(char),
  w: (char) => /^[A-Za-z0-9_]$/.test(char),
  s: (char) => /^\s$/.test(char),
  D: (char) => !/^[0-9]$/.test(char),
  W: (char) => !/^[A-Za-z0-9_]$/.test(char),
  S: (char) => !/^\s$/.test(char),
};

class Parser {
  readonly #chars: readonly string[];
  readonly #pattern: string;
  #at = 0;

  constructor(chars: readonly string[], pattern: string) {
    this.#chars = chars;
    this.#pattern = pattern;
  }

  parse(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#chars.length) this.#fail("')' without '('");
    return node;
  }

  get #next(): string | undefined {
    return this.#chars[this.#at];
  }

  #alternatives(): Node {
    const of = [this.#sequence()];
    while (this.#next === '|') {
      this.#at++;
      of.push(this.#sequence());
    }
    return { kind: 'any', of };
  }

  #sequence(): Node {
    const of: Node[] = [];
    while (this.#next !== undefined && this.#next !== '|' && this.#next !== ')') of.push(this.#repeated());
    return { kind: 'all', of };
  }

  #repeated(): Node {
    let node = this.#atom();
    for (let sign = this.#next; sign === '*' || sign === '+' || sign === '?'; sign = this.#next) {
      this.#at++;
      node = { kind: 'repeat', of: node, sign };
    }
    return node;
  }

  #atom(): Node {
    const char = this.#take();
    switch (char) {
      case '.':
        return { kind: 'char', test: () => true };
      case '(': {
        if (this.#next === '?') this.#fail("'(?' is not supported; write (a|b)");
        const node = this.#alternatives();
        if (this.#next !== ')') this.#fail("'(' without ')'");
        this.#at++;
        return node;
      }
      case '[':
        return { kind: 'char', test: this.#set() };
      case '\\':
        return { kind: 'char', test: this.#escape() };
      case '^':
      case '$':
        return this.#fail(`'${char}' is not needed: a pattern is always held against the whole value`);
      case '{':
      case '}':
        return this.#fail(`'${char}' is not supported; write \\${char} for the sign itself`);
      case '*':
      case '+':
      case '?':
        return this.#fail(`nothing before '${char}' to repeat`);
      default:
        return { kind: 'char', test: (other) => other === char };
    }
  }

  #set(): CharTest {
    const isNegated = this.#next === '^';
    if (isNegated) this.#at++;
    const tests: CharTest[] = [];
    while (this.#next !== ']') {
      const first = this.#take("'[' without ']'");
      if (first === '\\') {
        tests.push(this.#escape());
        continue;
      }
      if (this.#next !== '-' || this.#chars[this.#at + 1] === ']') {
        tests.push((char) => char === first);
        continue;
      }
      this.#at++;
      const last = this.#take("'[' without ']'");
      const [from, to] = [first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0];
      if (last === '\\' || from > to) this.#fail(`'${first}-${last}' is not a range`);
      tests.push((char) => from <= (char.codePointAt(0) ?? 0) && (char.codePointAt(0) ?? 0) <= to);
    }
    this.#at++;
    if (tests.length === 0) this.#fail('empty [ ]');
    return (char) => tests.some((test) => test(char)) !== isNegated;
  }

  #escape(): CharTest {
    const char = this.#take("'\\' at the end");
    const known = CLASSES[char];
    if (known) return known;
    if (/^[A-Za-z0-9]$/.test(char)) this.#fail(`'\\${char}' is not supported; \\d \\w \\s are`);
    return (other) => other === char;
  }

  #take(problem = 'unexpected end'): string {
    const char = this.#next;
    if (char === undefined) return this.#fail(problem);
    this.#at++;
    return char;
  }

  #fail(problem: string): never {
    throw new RegexError(`pattern '${this.#pattern}' at ${this.#at}: ${problem}`);
  }
}

function emit(node: Node, program: Step[]): void {
  switch (node.kind) {
    case 'char':
      program.push({ test: node.test });
      return;
    case 'all':
      for (const part of node.of) emit(part, program);
      return;
    case 'any': {
      const fork: Step = { to: [] };
      program.push(fork);
      const starts: number[] = [];
      const ends: { to: readonly number[] }[] = [];
      for (const part of node.of) {
        starts.push(program.length);
        emit(part, program);
        const end = { to: [] };
        ends.push(end);
        program.push(end);
      }
      fork.to = starts;
      for (const end of ends) end.to = [program.length];
      return;
    }
    case 'repeat': {
      const fork: Step = { to: [] };
      const start = program.length;
      if (node.sign !== '+') program.push(fork);
      emit(node.of, program);
      if (node.sign === '+') fork.to = [start, program.push(fork)];
      else {
        if (node.sign === '*') program.push({ to: [start] });
        fork.to = [start + 1, program.length];
      }
      return;
    }
  }
}

function run(program: readonly Step[], text: string): boolean {
  let states = reach(program, [0]);
  for (const char of text) {
    const next: number[] = [];
    for (const at of states) {
      const step = program[at];
      if (step && 'test' in step && step.test(char)) next.push(at + 1);
    }
    if (next.length === 0) return false;
    states = reach(program, next);
  }
  return states.has(program.length);
}

/** The places that can be reached without reading. */
function reach(program: readonly Step[], from: number[]): ReadonlySet<number> {
  const reached = new Set<number>();
  for (let at = from.pop(); at !== undefined; at = from.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const step = program[at];
    if (step && 'to' in step) from.push(...step.to);
  }
  return reached;
}
