/** Minimizes a smooth, strictly convex function: L-BFGS (Nocedal and Wright, "Numerical Optimization", 2006, algorithm 7.5)
 *  with steps halved until they pay (Armijo). No chance is involved. */

/** Writes the gradient at a point and returns the value there. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

export interface MinimizeOptions {
  /** Steps at most; good models need few, and fewer overfit less. */
  readonly stepsMax: number;
  /** Ends when a step gains less than this share of the value. */
  readonly gainMin: number;
}

/** Steps remembered for the curvature. */
const MEMORY = 7;
const HALVINGS_MAX = 30;
/** Share of the gain that the slope promises. */
const ENOUGH = 1e-4;

interface Step {
  readonly move: Float64Array;
  readonly turn: Float64Array;
  readonly product: number;
}

/** From zero; returns the point. */
export function minimize(dimensions: number, objective: Objective, options: MinimizeOptions): Float64Array {
  let point = new Float64Array(dimensions);
  let gradient = new Float64Array(dimensions);
  let value = objective(point, gradient);
  const memory: Step[] = [];
  for (let step = 0; step < options.stepsMax; step += 1) {
    const direction = descent(gradient, memory);
    const slope = dot(direction, gradient);
    const next = new Float64Array(dimensions);
    const nextGradient = new Float64Array(dimensions);
    // Without curvature yet, a step no longer than 1.
    let length = memory.length === 0 ? 1 / Math.max(1, Math.sqrt(-slope)) : 1;
    let nextValue = Infinity;
    for (let halving = 0; halving < HALVINGS_MAX; halving += 1) {
      for (let at = 0; at < dimensions; at += 1) next[at] = (point[at] ?? 0) + length * (direction[at] ?? 0);
      nextValue = objective(next, nextGradient);
      if (nextValue <= value + ENOUGH * length * slope) break;
      length /= 2;
    }
    if (!(nextValue < value)) return point;
    const move = difference(next, point);
    const turn = difference(nextGradient, gradient);
    const product = dot(move, turn);
    if (product > 0) memory.push({ move, turn, product });
    if (memory.length > MEMORY) memory.shift();
    const gain = value - nextValue;
    [point, gradient, value] = [next, nextGradient, nextValue];
    if (gain < options.gainMin * value) return point;
  }
  return point;
}

/** Minus the gradient times the inverse of the curvature seen so far. */
function descent(gradient: Float64Array, memory: readonly Step[]): Float64Array {
  const direction = gradient.map((value) => -value);
  const shares = new Float64Array(memory.length);
  for (let index = memory.length - 1; index >= 0; index -= 1) {
    const { move, turn, product } = memory[index] ?? NO_STEP;
    const share = dot(move, direction) / product;
    shares[index] = share;
    addTo(direction, turn, -share);
  }
  const last = memory.at(-1);
  if (last !== undefined) {
    const scale = last.product / dot(last.turn, last.turn);
    for (let at = 0; at < direction.length; at += 1) direction[at] = (direction[at] ?? 0) * scale;
  }
  for (const [index, { move, turn, product }] of memory.entries()) {
    addTo(direction, move, (shares[index] ?? 0) - dot(turn, direction) / product);
  }
  return direction;
}

const NO_STEP: Step = { move: new Float64Array(0), turn: new Float64Array(0), product: 1 };

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

function addTo(sum: Float64Array, part: Float64Array, factor: number): void {
  for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + factor * (part[at] ?? 0);
}

const difference = (a: Float64Array, b: Float64Array) => a.map((value, at) => value - (b[at] ?? 0));
