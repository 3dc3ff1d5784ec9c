/** Many listening queries, matched at once: each is filed under the rarest of what it cannot do without, so that a
 *  message meets only the queries whose words it holds, and those are then verified. */
import type { Message } from '../message/message.ts';
import { shareOf } from './query.frequency.ts';
import { keysIn, planOf, requiredKeys, type CostOf, type Plan } from './query.plan.ts';
import { Program } from './query.program.ts';
import { Subject } from './query.subject.ts';
import type { Query } from './query.ts';
import { Vocabulary } from './query.vocabulary.ts';

export interface QueryMatch {
  readonly key: string;
  /** What made the query hold, as written there, in its order: terms and fields; of a NEAR, the terms that were found
   *  near each other, with it. Nothing that is under NOT. */
  readonly matched: readonly string[];
}

export interface QueryIndex {
  /** The queries that hold for the message, in the order in which they were given. */
  match(message: Message): readonly QueryMatch[];
}

/** The queries by the number of the key that they are filed under, as two arrays: where each key's begin, and they. */
class Postings {
  readonly #starts: Int32Array;
  readonly #queries: Int32Array;

  constructor(filed: readonly (readonly number[] | undefined)[], keys: number) {
    this.#starts = new Int32Array(keys + 1);
    for (let key = 0; key < keys; key += 1)
      this.#starts[key + 1] = (this.#starts[key] ?? 0) + (filed[key]?.length ?? 0);
    this.#queries = Int32Array.from(filed.flatMap((queries) => queries ?? []));
  }

  /** Adds the key's queries that are not yet `seen`, and marks them so. */
  collect(key: number, seen: Uint8Array, into: number[]): void {
    const end = this.#starts[key + 1] ?? 0;
    for (let at = this.#starts[key] ?? 0; at < end; at += 1) {
      const query = this.#queries[at] ?? 0;
      if (seen[query] === 1) continue;
      seen[query] = 1;
      into.push(query);
    }
  }
}

/** Files every query under its cheapest keys. What many queries ask for is talked about more than what few do. */
function fileAll(plans: readonly Plan[], vocabulary: Vocabulary) {
  const uses = new Map<string, number>();
  for (const plan of plans)
    for (const text of new Set([...keysIn(plan)].map((key) => key.text)))
      uses.set(text, (uses.get(text) ?? 0) + 1);
  const costOf: CostOf = (keys) =>
    keys.reduce((sum, key) => sum + shareOf(key) * (uses.get(key.text) ?? 1), 0);
  /** Queries that can hold without any of their keys: every message is checked against them. */
  const always: number[] = [];
  const filed: number[][] = [];
  for (const [query, plan] of plans.entries()) {
    const keys = requiredKeys(plan, costOf);
    if (keys === undefined) always.push(query);
    else
      for (const number of new Set(keys.map((key) => vocabulary.add(key))))
        (filed[number] ??= []).push(query);
  }
  return { always, filed };
}

/** Builds the index. Memory is linear in the queries; a match costs what the message's words bring up. */
export function compileQueries(queries: readonly { key: string; query: Query }[]): QueryIndex {
  const vocabulary = new Vocabulary();
  const plans = queries.map(({ query }) => planOf(query.root));
  const { always, filed } = fileAll(plans, vocabulary);
  const program = new Program(plans, vocabulary);
  const postings = new Postings(filed, vocabulary.size);
  // Both are all zeros between two messages.
  const keys = new Uint8Array(vocabulary.size);
  const seen = new Uint8Array(queries.length);

  /** The queries that the keys bring up, in their order. */
  const candidatesFor = (held: readonly number[]) => {
    const candidates = always.slice();
    for (const key of held) {
      if (keys[key] === 1) continue;
      keys[key] = 1;
      postings.collect(key, seen, candidates);
    }
    for (const query of candidates) seen[query] = 0;
    const inOrder = candidates.every((query, at) => at === 0 || query > (candidates[at - 1] ?? 0));
    return inOrder ? candidates : candidates.sort((a, b) => a - b);
  };

  const match = (message: Message): readonly QueryMatch[] => {
    const subject = new Subject(message);
    const present = { subject, keys };
    const held = vocabulary.read(subject);
    const matches: QueryMatch[] = [];
    for (const number of candidatesFor(held)) {
      const query = queries[number];
      if (query !== undefined && program.holds(number, present))
        matches.push({ key: query.key, matched: program.matched(number, present) });
    }
    for (const key of held) keys[key] = 0;
    return matches;
  };
  return { match };
}
