/** Whether an engine is as sure as it is right. */

/** The most probable class of one text: its probability in [0, 1], and whether people say the same. */
export interface Forecast {
  readonly confidence: number;
  readonly correct: boolean;
}

/** Forecasts whose confidence lies in (low, high]; the first bin also holds 0. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Means over the bin; null when it is empty. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/** As in Guo et al. 2017, "On Calibration of Modern Neural Networks". */
const BINS = 15;

/** Bins of equal width over [0, 1], in rising order, empty ones included. */
export function reliabilityBins(forecasts: readonly Forecast[]): readonly ReliabilityBin[] {
  const sums = Array.from({ length: BINS }, () => ({ count: 0, confidence: 0, correct: 0 }));
  for (const { confidence, correct } of forecasts) {
    const sum = sums[Math.min(Math.max(Math.ceil(confidence * BINS) - 1, 0), BINS - 1)];
    if (sum === undefined) throw new RangeError(`confidence ${confidence} is not a number`);
    sum.count += 1;
    sum.confidence += confidence;
    sum.correct += correct ? 1 : 0;
  }
  return sums.map(({ count, confidence, correct }, index) => ({
    low: index / BINS,
    high: (index + 1) / BINS,
    count,
    confidence: count === 0 ? null : confidence / count,
    accuracy: count === 0 ? null : correct / count,
  }));
}

/** ECE: the mean of |accuracy - confidence| over bins, weighted by their counts (Guo et al. 2017, equation 3). In [0, 1];
 *  0 when there are no forecasts. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce((sum, { count, confidence, accuracy }) => {
    if (confidence === null || accuracy === null) return sum;
    return sum + (count / total) * Math.abs(accuracy - confidence);
  }, 0);
}

export interface CoverageAccuracy {
  /** Of all rows, the surest; in (0, 1]. */
  readonly share: number;
  readonly accuracy: number;
}

const COVERAGE_TENTHS = [9, 8, 7, 6, 5, 4, 3, 2, 1] as const;

/** Accuracy on the surest rows, of each share rounded up to whole rows. Where equally sure ones straddle the border, what
 *  a random choice among them would give: the order of rows does not matter. At least one forecast. */
export function accuracyAtCoverage(forecasts: readonly Forecast[]): readonly CoverageAccuracy[] {
  const groups = new Map<number, { rows: number; correct: number }>();
  for (const { confidence, correct } of forecasts) {
    const group = groups.get(confidence) ?? { rows: 0, correct: 0 };
    group.rows += 1;
    group.correct += correct ? 1 : 0;
    groups.set(confidence, group);
  }
  const surestFirst = [...groups].sort(([a], [b]) => b - a).map(([, group]) => group);
  return COVERAGE_TENTHS.map((tenths) => {
    const rows = Math.ceil((tenths * forecasts.length) / 10);
    let [left, correct] = [rows, 0];
    for (const group of surestFirst) {
      const taken = Math.min(left, group.rows);
      correct += (group.correct * taken) / group.rows;
      left -= taken;
      if (left === 0) break;
    }
    return { share: tenths / 10, accuracy: correct / rows };
  });
}
