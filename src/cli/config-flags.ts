/** What flags say, through the schema that a pipeline file goes through: the same limits, and the same words about them. */
import type { z } from 'zod';
import { checkSchema } from '../app/config/schema-problems.ts';
import { UsageError } from './io.ts';

/** `given`: keys of the schema with the text of the flag `--<key>`, read as `read` does; absent flags are undefined.
 *  @throws a `UsageError` that names flag and text. */
export function configFromFlags<T extends z.ZodType>(
  schema: T,
  given: Readonly<Record<string, string | undefined>>,
  read: (text: string, key: string) => unknown,
): z.output<T> {
  const said = Object.entries(given).flatMap(([key, text]) => (text === undefined ? [] : [{ key, text }]));
  const checked = checkSchema(
    schema,
    Object.fromEntries(said.map(({ key, text }) => [key, read(text, key)])),
  );
  if (checked.ok) return checked.value;
  const [problem] = checked.problems;
  const key = String(problem?.path[0] ?? '');
  const flag = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag}: ${problem?.message ?? 'not valid'} (got '${given[key] ?? ''}')`);
}
