/** One stream of the memory bus: an array whose oldest entries give way, the duplicate window, and cursors over it. */
import { BusError } from '../../core/bus/bus.port.ts';
import type {
  BusHeaders,
  OutboundMessage,
  PublishReceipt,
  StreamSpec,
  StreamState,
} from '../../core/bus/bus.port.ts';
import { subjectTest } from './subject-pattern.ts';
import type { SubjectTest } from './subject-pattern.ts';

/** What an entry costs beside its bytes, so that `bytesMax` bounds memory and not only payloads. */
const ENTRY_OVERHEAD_BYTES = 64;
/** Freed slots at the front before the array is moved together; makes eviction O(1) on average. */
const FREED_SLOTS_MAX = 4_096;

export interface Entry {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: BusHeaders | undefined;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly sizeBytes: number;
}

export interface MemoryStreamLimits {
  readonly messagesMax: number;
  readonly duplicateIdsMax: number;
}

export class MemoryStream {
  #spec: StreamSpec;
  #tests: readonly SubjectTest[];
  readonly #limits: MemoryStreamLimits;
  #entries: (Entry | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #lastSequence = 0;
  /** Message id to the entry it stored; in order of time, because ids are only ever appended. */
  readonly #ids = new Map<string, { readonly sequence: number; readonly storedAtMs: number }>();
  readonly #cursors = new Set<Cursor>();
  readonly #wakers = new Set<() => void>();

  constructor(spec: StreamSpec, limits: MemoryStreamLimits) {
    this.#spec = spec;
    this.#tests = spec.subjects.map(subjectTest);
    this.#limits = limits;
  }

  get spec(): StreamSpec {
    return this.#spec;
  }

  get firstSequence(): number {
    return this.#lastSequence - (this.#entries.length - this.#head) + 1;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  update(spec: StreamSpec, nowMs: number): void {
    this.#spec = spec;
    this.#tests = spec.subjects.map(subjectTest);
    this.enforceLimits(nowMs);
  }

  takes(subject: string): boolean {
    for (const test of this.#tests) if (test(subject)) return true;
    return false;
  }

  append(message: OutboundMessage, data: Uint8Array, payloadBytes: number, nowMs: number): PublishReceipt {
    const { name, messageBytesMax } = this.#spec;
    if (payloadBytes > messageBytesMax)
      throw new BusError(
        'BUS_PAYLOAD_TOO_LARGE',
        `message of ${payloadBytes} bytes for '${message.subject}' exceeds the ${messageBytesMax} bytes of stream ${name}`,
        { canRetry: false },
      );
    this.#forgetIds(nowMs);
    const known = message.id === undefined ? undefined : this.#ids.get(message.id);
    if (known !== undefined) return { stream: name, sequence: known.sequence, duplicate: true };
    const sequence = ++this.#lastSequence;
    if (message.id !== undefined) this.#ids.set(message.id, { sequence, storedAtMs: nowMs });
    const sizeBytes = payloadBytes + message.subject.length + ENTRY_OVERHEAD_BYTES;
    const headers = storedHeaders(message);
    const entry = { subject: message.subject, data, headers, sequence, storedAtMs: nowMs, sizeBytes };
    this.#entries.push(entry);
    this.#bytes += sizeBytes;
    for (const cursor of this.#cursors) cursor.appended(entry);
    this.enforceLimits(nowMs);
    for (const wake of this.#wakers) wake();
    return { stream: name, sequence, duplicate: false };
  }

  at(sequence: number): Entry | undefined {
    return this.#entries[this.#head + sequence - this.firstSequence];
  }

  state(nowMs: number): StreamState {
    this.enforceLimits(nowMs);
    return {
      messages: this.#entries.length - this.#head,
      bytes: this.#bytes,
      firstSequence: this.firstSequence,
      lastSequence: this.#lastSequence,
    };
  }

  /** Drops the oldest entries beyond the limits of age, bytes and count. */
  enforceLimits(nowMs: number): void {
    const { bytesMax, ageMsMax } = this.#spec;
    for (;;) {
      const oldest = this.#entries[this.#head];
      if (oldest === undefined) return;
      const tooMany = this.#entries.length - this.#head > this.#limits.messagesMax;
      if (!tooMany && this.#bytes <= bytesMax && oldest.storedAtMs + ageMsMax > nowMs) return;
      for (const cursor of this.#cursors) cursor.evicted(oldest);
      this.#bytes -= oldest.sizeBytes;
      this.#entries[this.#head++] = undefined;
      if (this.#head <= FREED_SLOTS_MAX || this.#head * 2 < this.#entries.length) continue;
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }

  openCursor(fromSequence: number, filterSubject: string | undefined): Cursor {
    const cursor = new Cursor(this, fromSequence, filterSubject);
    this.#cursors.add(cursor);
    return cursor;
  }

  closeCursor(cursor: Cursor): void {
    this.#cursors.delete(cursor);
  }

  /** Calls back after each append; returns how to stop. */
  onAppend(wake: () => void): () => void {
    this.#wakers.add(wake);
    return () => this.#wakers.delete(wake);
  }

  #forgetIds(nowMs: number): void {
    for (const [id, { storedAtMs }] of this.#ids) {
      const inWindow = storedAtMs + this.#spec.duplicateWindowMs > nowMs;
      if (inWindow && this.#ids.size < this.#limits.duplicateIdsMax) return;
      this.#ids.delete(id);
    }
  }
}

/** A position in a stream behind which only messages of the filter count. */
export class Cursor {
  readonly #stream: MemoryStream;
  readonly #matches: SubjectTest | undefined;
  #next: number;
  #matchesAhead = 0;

  constructor(stream: MemoryStream, fromSequence: number, filterSubject: string | undefined) {
    this.#stream = stream;
    this.#next = fromSequence;
    this.#matches = filterSubject === undefined ? undefined : subjectTest(filterSubject);
    if (this.#matches === undefined) return;
    for (let at = Math.max(fromSequence, stream.firstSequence); at <= stream.lastSequence; at++) {
      const entry = stream.at(at);
      if (entry !== undefined) this.appended(entry);
    }
  }

  get position(): number {
    return this.#next;
  }

  /** Messages of the filter that lie ahead. */
  get pending(): number {
    if (this.#matches !== undefined) return this.#matchesAhead;
    return Math.max(0, this.#stream.lastSequence - Math.max(this.#next, this.#stream.firstSequence) + 1);
  }

  take(): Entry | undefined {
    this.#next = Math.max(this.#next, this.#stream.firstSequence);
    for (;;) {
      const entry = this.#stream.at(this.#next);
      if (entry === undefined) return undefined;
      this.#next++;
      if (this.#matches === undefined) return entry;
      if (!this.#matches(entry.subject)) continue;
      this.#matchesAhead--;
      return entry;
    }
  }

  appended(entry: Entry): void {
    if (entry.sequence >= this.#next && this.#matches?.(entry.subject) === true) this.#matchesAhead++;
  }

  evicted(entry: Entry): void {
    if (entry.sequence >= this.#next && this.#matches?.(entry.subject) === true) this.#matchesAhead--;
  }
}

/** Lower-case names, and the id as the broker keeps it. */
function storedHeaders({ headers, id }: OutboundMessage): BusHeaders | undefined {
  if (headers === undefined && id === undefined) return undefined;
  const stored: Record<string, string> = {};
  if (headers !== undefined)
    for (const [name, value] of Object.entries(headers)) stored[name.toLowerCase()] = value;
  if (id !== undefined) stored['nats-msg-id'] = id;
  return stored;
}
