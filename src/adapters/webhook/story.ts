/** What a notification says to people, as plain lines: who reads only the message must understand the alert. Texts of
 *  strangers are flattened and cut; how a platform keeps them from being markup is its renderer's affair. */
import type {
  Alert,
  AlertExpectation,
  AlertReason,
  AuthorConcentration,
  EvidenceCluster,
  EvidencePost,
  Observed,
} from '../../core/alert/alert.ts';
import { countOf } from '../../core/alert/count-of.ts';
import { formatDuration } from '../../core/config/fields.ts';
import type { Notification } from '../../core/notify/notification.ts';

/** Alerts told in full; of the others one line each. */
export const ALERTS_IN_FULL_MAX = 5;
const POSTS_MAX = 3;
const CLUSTERS_MAX = 3;
const TERMS_MAX = 5;
const WORDS_MAX = 5;
/** Below this evenness a few authors dominate. */
const EVEN_FROM = 0.7;
const LINE_CHARS_MAX = 900;
const POST_CHARS_MAX = 280;
const NAME_CHARS_MAX = 80;
const URL_CHARS_MAX = 500;

/** Control characters, and those that turn the direction of what follows. */
const UNREADABLE = /[\s\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

export interface StoryPost {
  readonly text: string;
  readonly url?: string;
}

export interface AlertStory {
  readonly alert: Alert;
  /** `FIRING page: negative-surge, channel=chat`. */
  readonly headline: string;
  readonly summary: string;
  readonly facts: readonly string[];
  readonly posts: readonly StoryPost[];
  readonly clusters: readonly string[];
  /** Where to open it. */
  readonly url?: string;
}

export interface Story {
  readonly headline: string;
  readonly alerts: readonly AlertStory[];
  /** The alerts that are not told in full. */
  readonly others: readonly string[];
}

/** `alertUrl` with `{id}` in it. */
export function tell(notification: Notification, alertUrl: string | undefined): Story {
  const { alerts, leftOut } = notification;
  const rest = alerts.slice(ALERTS_IN_FULL_MAX);
  return {
    headline: headlineOf(notification),
    alerts: alerts.slice(0, ALERTS_IN_FULL_MAX).map((alert) => tellAlert(alert, alertUrl)),
    others: [
      ...rest.map((alert) => `${alertHeadline(alert)}: ${flat(alert.summary, POST_CHARS_MAX)}`),
      ...(leftOut > 0 ? [`… and ${countOf(leftOut, 'more alert')} that this message leaves out`] : []),
    ],
  };
}

export function tellAlert(alert: Alert, alertUrl: string | undefined): AlertStory {
  const { posts, clusters = [] } = alert.evidence;
  const link = alertUrl === undefined ? undefined : linkTo(alert, alertUrl);
  return {
    alert,
    headline: alertHeadline(alert),
    summary: flat(alert.summary, 2 * POST_CHARS_MAX),
    facts: factsOf(alert).map((fact) => flat(fact, LINE_CHARS_MAX)),
    posts: choosePosts(posts).map((post) => tellPost(post)),
    clusters: clusters.slice(0, CLUSTERS_MAX).map(tellCluster),
    ...(link !== undefined && { url: link }),
  };
}

/** The first of each kind, then what is strongest. */
function choosePosts(posts: readonly EvidencePost[]): EvidencePost[] {
  const kindOf = ({ shownAs = 'strongest' }: EvidencePost) => shownAs;
  const isFirst = (post: EvidencePost) => posts.find((one) => kindOf(one) === kindOf(post)) === post;
  return [...posts.filter(isFirst), ...posts.filter((post) => !isFirst(post))].slice(0, POSTS_MAX);
}

/** `alertUrl` with the alert's id in place of `{id}`. */
export function linkTo({ id }: Alert, alertUrl: string): string {
  return alertUrl.replaceAll('{id}', encodeURIComponent(id.toWellFormed()));
}

function headlineOf({
  status,
  severity,
  pipeline,
  group,
  alerts,
  leftOut,
  reason,
  demoted,
}: Notification): string {
  const count = alerts.length + leftOut;
  const parts = [
    `${status.toUpperCase()} ${severity}: ${pipeline}`,
    ...groupLabels(group),
    countOf(count, 'alert'),
    reason.replaceAll('_', ' '),
    ...(demoted === undefined ? [] : [`${demoted} over the page budget`]),
  ];
  return flat(parts.join(', '), LINE_CHARS_MAX);
}

function alertHeadline({ state, severity, rule, group }: Alert): string {
  const parts = [`${state.toUpperCase()} ${severity}: ${rule}`, ...groupLabels(group)];
  return flat(parts.join(', '), LINE_CHARS_MAX);
}

function groupLabels(group: Readonly<Record<string, string>>): string[] {
  return Object.entries(group).map(([key, value]) => `${key}=${flat(value, NAME_CHARS_MAX)}`);
}

/** Figures are those of the moment at which the alert came into its state: a reminder hours later shows them too. */
function factsOf({ id, when, observed, startsAt, endsAt, at, reason, state, evidence }: Alert): string[] {
  const { expectation, terms = [], authors, over, posts, sequences } = evidence;
  const rising = terms
    .slice(0, TERMS_MAX)
    .map(
      ({ text, share, shareBefore }) =>
        `${flat(text, NAME_CHARS_MAX)} in ${wholePercent(share)} of posts (before: ${wholePercent(shareBefore)})`,
    );
  const replay = sequences[1] === 0 ? '' : `. To replay: SCORED ${sequences[0]} to ${sequences[1]}`;
  return [
    ...tellReason(state, reason),
    ...(expectation ? [tellExpectation(expectation)] : []),
    `Observed in ${over} to ${minute(at)}: ${tellObserved(observed, posts.length)}`,
    `Condition: ${flat(when, POST_CHARS_MAX)}`,
    ...(rising.length > 0 ? [`Rising: ${rising.join(', ')}`] : []),
    ...(authors ? [tellAuthors(authors)] : []),
    `${span(startsAt, endsAt)}${replay}`,
    `Id: ${id}`,
  ];
}

/** Once nothing is said any more, an alert goes on showing what it showed before. */
function tellObserved(observed: Observed, posts: number): string {
  const { volume, authors, negative, neutral, positive, uncertain, netSentiment } = observed;
  if (volume === 0) return posts > 0 ? 'no posts; what follows is from before' : 'no posts';
  return (
    `${countOf(volume, 'post', figure(volume))} by ${countOf(authors, 'author')}, ${figure(negative)} negative, ` +
    `${figure(neutral)} neutral, ${figure(positive)} positive, ${figure(uncertain)} uncertain; ` +
    `net sentiment ${figure(netSentiment)}`
  );
}

const ENDED_BECAUSE: Readonly<Partial<Record<AlertReason, string>>> = {
  no_data: 'no posts came any more',
  retracted: 'the posts that raised it were deleted or corrected',
  rule_removed: 'its rule is gone, or written differently',
};

/** Why it ended; and why it fires, when that is not its condition. */
function tellReason(state: Alert['state'], reason: AlertReason): string[] {
  if (state === 'resolved') return [`Ended: ${ENDED_BECAUSE[reason] ?? 'the condition no longer holds'}`];
  return reason === 'no_data' ? ['Fires because no posts came (onNoData)'] : [];
}

function tellAuthors({ distinct, topShare, evenness }: AuthorConcentration): string {
  const spread =
    distinct === 1 ? '' : evenness < EVEN_FROM ? ', most from a few of them' : ', spread among them';
  return `Authors: ${distinct}; the busiest wrote ${percent(topShare)} of the posts${spread}`;
}

function tellExpectation({
  signal,
  observed,
  expected,
  low,
  high,
  score,
  baseline,
}: AlertExpectation): string {
  const value = (number: number) => (signal.endsWith('Share') ? percent(number) : figure(number));
  return (
    `Observed ${signal} ${value(observed)}, expected ${value(expected)} (usually ${value(low)} to ${value(high)}); ` +
    `score ${figure(score)}; baseline: ${flat(baseline, POST_CHARS_MAX)}`
  );
}

function span(startsAt: string, endsAt: string | undefined): string {
  const start = Date.parse(startsAt);
  const since = `Since ${minute(startsAt)}`;
  if (endsAt === undefined) return since;
  const lastedMs = Date.parse(endsAt) - start;
  return `From ${minute(startsAt)} to ${minute(endsAt)}${lastedMs > 0 ? ` (${formatDuration(lastedMs)})` : ''}`;
}

/** `2026-03-01T10:00:00.000Z` to `2026-03-01 10:00 UTC`. */
function minute(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}

function tellPost(post: EvidencePost): StoryPost {
  const { author, followers, channel, label, score, because = [], engagement, shownAs, text, url } = post;
  const words = because.slice(0, WORDS_MAX).map((word) => flat(word.text, NAME_CHARS_MAX));
  const who = author === undefined ? 'unknown author' : `@${flat(author, NAME_CHARS_MAX).replace(/^@/, '')}`;
  const parts = [
    `${who}${followers === undefined ? '' : ` (${countOf(followers, 'follower')})`} on ${flat(channel, NAME_CHARS_MAX)}`,
    `${label} ${figure(score)}${words.length > 0 ? ` [${words.join(', ')}]` : ''}`,
    ...(engagement === undefined ? [] : [`engagement ${engagement}`]),
    ...(shownAs === undefined ? [] : [shownAs.replaceAll('_', ' ')]),
  ];
  const link = webUrl(url);
  return {
    text: flat(`${parts.join(', ')}: “${flat(text, POST_CHARS_MAX)}”`, LINE_CHARS_MAX),
    ...(link !== undefined && { url: link }),
  };
}

function tellCluster({ text, count, authors, verdict }: EvidenceCluster): string {
  return `${count} near duplicates by ${countOf(authors, 'author')}, ${verdict}: “${flat(text, POST_CHARS_MAX)}”`;
}

/** A link that a chat may offer: http or https, and of bearable length. What a stranger wrote as a link may be anything. */
function webUrl(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return /^https?:$/.test(protocol) && href.length <= URL_CHARS_MAX ? href : undefined;
}

/** One line of readable text, at most so many characters. */
function flat(text: string, charsMax: number): string {
  const line = text.toWellFormed().replace(UNREADABLE, ' ').trim();
  return line.length <= charsMax
    ? line
    : `${line
        .slice(0, charsMax - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

/** Of a sample: no more than it can tell. */
function wholePercent(share: number): string {
  return share > 0 && share < 0.01 ? 'under 1%' : `${Math.round(share * 100)}%`;
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10}%`;
}

function figure(value: number): string {
  return String(Math.round(value * 100) / 100);
}
