/** The time in which this process owns a pipeline: from the taking of its lease until it is lost or given up. */
import { setTimeout as delay } from 'node:timers/promises';
import { interval, Subscription, type Observable } from 'rxjs';
import type { BusStatus } from '../../core/bus/bus.port.ts';
import type { Clock } from '../../core/clock/clock.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { Lease, LeaseStore } from '../../core/lease/lease.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';

/** Renewed this often within the ttl. */
const RENEWALS = 3;
/** The last part of a lease in which nothing is done in its name any more. */
const MARGIN = 0.1;
const RETRY_MS = 100;

export interface Tenure {
  /** Fencing token: greater than that of every owner before. */
  readonly epoch: number;
  /** Whether nobody else can own the pipeline now. A lease not renewed in time, or through a loss of the connection, is in
   *  doubt, not lost. */
  isAssured(): boolean;
  /** Asks now; answers whether it is assured. */
  renew(): Promise<boolean>;
  /** Resolves once it is assured. Rejects with a `LeaseLostError` when it never will be. */
  assure(): Promise<void>;
}

/** Another owns the pipeline by now. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
  readonly code = 'LEASE_LOST';
  readonly canRetry = false;
}

export interface TenureOptions {
  readonly leases: LeaseStore;
  /** The pipeline's name; the key of its lease derives from it. */
  readonly pipeline: string;
  readonly holder: string;
  readonly ttlMs: number;
  readonly clock: Clock;
  readonly status: Observable<BusStatus>;
  readonly telemetry: Telemetry;
}

/** A tenure as its keeper sees it. */
export interface KeptTenure extends Tenure {
  /** Resolves when somebody else has it. */
  readonly lost: Promise<void>;
  /** Ends it; another can have it at once. */
  release(): Promise<void>;
}

export const leaseKeyOf = (pipeline: string) => `watcher.${pipeline}`;

/** Undefined while another one owns the pipeline; rejects when the store cannot be asked. */
export async function takeTenure(options: TenureOptions): Promise<KeptTenure | undefined> {
  const { leases, pipeline, holder, ttlMs, clock } = options;
  const asked = momentOf(clock);
  const lease = await leases.acquire(leaseKeyOf(pipeline), holder, ttlMs);
  return lease && new LeaseTenure(options, lease, asked);
}

interface Moment {
  readonly monotonicMs: number;
  /** Epoch milliseconds: goes on while the machine sleeps, as the other clock may not. */
  readonly wallMs: number;
}

function momentOf(clock: Clock): Moment {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() };
}

class LeaseTenure implements KeptTenure {
  readonly lost: Promise<void>;
  readonly #options: TenureOptions;
  readonly #lease: Lease;
  readonly #subscriptions = new Subscription();
  #renewedAt: Moment | undefined;
  #renewing: Promise<boolean> | undefined;
  #isLost = false;
  #isConnected = false;
  #resolveLost: () => void = () => undefined;
  /** Counts losses of the connection: what was asked before one proves nothing after it. */
  #disconnects = 0;

  constructor(options: TenureOptions, lease: Lease, askedAt: Moment) {
    this.#options = options;
    this.#lease = lease;
    this.#renewedAt = askedAt;
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
    this.#subscriptions.add(interval(options.ttlMs / RENEWALS).subscribe(() => void this.renew()));
    this.#subscriptions.add(
      options.status.subscribe({
        next: ({ connected }) => this.#connection(connected),
        complete: () => this.#lose(), // The bus is closed.
      }),
    );
  }

  get epoch(): number {
    return this.#lease.epoch;
  }

  isAssured(): boolean {
    if (this.#isLost || !this.#renewedAt) return false;
    const { monotonicMs, wallMs } = momentOf(this.#options.clock);
    const elapsedMs = Math.max(monotonicMs - this.#renewedAt.monotonicMs, wallMs - this.#renewedAt.wallMs);
    return elapsedMs < this.#options.ttlMs * (1 - MARGIN);
  }

  renew(): Promise<boolean> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async assure(): Promise<void> {
    while (!this.isAssured()) {
      if (this.#isLost) throw new LeaseLostError(`pipeline '${this.#options.pipeline}' has another owner`);
      if (!(await this.renew()) && !this.#isLost) await delay(RETRY_MS);
    }
  }

  async release(): Promise<void> {
    this.#end();
    await this.#renewing;
    await this.#options.leases.release(this.#lease);
  }

  #connection(connected: boolean): void {
    this.#isConnected = connected;
    if (connected) {
      if (!this.#renewedAt) void this.renew();
      return;
    }
    this.#disconnects++;
    this.#renewedAt = undefined;
  }

  async #renew(): Promise<boolean> {
    if (this.#isLost || !this.#isConnected) return false;
    const { leases, clock, ttlMs } = this.#options;
    const { key, holder, epoch } = this.#lease;
    const [askedAt, disconnects] = [momentOf(clock), this.#disconnects];
    try {
      const lease = await leases.acquire(key, holder, ttlMs);
      if (lease?.epoch !== epoch) {
        // What came free meanwhile begins another tenure, from the snapshot.
        if (lease && !this.#isLost) await leases.release(lease);
        this.#lose();
        return false;
      }
    } catch (error) {
      this.#say('failed', errorText(error));
      return this.isAssured();
    }
    const wasInDoubt = !this.isAssured();
    if (disconnects === this.#disconnects) this.#renewedAt = askedAt;
    if (wasInDoubt && this.isAssured()) this.#say('renewed_late');
    return this.isAssured();
  }

  #say(outcome: 'failed' | 'renewed_late', detail?: string): void {
    const { telemetry, pipeline } = this.#options;
    if (!this.#isLost)
      telemetry({ type: 'lease', pipeline, outcome, epoch: this.epoch, ...(detail && { detail }) });
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#end();
    this.#resolveLost();
  }

  #end(): void {
    this.#isLost = true;
    this.#subscriptions.unsubscribe();
  }
}
