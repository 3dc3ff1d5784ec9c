/** Many listening queries, matched at once: each is filed under the rarest of what it cannot do without, so that a
 *  message meets only the queries whose words it holds, and those are then verified. */
import type { Message } from '../message/message.ts';
import { added } from '../slots/added.ts';
import { shareOf } from './query.frequency.ts';
import { HeldKeys } from './query.held.ts';
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
  /** Numbers from here on are of keys that no query is filed under. */
  readonly #keys: number;

  constructor(filed: readonly (readonly number[] | undefined)[]) {
    this.#keys = filed.length;
    this.#starts = new Int32Array(filed.length + 1);
    for (let key = 0; key < filed.length; key += 1)
      this.#starts[key + 1] = (this.#starts[key] ?? 0) + (filed[key]?.length ?? 0);
    this.#queries = Int32Array.from(filed.flatMap((queries) => queries ?? []));
  }

  /** Adds the key's queries. */
  collect(key: number, into: Candidates): void {
    if (key >= this.#keys) return;
    const end = this.#starts[key + 1] ?? 0;
    for (let at = this.#starts[key] ?? 0; at < end; at += 1) into.add(this.#queries[at] ?? 0);
  }
}

/** Queries that may hold for a message, each once. */
class Candidates {
  readonly #isIn: Uint8Array;
  readonly #numbers: Int32Array;
  #count = 0;
  /** They were added in their order. */
  #inOrder = true;

  constructor(queries: number) {
    this.#isIn = new Uint8Array(queries);
    this.#numbers = new Int32Array(queries);
  }

  get count(): number {
    return this.#count;
  }

  add(query: number): void {
    if (this.#isIn[query] === 1) return;
    this.#isIn[query] = 1;
    if (this.#count > 0 && query < (this.#numbers[this.#count - 1] ?? 0)) this.#inOrder = false;
    this.#numbers[this.#count++] = query;
  }

  /** All of them in their order, the first `count` of these. */
  inOrder(): Int32Array {
    if (!this.#inOrder) this.#numbers.subarray(0, this.#count).sort();
    this.#inOrder = true;
    return this.#numbers;
  }

  clear(): void {
    for (let at = 0; at < this.#count; at += 1) this.#isIn[this.#numbers[at] ?? 0] = 0;
    this.#count = 0;
    this.#inOrder = true;
  }
}

const NO_MATCH: readonly QueryMatch[] = [];

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
  const names = queries.map(({ key }) => key);
  const plans = queries.map(({ query }) => planOf(query.root));
  const { always, filed } = fileAll(plans, vocabulary);
  const postings = new Postings(filed);
  const inFilingOrder = new Set([...always, ...filed.flatMap((some) => some ?? [])]);
  const program = new Program(plans, inFilingOrder, vocabulary);
  vocabulary.prepare();
  // Those of the message before: they are cleared first, so that one that broke leaves nothing behind.
  const held = new HeldKeys(vocabulary.size);
  const candidates = new Candidates(queries.length);

  const match = (message: Message): readonly QueryMatch[] => {
    held.clear();
    candidates.clear();
    const subject = new Subject(message);
    vocabulary.read(subject, held);
    for (const query of always) candidates.add(query);
    for (let at = 0; at < held.count; at += 1) postings.collect(held.numbers[at] ?? 0, candidates);
    if (candidates.count === 0) return NO_MATCH;
    const present = { subject, keys: held.flags };
    let matches: QueryMatch[] = [];
    const numbers = candidates.inOrder();
    for (let at = 0; at < candidates.count; at += 1) {
      const number = numbers[at] ?? 0;
      const matched = program.match(number, present);
      if (matched) matches = added(matches, { key: names[number] ?? '', matched });
    }
    return matches;
  };
  return { match };
}
