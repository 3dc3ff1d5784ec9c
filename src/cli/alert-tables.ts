/** Alerts, silences, history and audit as people read them. */
import pc from 'picocolors';
import type { Alert, EvidencePost } from '../core/alert/alert.ts';
import { formatDuration } from '../core/config/fields.ts';
import { countOf } from '../core/alert/count-of.ts';
import type { Matcher } from '../core/notify/command.ts';
import { printable } from './io.ts';
import { formatTable } from './table.ts';

/** As the API shows them. */
export interface ShownAlert extends Alert {
  readonly status: {
    readonly suppressed: boolean;
    readonly reasons: readonly string[];
    readonly silencedBy: readonly string[];
    readonly inhibitedBy: readonly string[];
    readonly acknowledgedBy?: { readonly by: string; readonly at: string; readonly comment?: string };
    /** The last that was decided about telling people. */
    readonly decision?: string;
  } | null;
}

export interface ShownSilence {
  readonly id: string;
  readonly pipeline: string;
  readonly state: string;
  readonly matchers: readonly Matcher[];
  readonly by: string;
  readonly comment: string;
  readonly startsAt: string;
  readonly endsAt: string;
}

export interface ShownCommand {
  readonly id: string;
  readonly at: string;
  readonly by: string;
  readonly action: string;
  readonly pipeline: string;
  readonly alert?: string;
  readonly silence?: string;
  readonly matchers?: readonly Matcher[];
  readonly endsAt?: string;
  readonly comment?: string;
  /** Null while nobody has carried it out; absent in the answer to the command itself. */
  readonly outcome?: 'applied' | 'refused' | null;
  readonly reason?: string;
  readonly detail?: string;
}

export const SUMMARY_CHARS_MAX = 60;
const TEXT_CHARS_MAX = 200;
const WORDS_SHOWN = 6;

export const left = (...titles: readonly string[]) =>
  titles.map((title) => ({ title, align: 'left' as const }));
export const second = (iso: string) => iso.slice(0, 19).replace('T', ' ');

export function formatAlerts(alerts: readonly ShownAlert[]): string {
  if (alerts.length === 0) return 'no alerts\n';
  const rows = alerts.map((alert) => [
    alert.state,
    alert.severity,
    second(alert.startsAt),
    statusOf(alert),
    shorten(alert.summary, SUMMARY_CHARS_MAX),
    alert.id,
  ]);
  return formatTable(left('state', 'severity', 'since (UTC)', 'status', 'summary', 'id'), rows);
}

/** Decisions by which people are not told, or not yet, though nothing suppresses the alert. */
const NOT_TOLD = new Set([
  'kept_for_digest',
  'over_budget',
  'flapping',
  'waiting_for_group',
  'waiting_for_interval',
]);

function statusOf({ status, state }: ShownAlert): string {
  if (status === null) return 'watched elsewhere';
  if (state !== 'firing') return '';
  const { reasons, acknowledgedBy, decision = '' } = status;
  const others = reasons.filter((reason) => reason !== 'acknowledged' || acknowledgedBy === undefined);
  const parts = [...(acknowledgedBy ? [`acknowledged by ${acknowledgedBy.by}`] : []), ...others];
  if (parts.length > 0) return parts.join(', ');
  return NOT_TOLD.has(decision) ? decision : 'active';
}

/** With its evidence. */
export function formatAlert(alert: ShownAlert): string {
  const { status, evidence, observed, stays } = alert;
  const { expectation, terms = [], authors, clusters = [], posts, sequences, over } = evidence;
  const percent = (share: number) => `${Math.round(share * 100)}%`;
  const acknowledged = status?.acknowledgedBy;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ['alert', alert.id],
    [
      'state',
      [`${alert.state} (${alert.severity})`, alert.reason, stays, alert.mode].filter(Boolean).join(', '),
    ],
    [
      'since',
      `${second(alert.startsAt)} UTC${alert.endsAt === undefined ? '' : `, until ${second(alert.endsAt)}`}`,
    ],
    ['status', listed([statusOf(alert)].filter((text) => text !== ''))],
    [
      'acknowledged',
      acknowledged && `${acknowledged.by}, ${second(acknowledged.at)}${noted(acknowledged.comment)}`,
    ],
    ['silenced by', listed(status?.silencedBy)],
    ['inhibited by', listed(status?.inhibitedBy)],
    ['when', alert.when],
    [
      'observed',
      `${countOf(observed.volume, 'message')} by ${countOf(observed.authors, 'author')} over ${over}; ${percent(observed.negativeShare)} negative, net sentiment ${observed.netSentiment.toFixed(2)}`,
    ],
    [
      'expected',
      expectation &&
        `${expectation.signal} ${round(expectation.observed)} where ${round(expectation.expected)} is expected (${round(expectation.low)} to ${round(expectation.high)}), score ${round(expectation.score)}; ${expectation.baseline}`,
    ],
    [
      'rising',
      listed(terms.map((term) => `${term.text} ${percent(term.shareBefore)} → ${percent(term.share)}`)),
    ],
    ['authors', authors && `${authors.distinct} distinct; the busiest wrote ${percent(authors.topShare)}`],
    ...clusters.map(
      (one) => ['copies', `${one.count} × by ${one.authors} (${one.verdict}): ${one.text}`] as const,
    ),
    ['replay', sequences[1] === 0 ? undefined : `EARSHOT_SCORED ${sequences[0]} to ${sequences[1]}`],
  ];
  const body = lines.flatMap(([name, value]) =>
    value === undefined ? [] : [`${pc.dim(name.padEnd(13))}${shorten(printable(value), 500)}\n`],
  );
  return `${pc.bold(printable(alert.summary))}\n${body.join('')}${posts.map(formatPost).join('')}`;
}

function formatPost({
  score,
  text,
  author,
  channel,
  followers,
  url,
  because = [],
  engagement,
}: EvidencePost): string {
  const who = [
    author === undefined ? channel : `@${author}`,
    ...(followers === undefined ? [] : [countOf(followers, 'follower', followers.toLocaleString('en'))]),
    ...(engagement === undefined ? [] : [`engagement ${engagement.toLocaleString('en')}`]),
    ...(url === undefined ? [] : [url]),
  ].join(', ');
  const words = because.slice(0, WORDS_SHOWN).map((word) => `${word.text} ${word.weight.toFixed(2)}`);
  return [
    `  ${score.toFixed(2).padStart(5)}  ${shorten(printable(text), TEXT_CHARS_MAX)}\n`,
    `         ${pc.dim(printable(who))}\n`,
    ...(words.length === 0 ? [] : [`         ${pc.dim(`because ${printable(words.join(', '))}`)}\n`]),
  ].join('');
}

export function formatSilences(silences: readonly ShownSilence[]): string {
  if (silences.length === 0) return 'no silences\n';
  const rows = silences.map(({ id, state, pipeline, matchers, by, comment, endsAt }) => [
    ...[state, pipeline, matchers.map(formatMatcher).join(' '), second(endsAt), by],
    ...[shorten(comment, SUMMARY_CHARS_MAX), id],
  ]);
  return formatTable(left('state', 'pipeline', 'matchers', 'until (UTC)', 'by', 'comment', 'id'), rows);
}

export function formatAudit(commands: readonly ShownCommand[]): string {
  if (commands.length === 0) return 'nobody did anything\n';
  const rows = commands.map((command) => [
    ...[second(command.at), command.by, command.action, command.pipeline],
    ...[whatOf(command), shorten(command.comment ?? '', SUMMARY_CHARS_MAX), outcomeOf(command)],
  ]);
  return formatTable(left('at (UTC)', 'by', 'action', 'pipeline', 'what', 'comment', 'outcome'), rows);
}

function outcomeOf({ outcome, reason }: ShownCommand): string {
  return outcome === 'refused' ? `refused: ${reason ?? ''}` : (outcome ?? 'not yet');
}

function whatOf({ id, alert, silence, matchers, at, endsAt }: ShownCommand): string {
  if (alert !== undefined) return alert;
  if (matchers === undefined) return silence ?? '';
  const lasting = endsAt === undefined ? '' : ` for ${formatDuration(Date.parse(endsAt) - Date.parse(at))}`;
  return `${matchers.map(formatMatcher).join(' ')}${lasting} (${id})`;
}

function formatMatcher({ label, op, value }: Matcher): string {
  return /^[^\s"]+$/.test(value) ? `${label}${op}${value}` : `${label}${op}${JSON.stringify(value)}`;
}

const listed = (texts: readonly string[] = []) => (texts.length === 0 ? undefined : texts.join(', '));
const noted = (comment: string | undefined) => (comment === undefined ? '' : `: ${comment}`);
const round = (value: number) => String(Math.round(value * 100) / 100);

export function shorten(text: string, charsMax: number): string {
  const chars = [...text];
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax - 1).join('')}…`;
}
