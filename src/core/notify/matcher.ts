/** Matchers: which alerts a silence, an inhibition or a mute time speaks of. `channel=web`, `severity!=page`,
 *  `rule=~"surge|drop.*"`, `channel!~".*-test"`. */
import type { Alert } from '../alert/alert.ts';
import { GROUP_KEYS } from '../alert/rule.config.ts';
import type { Matcher } from './command.ts';
import { compileRegex, RegexError } from './regex.ts';

export type Labels = Readonly<Record<string, string>>;
export type MatchesAll = (labels: Labels) => boolean;

/** What a matcher may name. */
export const ALERT_LABELS = ['rule', 'severity', 'pipeline', ...GROUP_KEYS] as const;

const MATCHER_CHARS_MAX = 400;
const MATCHER = /^([^\s=!~"]*)\s*(=~|!~|!=|=)\s*(.*)$/s;
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/s;

export class MatcherError extends Error {
  override readonly name = 'MatcherError';
  readonly code = 'NOTIFY_MATCHER';
  readonly canRetry = false;
}

/** The labels of an alert: `rule`, `severity`, `pipeline`, and the keys of its group. */
export function labelsOf({ rule, severity, pipeline, group }: Alert): Labels {
  return { ...group, rule, severity, pipeline };
}

/** Reads `label=value`, `label!=value`, `label=~pattern` or `label!~pattern`; a value may stand in double quotes. Throws a
 *  `MatcherError` that names the text and what is allowed. */
export function parseMatcher(text: string): Matcher {
  const fail = (problem: string): never => {
    throw new MatcherError(`matcher '${text.slice(0, 100)}': ${problem}`);
  };
  if (text.length > MATCHER_CHARS_MAX)
    return fail(`has ${text.length} characters; ${MATCHER_CHARS_MAX} are allowed`);
  const [, label, op, written = ''] = MATCHER.exec(text.trim()) ?? [];
  if (label === undefined || op === undefined)
    return fail('write label=value, label!=value, label=~pattern or label!~pattern');
  const quoted = QUOTED.exec(written)?.[1];
  if (quoted === undefined && written.startsWith('"')) return fail('the quotation mark is not closed');
  if (written === '') return fail(`has no value; write ${label}="" for alerts without ${label || 'it'}`);
  if (quoted === undefined && written.startsWith('=')) return fail("write '=' once");
  const matcher = { label, op: op as Matcher['op'], value: quoted?.replace(/\\(["\\])/g, '$1') ?? written };
  compileMatcher(matcher);
  return matcher;
}

/** Whether all of them match; a label that the alert does not have is the empty text. Throws a `MatcherError`. */
export function compileMatchers(matchers: readonly Matcher[]): MatchesAll {
  const tests = matchers.map(compileMatcher);
  return (labels) => tests.every((test) => test(labels));
}

function compileMatcher({ label, op, value }: Matcher): MatchesAll {
  if (!ALERT_LABELS.some((known) => known === label))
    throw new MatcherError(
      `matcher '${label}${op}${value}': no label '${label}'; there are ${ALERT_LABELS.join(', ')}`,
    );
  const valueOf = (labels: Labels) => labels[label] ?? '';
  if (op === '=') return (labels) => valueOf(labels) === value;
  if (op === '!=') return (labels) => valueOf(labels) !== value;
  try {
    const test = compileRegex(value);
    return op === '=~' ? (labels) => test(valueOf(labels)) : (labels) => !test(valueOf(labels));
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    throw new MatcherError(`matcher '${label}${op}${value}': ${error.message}`, { cause: error });
  }
}
