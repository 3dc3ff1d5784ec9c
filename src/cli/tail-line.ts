/** What Earshot publishes, as one line for people. */
import pc from 'picocolors';
import type { StoredMessage } from '../core/bus/bus.port.ts';
import { isBatch, linesOf } from '../core/message/scored-batch.ts';
import { printable } from './io.ts';

type TailedMessage = Pick<StoredMessage, 'subject' | 'data' | 'headers' | 'sequence' | 'storedAtMs'> & {
  /** Which message of a batch, from 1, and of how many. */
  readonly inBatch?: { readonly line: number; readonly lines: number };
};

/** Each message of a batch by itself. */
export function eachMessage(stored: StoredMessage): readonly TailedMessage[] {
  const { subject, headers, sequence, storedAtMs, data } = stored;
  if (!isBatch(subject)) return [stored];
  const texts = linesOf(subject, new TextDecoder().decode(data));
  return texts.map((text, at) => {
    const inBatch = { line: at + 1, lines: texts.length };
    return { subject, headers, sequence, storedAtMs, data: new TextEncoder().encode(text), inBatch };
  });
}

/** JSON where it is; a dead letter is what it is. */
function payloadOf(stored: Pick<StoredMessage, 'data'>): unknown {
  const text = new TextDecoder().decode(stored.data);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** One JSON object. */
export function formatJson(stored: TailedMessage): string {
  const { subject, sequence, storedAtMs, headers, inBatch } = stored;
  const storedAt = new Date(storedAtMs).toISOString();
  return JSON.stringify({
    subject,
    sequence,
    ...inBatch,
    storedAt,
    ...(headers ? { headers } : {}),
    data: payloadOf(stored),
  });
}

interface Shown {
  readonly text?: string;
  readonly author?: { readonly handle?: string };
  readonly sentiment?: { readonly label: string; readonly score: number };
  readonly dropped?: Dropped;
  readonly relevance?: { readonly verdict?: string; readonly probability?: number };
  readonly mark?: string;
  readonly by?: string;
  readonly summary?: string;
  readonly state?: string;
  readonly id?: string;
}

interface Dropped {
  readonly reason: string;
  readonly probability?: number;
  readonly overruled?: string;
  readonly because?: readonly { readonly text: string; readonly weight: number }[];
}

/** Anyone may publish there: what is not as Earshot writes it is shown as it is. */
export function formatLine(stored: TailedMessage): string {
  const value = payloadOf(stored);
  const head = `${pc.dim(new Date(stored.storedAtMs).toISOString().slice(11, 19))} ${stored.subject.replace(/^earshot\./, '')}`;
  try {
    return formatValue(value, head, stored);
  } catch {
    return `${head} ${oneLine(JSON.stringify(value))}`;
  }
}

function formatValue(value: unknown, head: string, stored: TailedMessage): string {
  if (typeof value !== 'object' || value === null) {
    const reason = stored.headers?.['earshot-detail'] ?? '';
    return `${head} ${pc.yellow(reason)} ${oneLine(String(value))}`;
  }
  const { text = '', author, sentiment, relevance, dropped, mark, by, summary, id } = value as Shown;
  if (summary !== undefined) return `${head} ${pc.bold(oneLine(summary))} ${pc.dim(id ?? '')}`;
  if (mark !== undefined)
    return `${head} ${mark === 'drop' ? pc.red(mark) : pc.green(oneLine(mark))} ${pc.dim(oneLine(by ?? ''))} ${oneLine(text)}`;
  const why = dropped ? ` ${pc.yellow(oneLine(whyDropped(dropped)))}` : '';
  const review = relevance?.verdict === 'review' ? ` ${pc.yellow(`review ${shareOf(relevance)}`)}` : '';
  const score = sentiment ? ` ${paint(sentiment.score, sentiment.score.toFixed(2).padStart(5))}` : '';
  const handle = author?.handle === undefined ? '' : `@${oneLine(author.handle)}`;
  return `${head}${why}${review}${score} ${pc.dim(handle)} ${oneLine(text)}`;
}

const shareOf = ({ probability }: { readonly probability?: number }) =>
  typeof probability === 'number' ? probability.toFixed(2) : '';

/** `irrelevant 0.04 (win -1.2, cash -0.9)`: the reason, how probably relevant, and what spoke for it or against. */
function whyDropped({ reason, because = [], overruled, ...dropped }: Dropped): string {
  const words = because.map(({ text, weight }) => `${text} ${weight > 0 ? '+' : ''}${weight.toFixed(1)}`);
  const parts = [
    reason,
    shareOf(dropped),
    overruled === undefined ? '' : `by marks, else ${overruled}`,
    words.length === 0 ? '' : `(${words.join(', ')})`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function paint(score: number, text: string): string {
  if (score < -0.2) return pc.red(text);
  return score > 0.2 ? pc.green(text) : text;
}

function oneLine(text: string): string {
  return printable(text).slice(0, 160);
}
