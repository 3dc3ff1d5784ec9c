/** A state that is made in slices of some milliseconds, between which others are served. What it is made of must not change
 *  until it is done. */
export type Slices<T> = Generator<void, T, void>;

/** All at once. */
export function whole<T>(slices: Slices<T>): T {
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value;
  }
}
