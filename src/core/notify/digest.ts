/** What is told together, at fixed times: alerts of low severities, and pages beyond the budget of their rule. */
import type { Alert } from '../alert/alert.ts';
import type { NotifyConfig } from './notify.config.ts';
import type { DigestItem, DigestState } from './policy-state.ts';

/** Alerts that came and went, kept for one digest; the others are counted. */
const DIGEST_FINISHED_MAX = 200;

export class Digest {
  readonly #config: NotifyConfig['digest'];
  #dueMs: number | undefined;
  #finished: DigestItem[];
  #leftOut: number;
  #demotedLeftOut: number;

  constructor(config: NotifyConfig['digest'], restored?: DigestState) {
    this.#config = config;
    this.#dueMs = restored?.dueMs;
    this.#finished = [...(restored?.finished ?? [])];
    this.#leftOut = restored?.leftOut ?? 0;
    this.#demotedLeftOut = restored?.demotedLeftOut ?? 0;
  }

  get dueMs(): number {
    return this.#dueMs ?? Number.POSITIVE_INFINITY;
  }

  takes({ severity }: Alert): boolean {
    return this.#config.severities.some((one) => one === severity);
  }

  /** There is something to tell, next time. */
  schedule(nowMs: number): void {
    const { every, offset } = this.#config;
    this.#dueMs ??= (Math.floor((nowMs - offset) / every) + 1) * every + offset;
  }

  /** Of each series the newest is shown. */
  finish(item: DigestItem, nowMs: number): void {
    this.schedule(nowMs);
    const index = this.#finished.findIndex(({ series }) => series === item.series);
    const older = this.#finished[index];
    if (older) this.#finished[index] = item;
    else if (this.#finished.length < DIGEST_FINISHED_MAX) {
      this.#finished.push(item);
      return;
    }
    this.#leftOut++;
    if ((older ?? item).isDemoted) this.#demotedLeftOut++;
  }

  /** Hands over what came and went, and begins anew. */
  take(): {
    readonly finished: readonly DigestItem[];
    readonly leftOut: number;
    readonly demotedLeftOut: number;
  } {
    const taken = { finished: this.#finished, leftOut: this.#leftOut, demotedLeftOut: this.#demotedLeftOut };
    this.#dueMs = undefined;
    this.#finished = [];
    this.#leftOut = 0;
    this.#demotedLeftOut = 0;
    return taken;
  }

  toState(): DigestState {
    return {
      ...(this.#dueMs !== undefined && { dueMs: this.#dueMs }),
      finished: [...this.#finished],
      leftOut: this.#leftOut,
      demotedLeftOut: this.#demotedLeftOut,
    };
  }
}
