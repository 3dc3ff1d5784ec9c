/** Intervals for shares and for sums of them, in closed form.
 *
 *  - One share: Wilson's score interval (1927), with the finite population correction on the number of marks.
 *  - A sum of independent estimates: the method of variance estimates recovery, MOVER (Zou and Donner, 2008): distances to
 *    the limits are added in squares, each side by itself.
 *  - A ratio: MOVER-R (Donner and Zou, 2012). */

/** Two-sided 95%. */
export const Z = 1.959964;

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** `hits` of `marked`, drawn at random from `population`. With nothing marked anything is possible. `hits` need not be whole:
 *  plans for marks to come use expected ones. */
export function wilson(hits: number, marked: number, population = Number.POSITIVE_INFINITY): Estimate {
  if (marked <= 0) return { value: 0.5, low: 0, high: 1 };
  const value = hits / marked;
  if (marked >= population) return { value, low: value, high: value };
  const isFinite = Number.isFinite(population);
  const effective = isFinite ? (marked * (population - 1)) / (population - marked) : marked;
  const z2 = Z * Z;
  const centre = (value + z2 / (2 * effective)) / (1 + z2 / effective);
  const half =
    (Z * Math.sqrt((value * (1 - value)) / effective + z2 / (4 * effective * effective))) /
    (1 + z2 / effective);
  return {
    value,
    low: Math.max(0, Math.min(value, centre - half)),
    high: Math.min(1, Math.max(value, centre + half)),
  };
}

/** Of a product of independent estimates that are not negative. */
export function product(left: Estimate, right: Estimate): Estimate {
  const value = left.value * right.value;
  const down = Math.hypot(right.value * (left.value - left.low), left.value * (right.value - right.low));
  const up = Math.hypot(right.value * (left.high - left.value), left.value * (right.high - right.value));
  return { value, low: Math.max(0, value - down), high: value + up };
}

export function sum(parts: readonly Estimate[]): Estimate {
  const value = parts.reduce((total, part) => total + part.value, 0);
  const down = Math.hypot(...parts.map((part) => part.value - part.low));
  const up = Math.hypot(...parts.map((part) => part.high - part.value));
  return { value, low: Math.max(0, value - down), high: value + up };
}

/** `part / (part + rest)` of independent estimates; anything is possible when both are 0. */
export function shareOfSum(part: Estimate, rest: Estimate): Estimate {
  if (part.high === 0 && rest.low > 0) return { value: 0, low: 0, high: 0 };
  const whole = part.value + rest.value;
  const { low, high } = ratio(rest, part);
  return { value: whole === 0 ? 0.5 : part.value / whole, low: 1 / (1 + high), high: 1 / (1 + low) };
}

const TINY = 1e-12;

/** MOVER-R. The limits of `top / bottom`; infinite where the bottom may be 0. */
function ratio(top: Estimate, bottom: Estimate): { readonly low: number; readonly high: number } {
  const cross = top.value * bottom.value;
  const lowBase = bottom.high * (2 * bottom.value - bottom.high);
  const highBase = bottom.low * (2 * bottom.value - bottom.low);
  const root = (l: number, u: number) => Math.sqrt(Math.max(0, cross * cross - l * u));
  const lowTop = top.low * (2 * top.value - top.low);
  const low = Math.abs(lowBase) < TINY ? 0 : (cross - root(lowTop, lowBase)) / lowBase;
  const high =
    highBase <= 0
      ? Number.POSITIVE_INFINITY
      : (cross + root(top.high * (2 * top.value - top.high), highBase)) / highBase;
  return { low: Math.max(0, low), high };
}
