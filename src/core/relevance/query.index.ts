/** Many listening queries, matched at once: each is filed under the words it cannot do without, so that a message meets
 *  only the queries whose words it holds, and those are then verified. */
import { MESSAGE_LIMITS } from '../message/limits.ts';
import type { Message } from '../message/message.ts';
import { planOf, requiredKeys, type Plan } from './query.plan.ts';
import type { Query, QueryTerm } from './query.ts';
import { fold, tokenize } from './text-tokens.ts';

export interface QueryMatch {
  readonly key: string;
  /** The terms that made the query hold, as written there, in its order. Terms under NOT are never among them. */
  readonly matched: readonly string[];
}

export interface QueryIndex {
  /** The queries that hold for the message, in the order in which they were given. */
  match(message: Message): readonly QueryMatch[];
}

/** What can be found in one message. */
interface Findable {
  readonly words: readonly string[];
  readonly marks: ReadonlyMap<number, string>;
  /** Words and marks of the text, and the marks that the source declared. */
  readonly all: ReadonlySet<string>;
}

function findableIn({ text, tags = [], mentions = [] }: Message): Findable {
  const { words, marks } = tokenize(text.slice(0, MESSAGE_LIMITS.textCharsMax));
  const all = new Set(words);
  for (const mark of marks.values()) all.add(mark);
  for (const tag of tags) all.add(`#${fold(tag.replace(/^[#＃]/, ''))}`);
  for (const mention of mentions) all.add(`@${fold(mention.replace(/^[@＠]/, ''))}`);
  return { words, marks, all };
}

function standsAt(term: QueryTerm, { words, marks }: Findable, start: number): boolean {
  let position = start;
  for (const [index, part] of term.parts.entries()) {
    const [word, mark] = [words[position], marks.get(position)];
    const isPrefix = term.prefix && index === term.parts.length - 1;
    const fits = isPrefix
      ? (word?.startsWith(part.text) ?? false) || (mark?.startsWith(part.text) ?? false)
      : word === part.text || mark === part.text;
    if (!fits) return false;
    position += part.positions;
  }
  return true;
}

function isFound(term: QueryTerm, findable: Findable): boolean {
  const [first, second] = term.parts;
  if (first === undefined) return false;
  if (second === undefined) {
    if (!term.prefix) return findable.all.has(first.text);
    for (const text of findable.all) if (text.startsWith(first.text)) return true;
    return false;
  }
  if (!findable.all.has(first.text)) return false;
  const last = findable.words.length - term.parts.length;
  for (let start = 0; start <= last; start += 1) if (standsAt(term, findable, start)) return true;
  return false;
}

/** Whether the plan holds; the terms that make it hold are added to `matched`. */
function holds(plan: Plan, findable: Findable, matched: string[]): boolean {
  if (plan.kind === 'term') {
    const found = isFound(plan.term, findable);
    if (found && plan.wanted) matched.push(plan.term.source);
    return found === plan.wanted;
  }
  const before = matched.length;
  if (plan.kind === 'all') {
    if (plan.children.every((child) => holds(child, findable, matched))) return true;
    matched.length = before;
    return false;
  }
  let any = false;
  for (const child of plan.children) any = holds(child, findable, matched) || any;
  return any;
}

/** Query numbers by the text they wait for. */
class Postings {
  readonly #numbers = new Map<string, number[]>();

  add(text: string, number: number): void {
    const numbers = this.#numbers.get(text);
    if (numbers === undefined) this.#numbers.set(text, [number]);
    else if (numbers.at(-1) !== number) numbers.push(number);
  }

  collect(text: string, into: Set<number>): void {
    for (const number of this.#numbers.get(text) ?? []) into.add(number);
  }

  /** The different lengths of the texts, shortest first. */
  lengths(): number[] {
    return [...new Set([...this.#numbers.keys()].map((text) => text.length))].sort((a, b) => a - b);
  }
}

/** Builds the index. Memory is linear in the queries; a match costs what the message's words bring up. */
export function compileQueries(queries: readonly { key: string; query: Query }[]): QueryIndex {
  const entries = queries.map(({ key, query }) => ({ key, plan: planOf(query.root) }));
  const whole = new Postings();
  const beginnings = new Postings();
  /** Queries that can hold without any of their words: every message is checked against them. */
  const always: number[] = [];
  for (const [number, { plan }] of entries.entries()) {
    const keys = requiredKeys(plan);
    if (keys === undefined) always.push(number);
    else for (const key of keys) (key.prefix ? beginnings : whole).add(key.text, number);
  }
  const beginningLengths = beginnings.lengths();

  return {
    match(message) {
      const findable = findableIn(message);
      const candidates = new Set(always);
      for (const text of findable.all) {
        whole.collect(text, candidates);
        for (const length of beginningLengths) {
          if (length > text.length) break;
          beginnings.collect(text.slice(0, length), candidates);
        }
      }
      const matches: QueryMatch[] = [];
      for (const number of [...candidates].sort((a, b) => a - b)) {
        const entry = entries[number];
        const matched: string[] = [];
        if (entry !== undefined && holds(entry.plan, findable, matched))
          matches.push({ key: entry.key, matched: [...new Set(matched)] });
      }
      return matches;
    },
  };
}
