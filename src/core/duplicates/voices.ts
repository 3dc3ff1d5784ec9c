/** Finds those who speak of a cluster's subject without copying it: by its rarest words. News is talked about; what was
 *  ordered is only repeated. */
import { mix32 } from '../random/mix32.ts';
import { packCells, unpackCells } from '../trend/cells.ts';
import type { Hash } from '../trend/hash.ts';
import type { Cluster } from './cluster.ts';
import { unmarkedWords } from './shingles.ts';

/** Clusters whose subject is looked for. */
const WATCHED_MAX = 256;
/** A cluster is watched from so many copies on. */
export const WATCHED_FROM = 10;
/** At so many copies its words are chosen for the last time: by then it is known which of them are rare. */
const CHOSEN_UNTIL = 40;
/** The rarest words of a text; who shares two of them speaks of it. */
const TERMS_MAX = 8;
/** A word that is in more than this share of all messages tells little: it is taken when there are no rarer ones. */
const TERM_SHARE_MAX = 0.005;
const TERMS_MIN = 3;
/** Shares of fewer messages are not trusted. */
const MESSAGES_MIN = 1_000;
/** Words are as rare as they were until some hours ago: what is talked of now would not be rare any more. */
const RECENT_MS = 6 * 3_600_000;
/** A table is gone through for so many messages at least. */
const RECENT_MESSAGES_MIN = 512;
/** Messages by word, estimated from above: two tables of 4 bytes each. Halved when so many messages were counted. */
const COUNTS = 65_536;
const MESSAGES_MAX = 1_000_000;

export interface VoicesState {
  readonly past: string;
  readonly recent: string;
  readonly pastMessages: number;
  readonly recentMessages: number;
  readonly recentSinceMs: number | null;
}

export class Voices {
  readonly #past = new Uint32Array(COUNTS);
  readonly #recent = new Uint32Array(COUNTS);
  #pastMessages = 0;
  #recentMessages = 0;
  #recentSinceMs = Number.POSITIVE_INFINITY;
  /** Word to the clusters whose subject it belongs to. */
  readonly #byTerm = new Map<number, Cluster[]>();
  readonly #watched = new Set<Cluster>();
  #leftOut = 0;
  /** Number of the message that is heard. */
  #hearing = 0;

  constructor(clusters: Iterable<Cluster>, restored?: VoicesState) {
    if (!restored) return;
    unpackCells(restored.past, this.#past);
    unpackCells(restored.recent, this.#recent);
    this.#pastMessages = restored.pastMessages;
    this.#recentMessages = restored.recentMessages;
    this.#recentSinceMs = restored.recentSinceMs ?? Number.POSITIVE_INFINITY;
    for (const cluster of clusters) if (cluster.terms.length > 0) this.#watch(cluster, cluster.terms);
  }

  /** Clusters that made room for others. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get bytes(): number {
    return 8 * COUNTS;
  }

  /** `nowMs`: event time, which does not go back. */
  count(words: readonly Hash[], nowMs: number): void {
    if (nowMs >= this.#recentSinceMs + RECENT_MS && this.#recentMessages >= RECENT_MESSAGES_MIN)
      this.#settle(nowMs);
    if (this.#recentSinceMs === Number.POSITIVE_INFINITY) this.#recentSinceMs = nowMs;
    this.#recentMessages += 1;
    for (const { low } of words) {
      const at = mix32(low) & (COUNTS - 1);
      this.#recent[at] = (this.#recent[at] ?? 0) + 1;
    }
  }

  /** A message that is no copy of anything large: whose subject does it speak of? `except`: its own cluster. */
  hear(words: readonly Hash[], who: number, except: Cluster | undefined): void {
    this.#hearing += 1;
    for (const { low } of words) {
      const clusters = this.#byTerm.get(low);
      if (clusters === undefined) continue;
      for (const cluster of clusters) {
        if (cluster === except) continue;
        const { heard } = cluster;
        if (heard.message !== this.#hearing) {
          heard.message = this.#hearing;
          heard.term = low;
        } else if (heard.term !== low) cluster.addVoice(who);
      }
    }
  }

  /** Chooses the words of a cluster that grew, from a copy of it. Without two words it is not watched. */
  follow(cluster: Cluster, text: string): void {
    const { copies, watchedFrom } = cluster;
    if (copies < WATCHED_FROM || watchedFrom >= CHOSEN_UNTIL) return;
    if (watchedFrom > 0 && copies < 2 * watchedFrom) return;
    this.forget(cluster);
    cluster.watchedFrom = copies;
    cluster.forgetVoices();
    const rarity = new Map(unmarkedWords(text).map(({ low }) => [low, this.#countOf(low, copies)] as const));
    const countMax = TERM_SHARE_MAX * Math.max(MESSAGES_MIN, this.#pastMessages);
    const rarest = [...rarity].sort(([a, x], [b, y]) => x - y || a - b).slice(0, TERMS_MAX);
    if (rarest.length < 2) return;
    const rare = rarest.filter(([, count], at) => count <= countMax || at < TERMS_MIN);
    if (this.#watched.size >= WATCHED_MAX) this.#makeRoom();
    this.#watch(
      cluster,
      rare.map(([low]) => low),
    );
  }

  /** It is not watched any more. */
  forget(cluster: Cluster): void {
    for (const term of cluster.terms) {
      const others = (this.#byTerm.get(term) ?? []).filter((other) => other !== cluster);
      if (others.length === 0) this.#byTerm.delete(term);
      else this.#byTerm.set(term, others);
    }
    cluster.terms = [];
    this.#watched.delete(cluster);
  }

  toState(): VoicesState {
    return {
      past: packCells(this.#past),
      recent: packCells(this.#recent),
      pastMessages: this.#pastMessages,
      recentMessages: this.#recentMessages,
      recentSinceMs: Number.isFinite(this.#recentSinceMs) ? this.#recentSinceMs : null,
    };
  }

  /** How often a word was met until some hours ago; while that is too little to tell, until now but for the cluster. */
  #countOf(term: number, copies: number): number {
    const at = mix32(term) & (COUNTS - 1);
    const past = this.#past[at] ?? 0;
    return this.#pastMessages >= MESSAGES_MIN ? past : past + (this.#recent[at] ?? 0) - copies;
  }

  #settle(nowMs: number): void {
    this.#recentSinceMs = nowMs;
    this.#pastMessages += this.#recentMessages;
    this.#recentMessages = 0;
    const half = this.#pastMessages >= MESSAGES_MAX ? 1 : 0;
    for (let at = 0; at < COUNTS; at++)
      this.#past[at] = ((this.#past[at] ?? 0) + (this.#recent[at] ?? 0)) >>> half;
    this.#recent.fill(0);
    if (half === 1) this.#pastMessages /= 2;
  }

  #watch(cluster: Cluster, terms: readonly number[]): void {
    cluster.terms = terms;
    this.#watched.add(cluster);
    for (const term of terms) this.#byTerm.set(term, [...(this.#byTerm.get(term) ?? []), cluster]);
  }

  /** The cluster that was silent longest; nobody can be said to be silent about it from then on. */
  #makeRoom(): void {
    let silent: Cluster | undefined;
    for (const cluster of this.#watched) if (!silent || cluster.lastMs < silent.lastMs) silent = cluster;
    if (!silent) return;
    this.forget(silent);
    silent.watchedFrom = CHOSEN_UNTIL;
    this.#leftOut += 1;
  }
}
