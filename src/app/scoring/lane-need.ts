/** Whether a scorer needs a second lane: it is behind, and what it catches up with lies so dense in event time that two lanes, of which
 *  one may stand still for a while, leave nothing late. */
import type { TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';

/** Work that waits, from which on a lane is behind, and down to which it stays so. */
const BEHIND_MS = 100;
const CAUGHT_UP_MS = 20;
/** A lane that does not exist yet takes about this long until it is of use, and the first one is slower meanwhile. */
const WORTH_OPENING_MS = 1_000;
/** Of what came before, with each further slice, in what a delivery is taken to cost. */
const KEPT_SHARE = 0.98;
/** The other lane may do nothing for so long: its thread or its connection has to wait for something. */
const STANDSTILL_MS = 1_000;
const WINDOW_MS = 250;
/** A window that was much longer, because nothing came, tells nothing. A process that stands still for a moment has told enough. */
const WINDOW_MS_MAX = 20 * WINDOW_MS;
/** Streams whose clocks are kept; more are begun anew. */
const CLOCKS_MAX = 1_000;

export interface LaneSituation {
  /** Those in the batch that the first lane plans now. */
  readonly deliveries: number;
  /** Messages that wait at the broker behind it. */
  readonly pending: number;
  /** Now. */
  readonly monotonicMs: number;
  /** There is a second lane, at rest or not. */
  readonly isOpen: boolean;
}

export class LaneNeed {
  /** How far event time may be behind before a message is late, milliseconds. */
  latenessMs: number;
  #isBehind = false;
  /** What planning took of late, and for how many deliveries. */
  #plannedMs = 0;
  #planned = 0;
  readonly #eventTime = new EventTimeSpeed();

  constructor(latenessMs: number) {
    this.latenessMs = latenessMs;
  }

  /** What the first lane tells. `nowMs`: epoch milliseconds. */
  note(event: TelemetryEvent, nowMs: number): void {
    if (event.type === 'received') {
      this.#plannedMs *= KEPT_SHARE;
      this.#planned = this.#planned * KEPT_SHARE + event.deliveries;
    } else if (event.type === 'stage_time' && event.stage !== 'publish')
      this.#plannedMs += event.seconds * 1_000;
    else if (event.type === 'scored') {
      let leastSeconds = Number.POSITIVE_INFINITY;
      for (const seconds of event.lagSeconds) if (seconds < leastSeconds) leastSeconds = seconds;
      const newestMs = nowMs - leastSeconds * 1_000;
      this.#eventTime.note(`${event.pipeline} ${event.channel}`, newestMs);
      this.#eventTime.note(event.pipeline, newestMs); // Of many channels each is met seldom.
    }
  }

  /** Asked with each batch of the first lane. */
  isMet({ deliveries, pending, monotonicMs, isOpen }: LaneSituation): boolean {
    const costMs = this.#planned === 0 ? 0 : this.#plannedMs / this.#planned;
    const waitingMs = (deliveries + pending) * costMs;
    this.#isBehind = waitingMs > (this.#isBehind ? CAUGHT_UP_MS : BEHIND_MS);
    const speed = this.#eventTime.at(monotonicMs);
    if (!this.#isBehind || (!isOpen && waitingMs < WORTH_OPENING_MS)) return false;
    return speed !== undefined && speed * STANDSTILL_MS <= this.latenessMs;
  }
}

/** How fast event time goes by: 1 for what is scored as it happens, thousands where few messages of long ago are caught up with. */
class EventTimeSpeed {
  /** The newest event time of each stream. */
  readonly #newest = new Map<string, number>();
  /** By how much that went on in this window, of those that were met in it. */
  readonly #advances = new Map<string, number>();
  #fromMs: number | undefined;
  #speed: number | undefined;

  note(stream: string, newestMs: number): void {
    const before = this.#newest.get(stream);
    if (before === undefined && this.#newest.size >= CLOCKS_MAX) this.#newest.clear();
    if (before === undefined || newestMs > before) this.#newest.set(stream, newestMs);
    // Nobody knows how long it was quiet before.
    const advance = this.#advances.get(stream);
    this.#advances.set(
      stream,
      advance === undefined ? 0 : advance + Math.max(0, newestMs - (before ?? newestMs)),
    );
  }

  /** Of the swiftest stream in the last whole window; undefined before there was one. */
  at(monotonicMs: number): number | undefined {
    const wallMs = monotonicMs - (this.#fromMs ??= monotonicMs);
    if (wallMs < WINDOW_MS) return this.#speed;
    const isTelling = wallMs <= WINDOW_MS_MAX;
    this.#speed = isTelling ? Math.max(0, ...this.#advances.values()) / wallMs : undefined;
    this.#advances.clear();
    this.#fromMs = monotonicMs;
    return this.#speed;
  }
}
