/** Remembers which stream position first used a key, for the last `keysMax` to twice `keysMax` keys, of messages
 *  created and of changes each: two generations, the older emptied when the younger is full, so that a look-up costs
 *  one or two looks at a table and nothing is swept.
 *
 *  Keys are remembered by 95 bits of hashes, not as strings: those would outlive several garbage collections, each of which copies
 *  them, and each would keep the payload alive that it was cut from. Among 10^6 remembered keys a new one is taken for a known one
 *  with a probability of 10^-22; the hashes begin at random numbers, so that nobody can prepare two keys for it. */
import { isFirst, messageKey, type Message } from '../message/message.ts';
import { mix32 } from '../random/mix32.ts';
import { SharedLock } from './shared-lock.ts';

export interface RecentKeys {
  /** True when the message belongs to another position: a second copy. The same position asking again is a redelivery.
   *  `scope` keeps apart who asks: one message is new once for each pipeline. */
  isDuplicate(scope: string, message: Pick<Message, 'id' | 'kind' | 'version'>, position: number): boolean;
}

export interface RecentKeysOptions {
  readonly keysMax: number;
  /** Uniform in [0, 1): where the hashes begin. */
  readonly random: () => number;
}

const HASHES = 3;
/** Odd, and far from each other's multiples. */
const FACTORS = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d] as const;
/** Stands between scope and key: no unit of UTF-16. */
const SEPARATOR = 0x1_0000;

/** Integers at the head of a room: `keysMax`, where the hashes begin, what each pair of generations notes of itself, and the lock. */
const HEAD = { keysMax: 0, starts: 1, created: 4, changed: 7, lock: 10 } as const;
const HEAD_INTS = 16;
const HEAD_BYTES = HEAD_INTS * Int32Array.BYTES_PER_ELEMENT;
/** Of a pair: which of the two is the younger, and how many keys each holds. */
const PAIR = { young: 0, sizes: 1 } as const;
const GENERATIONS = 4;
const SLOT_BYTES = Float64Array.BYTES_PER_ELEMENT + HASHES * Int32Array.BYTES_PER_ELEMENT;

/** All that is remembered, as memory that threads share: what one has asked, the others know. What is not used takes no memory. */
export function roomForKeys({ keysMax, random }: RecentKeysOptions): SharedArrayBuffer {
  const room = new SharedArrayBuffer(HEAD_BYTES + GENERATIONS * slotsFor(keysMax) * SLOT_BYTES);
  const head = headOf(room);
  head[HEAD.keysMax] = keysMax;
  for (let at = 0; at < HASHES; at += 1) head[HEAD.starts + at] = random() * 2 ** 32;
  return room;
}

/** Remembers in a room of `roomForKeys`. */
export function keysIn(room: SharedArrayBuffer): RecentKeys {
  const head = headOf(room);
  const hasher = new KeyHasher(head.subarray(HEAD.starts, HEAD.starts + HASHES));
  const lock = new SharedLock(head, HEAD.lock);
  const created = new Generations(room, HEAD.created, 0);
  const changed = new Generations(room, HEAD.changed, 2);
  return {
    isDuplicate(scope, message, position) {
      // Most messages are created once; their id alone is a string that exists already.
      const isPlain = isFirst(message);
      const hashes = hasher.hash(scope, isPlain ? message.id : messageKey(message));
      lock.take();
      const isTaken = (isPlain ? created : changed).isTaken(hashes, position);
      lock.free();
      return isTaken;
    },
  };
}

export function createRecentKeys(options: RecentKeysOptions): RecentKeys {
  return keysIn(roomForKeys(options));
}

function headOf(room: SharedArrayBuffer): Int32Array {
  return new Int32Array(room, 0, HEAD_INTS);
}

/** At most half of them are used. */
function slotsFor(keysMax: number): number {
  return 2 ** Math.ceil(Math.log2(2 * keysMax));
}

class KeyHasher {
  readonly #starts: Int32Array;
  readonly #hashes = new Int32Array(HASHES);

  constructor(starts: Int32Array) {
    this.#starts = starts;
  }

  /** Valid until the next key. The first hash is not 0. */
  hash(scope: string, key: string): Int32Array {
    let one = this.#starts[0] ?? 0;
    let two = this.#starts[1] ?? 0;
    let three = this.#starts[2] ?? 0;
    const keyFrom = scope.length + 1;
    const end = keyFrom + key.length;
    for (let at = 0; at < end; at += 1) {
      const unit =
        at >= keyFrom ? key.charCodeAt(at - keyFrom) : at < scope.length ? scope.charCodeAt(at) : SEPARATOR;
      one = Math.imul(one ^ unit, FACTORS[0]);
      two = Math.imul(two ^ unit, FACTORS[1]);
      three = Math.imul(three ^ unit, FACTORS[2]);
    }
    this.#hashes[0] = mix32(one) | 1;
    this.#hashes[1] = mix32(two);
    this.#hashes[2] = mix32(three);
    return this.#hashes;
  }
}

class Generations {
  readonly #keysMax: number;
  readonly #notes: Int32Array;
  readonly #both: readonly [Generation, Generation];

  /** `from`: of the notes among the head; `first`: its place among the generations of the room. */
  constructor(room: SharedArrayBuffer, from: number, first: number) {
    const head = headOf(room);
    const notes = head.subarray(from);
    this.#keysMax = head[HEAD.keysMax] ?? 0;
    this.#notes = notes;
    this.#both = [
      new Generation(room, first, this.#keysMax, notes.subarray(PAIR.sizes, PAIR.sizes + 1)),
      new Generation(room, first + 1, this.#keysMax, notes.subarray(PAIR.sizes + 1, PAIR.sizes + 2)),
    ];
  }

  /** Whether another position used the key first. */
  isTaken(hashes: Int32Array, position: number): boolean {
    const [one, other] = this.#both;
    const isOne = this.#notes[PAIR.young] === 0;
    const young = isOne ? one : other;
    const old = isOne ? other : one;
    const first = young.first(hashes) ?? old.first(hashes);
    if (first !== undefined) return first !== position;
    if (young.size < this.#keysMax) young.add(hashes, position);
    else {
      this.#notes[PAIR.young] = isOne ? 1 : 0;
      old.clear();
      old.add(hashes, position);
    }
    return false;
  }
}

/** An open-addressed table, at most half full. */
class Generation {
  readonly #mask: number;
  readonly #keys: Int32Array;
  readonly #positions: Float64Array;
  readonly #size: Int32Array;

  constructor(room: SharedArrayBuffer, place: number, keysMax: number, size: Int32Array) {
    const slots = slotsFor(keysMax);
    const from = HEAD_BYTES + place * slots * SLOT_BYTES;
    this.#mask = slots - 1;
    this.#positions = new Float64Array(room, from, slots);
    this.#keys = new Int32Array(room, from + this.#positions.byteLength, slots * HASHES);
    this.#size = size;
  }

  get size(): number {
    return this.#size[0] ?? 0;
  }

  first(hashes: Int32Array): number | undefined {
    if (this.size === 0) return undefined;
    const slot = this.#slotOf(hashes);
    return this.#keys[slot * HASHES] === 0 ? undefined : this.#positions[slot];
  }

  add(hashes: Int32Array, position: number): void {
    const slot = this.#slotOf(hashes);
    for (let at = 0; at < HASHES; at += 1) this.#keys[slot * HASHES + at] = hashes[at] ?? 0;
    this.#positions[slot] = position;
    this.#size[0] = this.size + 1;
  }

  clear(): void {
    this.#keys.fill(0);
    this.#size[0] = 0;
  }

  /** Where the key is, or would be. */
  #slotOf(hashes: Int32Array): number {
    const keys = this.#keys;
    const one = hashes[0] ?? 0;
    const two = hashes[1] ?? 0;
    const three = hashes[2] ?? 0;
    for (let slot = two & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * HASHES;
      const first = keys[at];
      if (first === 0 || (first === one && keys[at + 1] === two && keys[at + 2] === three)) return slot;
    }
  }
}
