/** Whether a reader who is told of no more has all there is. A consumer reads the replica that it lives on, and one that ends too early is
 *  quiet for ever: after the loss of a leader a server of 2.9 may keep one so. The leader of the stream knows. */

/** Asked no more often than this, and only while it is quiet. */
const ASK_EVERY_MS = 500;
/** A replica is behind its leader for a moment all the time. */
const SHORT_MS_MAX = 5_000;

export interface ReplicaCheckOptions {
  /** Whether the leader holds something to be read that has not arrived. Rejects when there is no leader: then nothing is known. */
  readonly isMissing: () => Promise<boolean>;
  /** Monotonic. */
  readonly nowMs: () => number;
  /** All that was stored when `quietAtMs` was given has arrived. */
  readonly onWhole: (quietAtMs: number) => void;
  /** Something that the leader holds has not arrived for long. */
  readonly onShort: () => void;
}

export class ReplicaCheck {
  readonly #options: ReplicaCheckOptions;
  #isAsking = false;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #shortSinceMs: number | undefined;

  constructor(options: ReplicaCheckOptions) {
    this.#options = options;
  }

  /** It is quiet at that time of the broker. */
  quiet(quietAtMs: number): void {
    const nowMs = this.#options.nowMs();
    if (this.#isAsking || nowMs - this.#askedAtMs < ASK_EVERY_MS) return;
    this.#isAsking = true;
    this.#askedAtMs = nowMs;
    void this.#options
      .isMissing()
      .then(
        (isMissing) => this.#answered(isMissing, quietAtMs, nowMs),
        () => undefined,
      )
      .finally(() => {
        this.#isAsking = false;
      });
  }

  /** It is not, something came. */
  arrived(): void {
    this.#shortSinceMs = undefined;
  }

  #answered(isMissing: boolean, quietAtMs: number, askedAtMs: number): void {
    if (!isMissing) {
      this.#shortSinceMs = undefined;
      this.#options.onWhole(quietAtMs);
      return;
    }
    this.#shortSinceMs ??= askedAtMs;
    if (askedAtMs - this.#shortSinceMs < SHORT_MS_MAX) return;
    this.#shortSinceMs = undefined;
    this.#options.onShort();
  }
}
