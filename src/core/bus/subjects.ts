/** Subjects of the contract, and how free text becomes a subject token. */

const TOKEN_CHARS_MAX = 64;

/** A NATS subject token made of free text: letters, digits, `_` and `-` stay, everything else becomes `_`; at most 64
 *  characters; `unknown` when nothing is left. Lower case, so that one channel has one name. */
export function subjectToken(text: string): string {
  const token = text
    .slice(0, TOKEN_CHARS_MAX)
    .toLowerCase()
    .slice(0, TOKEN_CHARS_MAX) // Lower case can be longer: İ has two units.
    .replace(/[^a-z0-9_-]/g, '_');
  return token === '' ? 'unknown' : token;
}

/** The token that stands in the place of a pipeline's name for what no pipeline wanted. */
export const NO_PIPELINE = 'all';

export const subjects = {
  allIn: 'earshot.in.>',
  in: (source: string, channel: string) => `earshot.in.${subjectToken(source)}.${subjectToken(channel)}`,
  scored: (pipeline: string, channel: string, label: string) =>
    `earshot.scored.${pipeline}.${channel}.${label}`,
  /** Several scored messages at once, of any channel and label: `output.batch`. */
  scoredBatch: (pipeline: string) => `earshot.scored.${pipeline}.batch`,
  scoredOf: (pipeline: string) => `earshot.scored.${pipeline}.>`,
  route: (pipeline: string, queue: string) => `earshot.route.${pipeline}.${queue}`,
  dropped: (pipeline: string, reason: string) => `earshot.dropped.${pipeline}.${reason}`,
  alert: (pipeline: string, rule: string, state: string) => `earshot.alert.${pipeline}.${rule}.${state}`,
  alertsOf: (pipeline: string) => `earshot.alert.${pipeline}.>`,
  /** What people are told: the outbox of the sinks. */
  notify: (pipeline: string) => `earshot.notify.${pipeline}`,
  /** Why people were told of an alert of the rule, or were not. */
  decision: (pipeline: string, rule: string) => `earshot.decision.${pipeline}.${rule}`,
  decisionsOf: (pipeline: string) => `earshot.decision.${pipeline}.>`,
  /** Notifications that the receiver of one sink refuses for now. */
  setAside: (pipeline: string, sink: string) => `earshot.notify.${pipeline}.aside.${sink}`,
  trend: (pipeline: string, kind: string) => `earshot.trend.${pipeline}.${kind}`,
  trendsOf: (pipeline: string) => `earshot.trend.${pipeline}.>`,
  /** What people do about alerts: acknowledge, silence. */
  command: (pipeline: string, action: string) => `earshot.command.${pipeline}.${action}`,
  commandsOf: (pipeline: string) => `earshot.command.${pipeline}.>`,
  /** What became of that. */
  outcome: (pipeline: string) => `earshot.outcome.${pipeline}`,
  /** What people say of single messages: keep or drop. */
  mark: (pipeline: string) => `earshot.mark.${pipeline}`,
  allMarks: 'earshot.mark.>',
  /** What a shard of a split pipeline tells its owner. */
  part: (pipeline: string, { shard, shards }: { readonly shard: number; readonly shards: number }) =>
    `earshot.part.${pipeline}.${shards}.${shard}`,
  dead: (reason: string) => `earshot.dead.${reason}`,
} as const;

/** Whether a subject falls under a pattern with `*` (one token) and a trailing `>` (one token or more). */
export function subjectMatches(pattern: string, subject: string): boolean {
  if (pattern === subject) return true;
  const want = pattern.split('.');
  const have = subject.split('.');
  for (const [index, token] of want.entries()) {
    if (token === '>') return have.length > index;
    if (index >= have.length || (token !== '*' && token !== have[index])) return false;
  }
  return want.length === have.length;
}
