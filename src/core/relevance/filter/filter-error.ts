/** A filter's model that cannot be used; the message names the file and what is wrong. */
export class FilterModelError extends Error {
  override readonly name = 'FilterModelError';
  readonly code = 'FILTER_UNREADABLE';
  readonly canRetry = false;
}
