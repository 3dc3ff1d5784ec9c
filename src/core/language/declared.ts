/** The language that a platform declares for a message. */

/** Codes that name no language: undetermined, several, none; ISO 639's local use is `qaa` to `qtz` (X's `qme`, `qht`, …). */
const NO_LANGUAGE = /^(und|mul|zxx|mis|art|q[a-t][a-z])$/;
const SUBTAG = /^[a-z]{2,3}$/;

/** A language tag as people write it: `en`, `pt-BR`, `zh_Hant_TW`. */
export const LANGUAGE_TAG = /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}$/;

/** Different tags remembered; beyond, all are forgotten. */
const TAGS_REMEMBERED_MAX = 1_000;
const remembered = new Map<string, string | undefined>();

/** The primary subtag of a BCP 47 tag in its shortest form: `en` of `en-GB`, `EN_us` and `eng`. Undefined when the tag is
 *  missing, malformed, or names no language. */
export function declaredLanguage(tag: string | undefined): string | undefined {
  if (tag === undefined || tag === '') return undefined;
  if (remembered.has(tag)) return remembered.get(tag);
  const subtag = tag.trim().toLowerCase().split(/[-_]/, 1)[0] ?? '';
  const isLanguage = SUBTAG.test(subtag) && !NO_LANGUAGE.test(subtag);
  const language = isLanguage ? new Intl.Locale(subtag).language : undefined;
  if (remembered.size >= TAGS_REMEMBERED_MAX) remembered.clear();
  remembered.set(tag, language);
  return language;
}
