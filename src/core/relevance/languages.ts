/** The language filter of a pipeline. */
import type { Message } from '../message/message.ts';

/** Whether a message is in one of the languages: `en` takes `en`, `en-GB` and `EN_us`. A message that does not say (no
 *  `lang`, or `und`) is taken, and so is every message when no languages are given. */
export function speaksOneOf(
  languages: readonly string[] | undefined,
): (message: Pick<Message, 'lang'>) => boolean {
  if (languages === undefined) return () => true;
  const accepted = new Set(['', 'und', ...languages]);
  return ({ lang = '' }) => accepted.has(lang.trim().toLowerCase().split(/[-_]/, 1)[0] ?? '');
}
