/** What a person sees while messages flow: a line a second, and each alert with the posts behind it. */
import pc from 'picocolors';
import type { Alert } from '../core/alert/alert.ts';
import type { SentimentLabel } from '../core/sentiment/engine.port.ts';
import { countOf } from '../core/alert/count-of.ts';
import type { TelemetryEvent } from '../core/telemetry/telemetry.port.ts';
import { printable, type Io } from './io.ts';

const BAR_WIDTH = 24;
const POSTS_MAX = 3;
const TEXT_CHARS_MAX = 110;

export interface LiveView {
  readonly onEvent: (event: TelemetryEvent) => void;
  readonly onAlert: (alert: Alert) => void;
  /** Writes what happened since the last call; nothing when nothing did. */
  tick(): void;
}

interface Second {
  received: number;
  scored: number;
  dropped: number;
  dead: number;
  readonly labels: Record<SentimentLabel, number>;
  readonly channels: Map<string, number>;
}

export function createLiveView(io: Io): LiveView {
  let second = emptySecond();
  let eventTimeMs: number | undefined;
  const firing = new Set<string>();
  const write = (text: string) => io.stdout.write(`${text}\n`);
  return {
    onEvent(event) {
      if (event.type === 'decoded') second.received += event.messages;
      else if (event.type === 'dropped') second.dropped += event.messages;
      else if (event.type === 'dead') second.dead += event.messages;
      else if (event.type === 'watermark') eventTimeMs = Math.max(eventTimeMs ?? 0, event.timeMs);
      else if (event.type === 'bus_status' && !event.connected) write(pc.yellow(`bus: ${event.detail}`));
      else if (event.type === 'scored') {
        const messages = event.scores.length;
        second.scored += messages;
        second.labels[event.label] += messages;
        second.channels.set(event.channel, (second.channels.get(event.channel) ?? 0) + messages);
      }
    },
    onAlert(alert) {
      if (alert.state === 'firing') firing.add(alert.id);
      else firing.delete(alert.id);
      if (alert.state === 'firing' || alert.state === 'resolved') write(describeAlert(alert));
    },
    tick() {
      const { received, scored, dead } = second;
      if (received + scored + dead === 0) return;
      write(describeSecond(second, eventTimeMs, firing.size));
      second = emptySecond();
    },
  };
}

function emptySecond(): Second {
  const labels = { negative: 0, neutral: 0, positive: 0, uncertain: 0 };
  return { received: 0, scored: 0, dropped: 0, dead: 0, labels, channels: new Map() };
}

function describeSecond(second: Second, eventTimeMs: number | undefined, firing: number): string {
  const { received, scored, dropped, dead, labels } = second;
  const when = eventTimeMs === undefined ? '--:--:--' : new Date(eventTimeMs).toISOString().slice(11, 19);
  const count = (n: number, what: string) => `${String(n).padStart(4)} ${what}`;
  const net = scored === 0 ? 0 : (labels.positive - labels.negative) / scored;
  const channels = [...second.channels]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 4)
    .map(([channel, n]) => `${printable(channel)} ${n}`);
  return [
    pc.dim(when),
    count(received, 'read'),
    count(scored, 'scored'),
    count(dropped, 'dropped'),
    ...(dead > 0 ? [pc.yellow(count(dead, 'dead'))] : []),
    `net ${(net >= 0 ? '+' : '-') + Math.abs(net).toFixed(2)} ${bar(labels, scored)}`,
    pc.dim(channels.join(', ')),
    ...(firing > 0 ? [pc.red(pc.bold(`${firing} firing`))] : []),
  ].join('  ');
}

/** Negative, neutral and positive as a share of one bar. */
function bar(labels: Readonly<Record<SentimentLabel, number>>, scored: number): string {
  if (scored === 0) return ' '.repeat(BAR_WIDTH);
  const width = (n: number) => Math.round((n / scored) * BAR_WIDTH);
  const negative = width(labels.negative);
  const positive = Math.min(BAR_WIDTH - negative, width(labels.positive));
  const between = BAR_WIDTH - negative - positive;
  return pc.red('█'.repeat(negative)) + pc.dim('░'.repeat(between)) + pc.green('▓'.repeat(positive));
}

function describeAlert(alert: Alert): string {
  const group = Object.entries(alert.group).map(([key, value]) => `${key} ${printable(value)}`);
  const name = [`${alert.pipeline}/${alert.rule}`, ...group].join(', ');
  const { observed } = alert;
  const numbers =
    `${countOf(observed.volume, 'message')} by ${countOf(observed.authors, 'author')} over ${alert.evidence.over}, ` +
    `${Math.round(observed.negativeShare * 100)}% negative, net sentiment ${observed.netSentiment.toFixed(2)}`;
  if (alert.state === 'resolved') {
    return `\n${pc.green(pc.bold('RESOLVED'))} ${pc.bold(name)} at ${clock(alert.at)}: since ${clock(alert.startsAt)}; now ${numbers}\n`;
  }
  const posts = alert.evidence.posts.slice(0, POSTS_MAX).map((post) => {
    const author = post.author === undefined ? post.channel : `@${post.author}`;
    const reach =
      post.followers === undefined
        ? ''
        : `, ${countOf(post.followers, 'follower', post.followers.toLocaleString('en'))}`;
    return `    ${post.score.toFixed(2).padStart(5)}  ${printable(post.text).slice(0, TEXT_CHARS_MAX)}  ${pc.dim(printable(author) + reach)}`;
  });
  return [
    '',
    `${pc.red(pc.bold(`FIRING (${alert.severity})`))} ${pc.bold(name)} at ${clock(alert.at)}: ${printable(alert.summary)}`,
    `    ${numbers}; when ${alert.when}`,
    ...posts,
    '',
  ].join('\n');
}

function clock(iso: string): string {
  return iso.slice(11, 19);
}
