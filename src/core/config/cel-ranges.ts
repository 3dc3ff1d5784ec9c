/** What conditions can come to, by the ranges of the numbers that they name: comparisons that never hold, and such that always do.
 *  Interval arithmetic (Moore, 1966): whatever it says of an expression is so; of much that is so it says nothing. */
import { parse, type ASTNode } from '@marcbachmann/cel-js';

/** Lowest and highest value, both included; a count has no highest (Infinity). */
type Range = readonly [min: number, max: number];
export type Ranges = Readonly<Record<string, Range>>;

/** A comparison, or the condition as a whole, that comes out the same whatever is counted. */
export interface Foregone {
  /** As written. */
  readonly text: string;
  readonly holds: boolean;
  /** Numbers that a comparison names. */
  readonly names: readonly string[];
}

/** Of a condition that compiles. The whole comes last, where it is more than one comparison. */
export function foregone(source: string, ranges: Ranges): readonly Foregone[] {
  const { ast } = parse(source);
  const found: Foregone[] = [];
  let isToldWhole = false;
  const outcome = outcomeOf(ast, ranges, (node, holds) => {
    isToldWhole ||= node === ast;
    found.push({ text: textOf(node, source), holds, names: namesIn(node) });
  });
  if (outcome.length === 1 && !isToldWhole)
    found.push({ text: source.trim(), holds: outcome[0] === true, names: [] });
  return found;
}

/** Of a comparison of numbers, in which there are no strings. The parser's range leaves out parentheses at its ends. */
function textOf({ range }: ASTNode, source: string): string {
  let [from, to] = [range.start, range.end];
  let [depth, depthMin] = [0, 0];
  for (const char of source.slice(from, to)) {
    depth += char === '(' ? 1 : char === ')' ? -1 : 0;
    depthMin = Math.min(depthMin, depth);
  }
  for (let missing = -depthMin; missing > 0; missing -= 1) from = source.lastIndexOf('(', from - 1);
  for (let missing = depth - depthMin; missing > 0; missing -= 1) to = source.indexOf(')', to) + 1;
  return source.slice(from, to);
}

/** What a boolean can be: one or both. */
type Outcome = readonly boolean[];
const EITHER: Outcome = [true, false];

type Tell = (node: ASTNode, holds: boolean) => void;

function outcomeOf(node: ASTNode, ranges: Ranges, tell: Tell): Outcome {
  const of = (inner: ASTNode) => outcomeOf(inner, ranges, tell);
  switch (node.op) {
    case 'value':
      return typeof node.args === 'boolean' ? [node.args] : EITHER;
    case '!_':
      return of(node.args).map((holds) => !holds);
    case '&&':
    case '||':
      return either(node.op === '||', node.args.map(of));
    case '?:': {
      const [asked, then, otherwise] = node.args;
      const [which, first, second] = [of(asked), of(then), of(otherwise)];
      const reached = [...(which.includes(true) ? first : []), ...(which.includes(false) ? second : [])];
      return EITHER.filter((holds) => reached.includes(holds));
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '==':
    case '!=': {
      const [left, right] = node.args.map((side) => rangeOf(side, ranges));
      const outcome = left && right ? compared(node.op, left, right) : EITHER;
      if (outcome.length === 1 && namesIn(node).length > 0) tell(node, outcome[0] === true);
      return outcome;
    }
    default:
      return EITHER;
  }
}

/** One side that is `decisive` for sure decides; both that are not do as well. */
function either(decisive: boolean, sides: readonly Outcome[]): Outcome {
  if (sides.some((side) => !side.includes(!decisive))) return [decisive];
  return sides.some((side) => side.includes(decisive)) ? EITHER : [!decisive];
}

function compared(op: '<' | '<=' | '>' | '>=' | '==' | '!=', left: Range, right: Range): Outcome {
  switch (op) {
    case '<':
      return left[1] < right[0] ? [true] : left[0] >= right[1] ? [false] : EITHER;
    case '<=':
      return left[1] <= right[0] ? [true] : left[0] > right[1] ? [false] : EITHER;
    case '>':
      return compared('<', right, left);
    case '>=':
      return compared('<=', right, left);
    case '==':
      if (left[1] < right[0] || right[1] < left[0]) return [false];
      return left[0] === left[1] && right[0] === right[1] ? [true] : EITHER;
    case '!=':
      return compared('==', left, right).map((holds) => !holds);
  }
}

/** Undefined where it is no number, or may be none. Endpoints are reckoned as the condition reckons, and rounding keeps their order. */
function rangeOf(node: ASTNode, ranges: Ranges): Range | undefined {
  switch (node.op) {
    case 'value':
      return typeof node.args === 'number' || typeof node.args === 'bigint'
        ? known([Number(node.args), Number(node.args)])
        : undefined;
    case 'id':
      return Object.hasOwn(ranges, node.args) ? ranges[node.args] : undefined;
    case '-_': {
      const range = rangeOf(node.args, ranges);
      return range && [-range[1], -range[0]];
    }
    case '+':
    case '-':
    case '*': {
      const [left, right] = node.args.map((side) => rangeOf(side, ranges));
      if (!left || !right) return undefined;
      const results = left.flatMap((one) => right.map((other) => ARITHMETIC[node.op](one, other)));
      return known([Math.min(...results), Math.max(...results)]);
    }
    default:
      return undefined;
  }
}

const ARITHMETIC: Readonly<Record<'+' | '-' | '*', (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
};

/** Beyond whole numbers that a double tells apart an int may overflow; and infinity times nothing is unknown. */
function known(range: Range): Range | undefined {
  const isKnown = (end: number) => Math.abs(end) <= Number.MAX_SAFE_INTEGER || Math.abs(end) === Infinity;
  return range.every(isKnown) ? range : undefined;
}

function namesIn(node: ASTNode): readonly string[] {
  const names = new Set<string>();
  const visit = (value: unknown) => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== 'object' || value === null || !('op' in value) || !('args' in value)) return;
    if (value.op === 'id') names.add(String(value.args));
    else visit(value.args);
  };
  visit(node);
  return [...names];
}
