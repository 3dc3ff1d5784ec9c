/** Calibration: log-odds as `slope · score + offset`, fitted by maximum likelihood to what held-out texts turned out to be
 *  (Platt, "Probabilistic outputs for support vector machines", 1999), with Platt's smoothed targets. */

export interface Calibration {
  /** Above 0. */
  readonly slope: number;
  readonly offset: number;
}

const ROUNDS = 100;
const SLOPE_MIN = 1e-3;
const ENOUGH = 1e-9;
const RIDGE = 1e-9;

/** Newton's method; as many scores as answers. Both answers occur. */
export function fitPlatt(scores: Float64Array, relevant: readonly boolean[]): Calibration {
  const yes = relevant.filter(Boolean).length;
  const [high, low] = [(yes + 1) / (yes + 2), 1 / (relevant.length - yes + 2)];
  let [slope, offset] = [1, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    let [g0, g1, h00, h01, h11] = [0, 0, RIDGE, 0, RIDGE];
    for (const [index, score] of scores.entries()) {
      const probability = 1 / (1 + Math.exp(-(slope * score + offset)));
      const off = probability - (relevant[index] === true ? high : low);
      const weight = probability * (1 - probability);
      g0 += off * score;
      g1 += off;
      h00 += weight * score * score;
      h01 += weight * score;
      h11 += weight;
    }
    const determinant = h00 * h11 - h01 * h01;
    const [stepSlope, stepOffset] = [
      (h11 * g0 - h01 * g1) / determinant,
      (h00 * g1 - h01 * g0) / determinant,
    ];
    if (!Number.isFinite(stepSlope) || !Number.isFinite(stepOffset)) break;
    slope = Math.max(SLOPE_MIN, slope - stepSlope);
    offset -= stepOffset;
    if (Math.abs(stepSlope) + Math.abs(stepOffset) < ENOUGH) break;
  }
  return { slope, offset };
}
