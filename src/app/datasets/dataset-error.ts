/** A data set that cannot be used; the message names file, line, value and what is allowed. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code = 'DATASET';
  readonly canRetry = false;
}
