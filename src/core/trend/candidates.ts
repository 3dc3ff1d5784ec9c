/** Terms that are known by name: those written at least twice within about `span`. Their counts are in the sketch; here is
 *  what it cannot hold: how they are spelled, in which posts, by how many. Beyond the limit those with the fewest recent
 *  posts are forgotten, and known again at their next sight: what must be counted is not lost with them. */
import type { Hash } from './hash.ts';
import type { TermKind } from './trend.config.ts';

/** Posts that are remembered of a term, each by another author and with a text of its own. */
export const SIGHTINGS_MAX = 24;
const SPELLINGS_MAX = 4;
/** Share of the table that is forgotten at a time. */
const FORGET_SHARE = 0.25;

export interface Sighting {
  /** Of the message's id. */
  readonly post: number;
  readonly timeMs: number;
}

export interface Candidate {
  readonly key: number;
  readonly hash: Hash;
  readonly kind: TermKind;
  /** Folded. */
  readonly text: string;
  readonly channel: string;
  /** How often each was written; the first ones only. */
  readonly spellings: Map<string, number>;
  /** Oldest first. */
  readonly sightings: Sighting[];
}

export interface CandidateState extends Omit<Candidate, 'spellings'> {
  readonly spellings: readonly (readonly [string, number])[];
}

export class Candidates {
  readonly #byKey = new Map<number, Candidate>();
  readonly #max: number;
  #forgotten = 0;

  constructor(max: number, restored: readonly CandidateState[] = []) {
    this.#max = max;
    for (const state of restored)
      this.#byKey.set(state.key, {
        ...state,
        spellings: new Map(state.spellings),
        sightings: [...state.sightings],
      });
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Terms that had to make room. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get(key: number): Candidate | undefined {
    return this.#byKey.get(key);
  }

  add(candidate: Candidate): void {
    if (this.#byKey.size >= this.#max) this.#forget();
    this.#byKey.set(candidate.key, candidate);
  }

  /** A quarter at a time, so that it costs little for each. */
  #forget(): void {
    const byWorth = [...this.#byKey.values()].sort((a, b) => worth(a) - worth(b) || a.key - b.key);
    const count = Math.ceil(byWorth.length * FORGET_SHARE);
    for (const { key } of byWorth.slice(0, count)) this.#byKey.delete(key);
    this.#forgotten += count;
  }

  merge(other: Candidates): void {
    for (const theirs of other.#byKey.values()) {
      const ours = this.#byKey.get(theirs.key);
      if (!ours) {
        this.add({
          ...theirs,
          spellings: new Map(theirs.spellings),
          sightings: [...theirs.sightings],
        });
        continue;
      }
      for (const [spelling, count] of theirs.spellings) spell(ours, spelling, count);
      for (const sighting of theirs.sightings) see(ours, sighting);
    }
  }

  toState(): CandidateState[] {
    return [...this.#byKey.values()].map((candidate) => ({
      ...candidate,
      spellings: [...candidate.spellings],
      sightings: [...candidate.sightings],
    }));
  }
}

/** Milliseconds of event time: each post is worth as much as being an hour later. */
function worth({ sightings }: Candidate): number {
  return (sightings.at(-1)?.timeMs ?? 0) + sightings.length * 3_600_000;
}

export function see(candidate: Candidate, sighting: Sighting): void {
  const { sightings } = candidate;
  if (sightings.some(({ post }) => post === sighting.post)) return;
  let at = sightings.length;
  while (at > 0 && (sightings[at - 1]?.timeMs ?? 0) > sighting.timeMs) at -= 1;
  sightings.splice(at, 0, sighting);
  if (sightings.length > SIGHTINGS_MAX) sightings.shift();
}

/** The post is no more. */
export function unsee({ sightings }: Candidate, post: number): void {
  const at = sightings.findIndex((sighting) => sighting.post === post);
  if (at >= 0) sightings.splice(at, 1);
}

export function spell({ spellings }: Candidate, spelling: string, count = 1): void {
  const before = spellings.get(spelling);
  if (before === undefined && spellings.size >= SPELLINGS_MAX) return;
  spellings.set(spelling, (before ?? 0) + count);
}

/** The most common spelling; of equals the first. */
export function spellingOf({ spellings, text }: Pick<Candidate, 'spellings' | 'text'>): string {
  let best: readonly [string, number] = [text, 0];
  for (const entry of spellings) if (entry[1] > best[1]) best = entry;
  return best[0];
}

/** How many authors wrote it since then, each in a text of their own; at most SIGHTINGS_MAX. */
export function authorsSince({ sightings }: Candidate, sinceMs: number): number {
  return sightings.filter(({ timeMs }) => timeMs >= sinceMs).length;
}
