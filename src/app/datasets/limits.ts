import { TEXT_LINE_BYTES_MAX } from '../split-lines.ts';

/** Bounds of a data set, which is held in memory as a whole. What exceeds one is an error, never cut off silently. */
export interface DatasetLimits {
  /** Bytes of one line, or of one CSV record. */
  readonly lineBytesMax: number;
  readonly rowsMax: number;
  /** UTF-16 units of all texts together. */
  readonly charsMax: number;
}

export const DATASET_LIMITS: DatasetLimits = {
  lineBytesMax: TEXT_LINE_BYTES_MAX,
  rowsMax: 2_000_000,
  charsMax: 256_000_000,
};
