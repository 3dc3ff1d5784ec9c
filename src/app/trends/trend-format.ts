/** A trend as a line of NDJSON, and as a row of a table. */
import type { TrendView } from '../../core/trend/trend-view.ts';

const TITLE_CHARS_MAX = 32;
const TERMS_SHOWN = 4;
const TERMS_CHARS_MAX = 60;

export const TREND_COLUMNS = [
  { title: 'channel', align: 'left' },
  { title: 'trend', align: 'left' },
  { title: 'state', align: 'left' },
  { title: 'start', align: 'left' },
  { title: 'peak', align: 'left' },
  { title: 'end', align: 'left' },
  { title: 'score' },
  { title: 'authors' },
  { title: 'posts' },
  { title: 'with', align: 'left' },
] as const;

const iso = (timeMs: number) => new Date(timeMs).toISOString();
const round = (value: number) => Math.round(value * 100) / 100;

/** One line with its newline. `atMs`: when what the line tells happened, of lines that tell a change. */
export function formatTrend(trend: TrendView, atMs?: number): string {
  const at = atMs === undefined ? {} : { at: iso(atMs) };
  return `${JSON.stringify({ ...trendObject(trend), ...at })}\n`;
}

/** A trend as it is printed, published and served. `score` is that of the peak. */
export function trendObject(trend: TrendView) {
  const { id, title, kind, channel, state, endMs, reason, rank, authors, messages, texts, sentiment } = trend;
  return {
    id,
    title,
    kind,
    terms: trend.terms.map(({ text }) => text),
    channel,
    state,
    start: iso(trend.startMs),
    peak: iso(trend.peakMs),
    end: endMs === undefined ? null : iso(endMs),
    ...(reason && { reason }),
    onset: iso(trend.onsetMs),
    score: round(trend.peakScore),
    scoreNow: round(trend.score),
    rank,
    observed: round(trend.observed),
    expected: round(trend.expected),
    authors,
    messages,
    texts,
    ...(sentiment && { sentiment }),
    examples: trend.examples.map(({ id: post, text, timeMs, author, url }) => ({
      id: post,
      text,
      time: iso(timeMs),
      ...(author === undefined ? {} : { author }),
      ...(url === undefined ? {} : { url }),
    })),
  };
}

export function trendRow(trend: TrendView): string[] {
  const { channel, title, state, startMs, peakMs, endMs, peakScore, authors, messages } = trend;
  const others = trend.terms.map(({ text }) => text).filter((text) => text !== title);
  return [
    channel,
    shorten(title, TITLE_CHARS_MAX),
    state,
    minute(startMs),
    minute(peakMs),
    endMs === undefined ? '' : minute(endMs),
    peakScore.toFixed(1),
    String(authors),
    String(messages),
    shorten(others.slice(0, TERMS_SHOWN).join(', '), TERMS_CHARS_MAX),
  ];
}

const minute = (timeMs: number) => iso(timeMs).slice(0, 16).replace('T', ' ');

function shorten(text: string, charsMax: number): string {
  const chars = [...text];
  return chars.length <= charsMax ? text : `${chars.slice(0, charsMax - 1).join('')}…`;
}
