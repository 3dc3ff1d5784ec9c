/** Who owns what: one holder at a time, with an epoch that grows at each change of hands (a fencing token). */

export interface Lease {
  readonly key: string;
  /** Grows with each new holder; what an older holder still writes can be told by it. */
  readonly epoch: number;
  readonly holder: string;
}

/** Somebody who can hold leases, and which ones they are ready for. */
export interface Member {
  readonly holder: string;
  readonly keys: readonly string[];
}

export interface Membership {
  /** All others who answer now; those who cannot be asked are not among them. */
  others(): Promise<readonly Member[]>;
  /** Answers no more. */
  leave(): void;
}

export interface LeaseStore {
  /** Takes the lease, or renews it when `holder` has it; undefined while another one holds it. Compare-and-set: of two that
   *  ask at once one gets it. Another's lease is free once it has not been renewed for the ttl it was taken for, by the clock
   *  of the one who asks since it first saw that renewal, or once its holder is known to be gone. */
  acquire(key: string, holder: string, ttlMs: number): Promise<Lease | undefined>;
  /** Gives it up, so that another can have it at once. Nothing happens when it is no longer the holder's. */
  release(lease: Lease): Promise<void>;
  /** Answers the others with what `self` says from now on. `onReleased`: one of them gave a lease up; it may go unheard. */
  join(self: () => Member, onReleased?: () => void): Membership;
}
