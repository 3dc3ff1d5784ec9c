/** Versions of posts in any order, and what stands of them in the end. */
import fc from 'fast-check';
import type { ScoredMessage } from '../../../src/core/message/message.ts';
import { scoredMessage, START_MS } from './arrivals.ts';

export interface SentVersion {
  readonly message: ScoredMessage;
  /** The number in `message.version`. */
  readonly number: number;
}

const post = fc.record({
  atMs: fc.nat(100_000),
  isMade: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  labels: fc.array(fc.constantFrom('negative', 'positive', 'neutral'), { minLength: 1, maxLength: 4 }),
  author: fc.constantFrom('ann', 'bob', 'cid'),
  deleted: fc.boolean(),
  copies: fc.array(fc.nat(5), { maxLength: 3 }),
});

/** Of up to eight posts, shuffled: a create, edits with a higher number each, perhaps a deletion, and copies of some. */
export const versionsOfPosts: fc.Arbitrary<readonly SentVersion[]> = fc
  .array(post, { minLength: 1, maxLength: 8 })
  .chain((posts) => {
    const all = posts.flatMap(({ atMs, isMade, labels, author, deleted, copies }, id) => {
      const timeMs = START_MS + atMs;
      const versions = labels.map((label, number): SentVersion => {
        const kind = number === 0 ? 'create' : 'edit';
        const options = { label, author: `${author}${number}`, kind, version: String(number) } as const;
        return { message: scoredMessage(String(id), timeMs + number * 500, options), number };
      });
      const last = { kind: 'delete', version: String(labels.length) } as const;
      if (deleted)
        versions.push({
          message: scoredMessage(String(id), timeMs + labels.length * 500, last),
          number: labels.length,
        });
      const sent = isMade ? versions : versions.slice(1);
      return [...sent, ...copies.flatMap((at) => sent[at] ?? [])];
    });
    return fc.shuffledSubarray(all, { minLength: all.length });
  });

/** Of each post that was made, the version with the highest number, unless that deletes it; where its create was. */
export function whatStands(
  sent: readonly SentVersion[],
): { readonly message: ScoredMessage; readonly sequence: number; readonly timeMs: number }[] {
  const ids = new Set(sent.map(({ message }) => message.id));
  return [...ids].flatMap((id) => {
    const own = sent.filter(({ message }) => message.id === id);
    const create = own.find(({ message }) => message.kind === 'create');
    const highest = Math.max(...own.map(({ number }) => number));
    const newest = own.find(({ number }) => number === highest);
    if (!create || !newest || newest.message.kind === 'delete') return [];
    return [{ message: newest.message, sequence: sent.indexOf(newest) + 1, timeMs: create.message.time }];
  });
}
