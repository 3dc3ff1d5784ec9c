/** The plans of many queries as numbers in one array: verifying a query reads a few neighbouring cells, where a tree of
 *  objects would be scattered over all of memory. */
import { foundNear } from './query.near.ts';
import { isFound } from './query.places.ts';
import { keyOf, keyOfField, type Plan } from './query.plan.ts';
import type { Subject } from './query.subject.ts';
import type { QueryField, QueryLeaf, QueryPlace, QueryTerm } from './query.ts';
import type { Vocabulary } from './query.vocabulary.ts';

/** What a cell group begins with. The next cell says where the group ends. Of a group of groups, these follow. Of a leaf
 *  follow its number and its keys, all of which the message must hold. */
const ALL = 0;
const ANY = 1;
/** A single word or mark: it is there when its key is. */
const WORD = 2;
const LEAF = 4;
/** Added to a leaf that must not be there. */
const UNWANTED = 1;
/** Keys of a leaf that follows; nothing to report. */
const KEYS = 6;
const NO_NUMBER = -1;

function isWord(leaf: QueryLeaf): boolean {
  if (leaf.kind !== 'term' || leaf.otherWordsMax !== undefined || leaf.parts.length > 1) return false;
  return leaf.parts.every(({ written, wildcard }) => written === undefined && !wildcard);
}

/** What a message must hold to hold the leaf, as far as it is looked up: most fields are asked for less often than they
 *  would be read. */
function keysOf(leaf: QueryTerm | QueryField, vocabulary: Vocabulary): number[] {
  const isAddress = leaf.kind === 'field' && (leaf.test.name === 'link' || leaf.test.name === 'url');
  const keys = leaf.kind === 'term' ? leaf.parts.map(keyOf) : isAddress ? keyOfField(leaf) : [];
  return keys.flatMap((key) => (key === undefined ? [] : vocabulary.add(key)));
}

/** One message against the queries. */
export interface Present {
  readonly subject: Subject;
  /** By key number: 1 when the message holds it. */
  readonly keys: Uint8Array;
}

export class Program {
  readonly #cells: Int32Array;
  /** Where each query begins. */
  readonly #starts: Int32Array;
  readonly #leaves: QueryLeaf[] = [];
  /** Of each leaf but a NEAR, as written: nothing more is asked of most that match, and a leaf itself lies anywhere in memory. */
  readonly #sources: string[] = [];
  /** Numbers of leaves that are fields, by what they are. */
  readonly #fields = new Map<string, number>();
  /** What makes the query in hand hold: the first `#count` of these. */
  readonly #matched: string[] = [];
  #count = 0;

  /** `order`: numbers of all plans, such that those come together that are verified together. */
  constructor(plans: readonly Plan[], order: Iterable<number>, vocabulary: Vocabulary) {
    const cells: number[] = [];
    this.#starts = new Int32Array(plans.length);
    for (const query of order) {
      const plan = plans[query];
      if (plan) this.#starts[query] = this.#write(plan, vocabulary, cells);
    }
    this.#cells = Int32Array.from(cells);
  }

  /** What makes the query hold: leaves as written, in their order, once each; undefined when it does not hold. */
  match(query: number, present: Present): string[] | undefined {
    this.#count = 0;
    if (!this.#holds(this.#starts[query] ?? 0, present)) return undefined;
    return this.#matched.slice(0, this.#count);
  }

  /** Adds the plan's cells; answers where they begin. */
  #write(plan: Plan, vocabulary: Vocabulary, cells: number[]): number {
    const start = cells.length;
    if (plan.kind !== 'leaf') {
      cells.push(plan.kind === 'all' ? ALL : ANY, 0);
      for (const child of plan.children) this.#write(child, vocabulary, cells);
      cells[start + 1] = cells.length;
      return start;
    }
    const { leaf, wanted } = plan;
    const isNear = wanted && leaf.kind === 'near';
    if (isNear) {
      cells.push(ALL, 0);
      this.#writeKeys(leaf, vocabulary, cells);
    }
    const leafStart = cells.length;
    const kind = isWord(leaf) ? WORD : LEAF;
    cells.push(wanted ? kind : kind + UNWANTED, 0, this.#numberOf(leaf));
    if (leaf.kind !== 'near') cells.push(...keysOf(leaf, vocabulary));
    cells[leafStart + 1] = cells.length;
    if (isNear) cells[start + 1] = cells.length;
    return start;
  }

  /** The leaf's number, new or known: many queries ask for the same few fields. */
  #numberOf(leaf: QueryLeaf): number {
    const identity = leaf.kind === 'field' ? JSON.stringify(leaf) : undefined;
    const known = identity === undefined ? undefined : this.#fields.get(identity);
    if (known !== undefined) return known;
    const number = this.#leaves.push(leaf) - 1;
    this.#sources.push(leaf.kind === 'near' ? '' : leaf.source);
    if (identity !== undefined) this.#fields.set(identity, number);
    return number;
  }

  /** Adds what must be in a message for the NEAR to be worth looking for. */
  #writeKeys(place: QueryPlace, vocabulary: Vocabulary, cells: number[]): void {
    const start = cells.length;
    if (place.kind === 'term') cells.push(KEYS, 0, NO_NUMBER, ...keysOf(place, vocabulary));
    else {
      cells.push(place.kind === 'or' ? ANY : ALL, 0);
      const children = place.kind === 'or' ? place.children : [place.left, place.right];
      for (const child of children) this.#writeKeys(child, vocabulary, cells);
    }
    cells[start + 1] = cells.length;
  }

  /** Whether the group or leaf holds; `#matched` grows by what makes it hold. All alternatives are looked for: each is to be told. */
  #holds(at: number, present: Present): boolean {
    const cells = this.#cells;
    const kind = cells[at] ?? 0;
    if (kind > ANY) return this.#isThere(at, kind, present) === (kind % 2 === 0);
    const end = cells[at + 1] ?? 0;
    const before = this.#count;
    let any = false;
    for (let child = at + 2; child < end; child = cells[child + 1] ?? end) {
      if (this.#holds(child, present)) any = true;
      else if (kind === ALL) {
        this.#count = before;
        return false;
      }
    }
    return any || kind === ALL;
  }

  /** Whether a leaf is in the message; `#matched` grows by what is wanted of it. */
  #isThere(at: number, kind: number, present: Present): boolean {
    if (!this.#hasKeys(at, present)) return false;
    if (kind === KEYS) return true;
    const found = this.#foundOf(at, kind, present);
    if (found !== undefined && kind % 2 === 0) this.#add(found);
    return found !== undefined;
  }

  #add(found: string): void {
    for (let at = 0; at < this.#count; at += 1) if (this.#matched[at] === found) return;
    this.#matched[this.#count++] = found;
  }

  /** Whether the message has all that a leaf is looked up by. */
  #hasKeys(at: number, { keys }: Present): boolean {
    const cells = this.#cells;
    const end = cells[at + 1] ?? 0;
    for (let key = at + 3; key < end; key += 1) if (keys[cells[key] ?? 0] === 0) return false;
    return true;
  }

  /** What of a leaf is in the message, as written in the query; its keys are. */
  #foundOf(at: number, kind: number, { subject }: Present): string | undefined {
    const number = this.#cells[at + 2] ?? 0;
    if (kind < LEAF) return this.#sources[number];
    const leaf = this.#leaves[number];
    if (leaf === undefined) return undefined;
    if (leaf.kind === 'near') return foundNear(leaf, subject);
    const holds = leaf.kind === 'term' ? isFound(leaf, subject) : subject.holds(leaf.test);
    return holds ? this.#sources[number] : undefined;
  }
}
