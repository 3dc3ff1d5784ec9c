/** What is wrong in a configuration beyond its shape: the place in the file, and the value, the reason and what is allowed. */
export interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
