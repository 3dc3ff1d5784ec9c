/** A calm hour of a telephone company's channel, and then three minutes of an outage: for what alerts show. */
import type { ScoredMessage } from '../../src/core/message/message.ts';
import type { SentimentLabel } from '../../src/core/sentiment/engine.port.ts';
import type { Arrival } from '../../src/core/window/watermark.ts';
import { scoredMessage, START_MS } from '../core/window/arrivals.ts';

/** Words that make texts of which no two are copies. */
const PARTS = [
  ['Skyline parcel', 'My Skyline bill', 'Roaming with Skyline', 'Blue phone', 'The new Skyline plan'],
  ['arrived', 'seems', 'was', 'looks', 'feels', 'turned out', 'stays'],
  ['lovely', 'fine', 'cheap', 'slow', 'clear', 'odd', 'quick', 'fair', 'late', 'simple', 'bright'],
  ['in Leeds', 'today', 'for my mother', 'after lunch', 'as promised', 'on the train', 'near York'],
  ['thanks', 'again', 'at last', 'so far', 'I think', 'anyway', 'honestly', 'this month', 'by the way'],
];
const ANGRY_PARTS = [
  ['No signal', 'Dead line', 'No network', 'Whole street without network', 'Network gone'],
  ['since noon', 'at work', 'again', 'in York', 'all day', 'for hours', 'downtown'],
  [
    'awful',
    'terrible',
    'useless',
    'hopeless',
    'a disgrace',
    'pathetic',
    'so angry',
    'ridiculous',
    'shame',
    'dire',
    'sick of it',
  ],
  [
    'cannot call my mother',
    'nobody answers',
    'missed a job',
    'kids worried',
    'no refund',
    'shop closed',
    'lost a client',
  ],
];
export const COPIED = 'Share if Skyline owes you a full refund for this broken network';

export const OUTAGE_MS = START_MS + 3_600_000;

export const outage: readonly Arrival[] = [...calmHour(), ...angryMinutes()].map((message, at) => ({
  kind: 'scored',
  message,
  sequence: at + 1,
  storedAtMs: message.time,
}));

function calmHour(): ScoredMessage[] {
  return Array.from({ length: 120 }, (_, at) => {
    const label = (['positive', 'neutral', 'neutral', 'negative'] as const)[at % 4] ?? 'neutral';
    return post(`calm-${at}`, START_MS + at * 30_000, textOf(PARTS, at), label, `user${at % 37}`);
  });
}

/** Every third post is a copy; one man writes every sixth; one post is passed on by many. */
function angryMinutes(): ScoredMessage[] {
  return Array.from({ length: 90 }, (_, at) => {
    const text = at % 3 === 1 ? COPIED : `${textOf(ANGRY_PARTS, at)} #SkylineDown`;
    const author = at % 6 === 0 ? 'loud' : `user${100 + at}`;
    const message = post(`angry-${at}`, OUTAGE_MS + at * 2_000, text, 'negative', author);
    const engagement = { likes: 900, reposts: 250, replies: 50, views: 9_000 };
    return at === 20 ? { ...message, engagement } : message;
  });
}

/** The lists are as long as no multiple of each other: it takes long until a text comes again. */
function textOf(parts: readonly (readonly string[])[], at: number): string {
  return parts.map((part, place) => part[(at * (place + 1) + place) % part.length]).join(' ');
}

function post(id: string, time: number, text: string, label: SentimentLabel, author: string): ScoredMessage {
  const sign = { negative: -1, positive: 1, neutral: 0, uncertain: 0 }[label];
  const score = sign * (0.5 + ((time / 1_000) % 41) / 100);
  return scoredMessage(id, time, { text, label, score, author, channel: 'chat' });
}
