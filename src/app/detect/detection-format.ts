/** Detections as CSV or NDJSON lines. */
import type { Detection } from './detect.ts';

export const DETECTION_FORMATS = ['csv', 'ndjson'] as const;
export type DetectionFormat = (typeof DETECTION_FORMATS)[number];

export const CSV_HEADER = 'timestamp,value,expected,low,high,score\n';

/** One line with its newline. What is not known is empty in CSV and left out in NDJSON. */
export function formatDetection({ row, reading }: Detection, format: DetectionFormat): string {
  const { timestamp, value } = row;
  const [expected, low, high] = [short(reading.expected), short(reading.low), short(reading.high)];
  const score = Number(reading.score.toFixed(9));
  if (format === 'csv')
    return `${timestamp},${value ?? ''},${expected ?? ''},${low ?? ''},${high ?? ''},${score}\n`;
  const { direction, reason } = reading;
  return `${JSON.stringify({ timestamp, value, expected, low, high, score, direction, reason })}\n`;
}

/** Six digits that say something. */
function short(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(6));
}
