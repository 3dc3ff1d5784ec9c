/** Why a payload, or a part of it, cannot become a message. */

/** The reasons: subject tokens of `earshot.dead.<reason>` and metric labels. docs/ derives from this. */
export const DEAD_REASONS = {
  empty: 'The payload holds nothing: no bytes, only white space, or an empty array.',
  invalid_utf8: 'The bytes are not UTF-8.',
  invalid_json: 'The text is not JSON, or ends too early.',
  not_an_object: 'The JSON is a number, a string, a list within a list or the like, not an object.',
  missing_id: 'The message has no `id`.',
  bad_field:
    'A field that decides what the message is (`id`, `version`, `kind`) has a value that is not allowed.',
  bad_time: '`time` is neither ISO 8601 nor epoch milliseconds or seconds, or lies outside 1970 to 9999.',
  too_deep: 'Values are nested too deep.',
  too_large:
    'The message, or what it carries besides the known fields, is too large; the detail names the limit.',
  too_many: 'The payload holds too many messages, or too many dead ones; this is what follows them.',
  forbidden_key: 'A key is `__proto__`, or `constructor` with a `prototype`.',
} as const;
export type DeadReason = keyof typeof DEAD_REASONS;

/** A reason with what was found where, and what is allowed: for the operator who reads the dead letter. */
export class Refusal {
  readonly reason: DeadReason;
  readonly detail: string;

  constructor(reason: DeadReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}

const QUOTED_CHARS_MAX = 80;

/** A value as an error message shows it, shortened. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value !== 'string') return String(value);
  return value.length <= QUOTED_CHARS_MAX
    ? JSON.stringify(value)
    : `${JSON.stringify(value.slice(0, QUOTED_CHARS_MAX))}… (${value.length} characters)`;
}
