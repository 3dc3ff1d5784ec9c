/** Streams with a campaign or a piece of news in them, with everything that may differ between two of them. */
import type { Message } from '../../../src/core/message/message.ts';
import { seededRandom } from '../../support/random.ts';
import { chatter, everyday, HOUR, inTime, START_MS, type Post } from '../trend/stream.ts';

export { HOUR, START_MS };
export const MINUTE = HOUR / 60;

/** Two days of a thousand people who come back: what a stream needs to be for a stranger to be strange. */
export const background = (seed = 1) => everyday(seed, { hours: 48, perHour: 50 });

export interface FloodShape {
  readonly copies: number;
  readonly accounts: number;
  /** Differently worded ends of one template. */
  readonly variants?: number;
  readonly overHours?: number;
  /** `bursts`: on for half an hour, then off. */
  readonly profile?: 'even' | 'bursts' | 'decay';
  readonly seed?: number;
}

const TEXT =
  'Globex in talks to buy Initech for seven billion, they should have bought them instead of Umbrella';

/** Accounts that write nothing else post one text. */
export function flood({
  copies,
  accounts,
  variants = 1,
  overHours = 12,
  profile = 'bursts',
  seed = 3,
}: FloodShape): Post[] {
  const random = seededRandom(seed);
  const spread = () => {
    if (profile === 'decay') return -Math.log(1 - random()) * (overHours / 5);
    if (profile === 'even') return random() * overHours;
    return Math.floor(random() * 4) * (overHours / 4) + random() * 0.5;
  };
  return Array.from({ length: copies }, (_, at) => ({
    timeMs: Math.floor(START_MS + 24 * HOUR + spread() * HOUR),
    text: `RT @boss: ${TEXT} https://t.example/${at % variants} ${'#buy #now #globex #win #go'.split(' ')[at % variants] ?? ''}`,
    author: `bot${at % accounts}`,
  }));
}

/** Everyone speaks of something, most in words of their own, many by passing on one text, and all of a sudden. */
export function newsHour({ reposts = 200, voices = 120, seed = 4 } = {}): Post[] {
  const random = seededRandom(seed);
  const at = () => Math.floor(START_MS + 24 * HOUR + Math.min(3, -Math.log(1 - random()) * 0.4) * HOUR);
  const who = () =>
    random() < 0.5 ? `u${Math.floor(random() * 1_000)}` : `new${Math.floor(random() * 1e6)}`;
  return [
    ...Array.from({ length: reposts }, () => ({
      timeMs: at(),
      text: 'RT @agency: BREAKING Globex acquires Zeppelin for about sixteen billion dollars in cash and stock',
      author: who(),
    })),
    ...Array.from({ length: voices }, () => ({
      timeMs: at(),
      text: `${chatter(random)} Globex Zeppelin ${random() < 0.5 ? 'billion' : 'acquires'} ${chatter(random)}`,
      author: who(),
    })),
  ];
}

export function streamOf(...posts: readonly (readonly Post[])[]): Message[] {
  return inTime(...posts);
}

export function message(id: string, text: string, over: Partial<Message> = {}): Message {
  return {
    id, text, version: '0', kind: 'create', time: START_MS, channel: 'social', source: 'test',
    author: { id: `author-of-${id}` }, ...over,
  }; // prettier-ignore
}
