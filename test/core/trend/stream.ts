/** A stream of everyday posts, with what is to be found put into it. */
import type { Message } from '../../../src/core/message/message.ts';
import { seededRandom } from '../../support/random.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const START_MS = Date.UTC(2026, 0, 5);

export interface Post {
  readonly timeMs: number;
  readonly text: string;
  readonly author?: string;
  readonly channel?: string;
}

const SYLLABLES = 'ba ce di fo gu la me ni po ru sa te vi zo'.split(' ');
const wordOf = (index: number) =>
  [index % 14, Math.floor(index / 14) % 14, Math.floor(index / 196) % 14].map((at) => SYLLABLES[at]).join('');

/** A sentence of eight words, the first of them common. */
export function chatter(random: () => number, words = 2_000): string {
  return Array.from({ length: 8 }, () => wordOf(Math.floor(words * random() ** 2))).join(' ');
}

/** Posts by a thousand people, so many an hour, spread evenly. */
export function everyday(seed: number, { hours, perHour }: { hours: number; perHour: number }): Post[] {
  const random = seededRandom(seed);
  return Array.from({ length: hours * perHour }, (_, at) => ({
    timeMs: START_MS + Math.floor((at * HOUR) / perHour),
    text: chatter(random),
    author: `u${Math.floor(random() * 1_000)}`,
  }));
}

/** Posts about something, each in words of its own by a person of its own. */
export function about(
  term: string,
  { fromMs, count, overMs, seed = 5 }: { fromMs: number; count: number; overMs: number; seed?: number },
): Post[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, at) => ({
    timeMs: fromMs + Math.floor((at * overMs) / count),
    text: `${chatter(random)} ${term} ${chatter(random)}`,
    author: `fan${seed}-${at}`,
  }));
}

export function inTime(...streams: readonly (readonly Post[])[]): Message[] {
  return streams
    .flat()
    .sort((a, b) => a.timeMs - b.timeMs)
    .map(({ timeMs, text, author, channel }, at) => ({
      id: `p${at}`,
      version: '0',
      kind: 'create',
      time: timeMs,
      channel: channel ?? 'social',
      source: 'test',
      text,
      ...(author === undefined ? {} : { author: { id: author } }),
    }));
}
