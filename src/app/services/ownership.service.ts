/** Decides which pipelines this process watches. Each pipeline has one owner, by lease; among the processes that are ready
 *  for it a hash names the one that should have it, so that pipelines spread over processes and move as few as need be. */
import { exhaustMap, filter, map, merge, Subject, timer, type Subscription } from 'rxjs';
import { BusError } from '../../core/bus/bus.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import { preferredHolder } from '../../core/lease/holders.ts';
import type { Member, Membership } from '../../core/lease/lease.port.ts';
import {
  LeaseLostError,
  leaseKeyOf,
  takeTenure,
  type KeptTenure,
  type Tenure,
  type TenureOptions,
} from './tenure.ts';

/** How often a process looks for what it should own; besides, as soon as another one gives something up. */
const LOOK_EVERY_MS_MAX = 1_000;
const LOOKS_PER_TTL = 5;

/** Work that is done while a pipeline is owned. */
export interface OwnedWork {
  /** Ends it; with `save` its state is handed over, without it nothing of it may be seen any more. */
  stop(options: { readonly save: boolean }): Promise<void>;
}

export interface OwnershipOptions extends Omit<TenureOptions, 'pipeline'> {
  readonly pipelines: readonly string[];
  readonly begin: (pipeline: string, tenure: Tenure) => Promise<OwnedWork>;
  readonly onFailure: (error: unknown) => void;
}

export interface Ownership {
  /** Hands everything over: what is owned is saved and given up. */
  stop(): Promise<void>;
}

/** Where a look looks. */
const anywhere = () => true;
const isNotHeld = ({ held }: Place) => held === undefined;

interface Place {
  readonly pipeline: string;
  /** One thing at a time: taking, handing over, abandoning. */
  busy: Promise<void> | undefined;
  held: { readonly tenure: KeptTenure; readonly work: OwnedWork } | undefined;
  /** Who should have it instead of us, as seen at the last look. */
  successor: string | undefined;
  /** Since when it is left to another; after a ttl it is taken by whoever can. */
  leftToOthersMs: number | undefined;
}

/** Resolves when each pipeline is owned or somebody else's. Rejects when the leases cannot be asked or work cannot begin; then
 *  nothing is owned. */
export async function startOwnership(options: OwnershipOptions): Promise<Ownership> {
  const ownership = new LeasedOwnership(options);
  await ownership.start();
  return ownership;
}

class LeasedOwnership implements Ownership {
  readonly #options: OwnershipOptions;
  readonly #places: readonly Place[];
  readonly #membership: Membership;
  readonly #self: Member;
  readonly #subscriptions: Subscription[] = [];
  readonly #released = new Subject<void>();
  #isConnected = false;
  #isStopped = false;

  constructor(options: OwnershipOptions) {
    const { pipelines, leases, holder } = options;
    this.#options = options;
    this.#self = { holder, keys: pipelines.map(leaseKeyOf) };
    this.#places = pipelines.map((pipeline) => ({
      ...{ pipeline, busy: undefined, held: undefined, successor: undefined, leftToOthersMs: undefined },
    }));
    this.#membership = leases.join(
      () => this.#self,
      () => this.#released.next(),
    );
  }

  async start(): Promise<void> {
    const members = await this.#members();
    const visits = await Promise.allSettled(this.#places.map((place) => this.#visit(place, members)));
    for (const [index, visit] of visits.entries()) {
      const place = this.#places[index];
      if (visit.status === 'fulfilled' || !place) continue;
      const error: unknown = visit.reason;
      if (error instanceof BusError && error.canRetry) {
        this.#failed(place, error); // A broker that elects a leader just now: at the next look.
        continue;
      }
      await this.stop();
      throw error;
    }
    this.#tell();
    const everyMs = Math.min(LOOK_EVERY_MS_MAX, this.#options.ttlMs / LOOKS_PER_TTL);
    const looks = merge(
      timer(everyMs, everyMs).pipe(map(() => anywhere)),
      this.#released.pipe(map(() => isNotHeld)),
    ).pipe(
      filter(() => this.#isConnected),
      // Many are given up at once: who is there is asked once for all of them.
      exhaustMap(async (isMeant) => ({ isMeant, members: await this.#members() })),
    );
    this.#subscriptions.push(
      this.#options.status.subscribe(({ connected }) => {
        this.#isConnected = connected;
      }),
      looks.subscribe(({ isMeant, members }) => {
        for (const place of this.#places.filter(isMeant))
          this.#visit(place, members).catch((error: unknown) => this.#failed(place, error));
      }),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#membership.leave();
    await Promise.all(
      this.#places.map(async (place) => {
        await place.busy?.catch(() => undefined);
        await this.#handOver(place);
      }),
    );
  }

  async #members(): Promise<readonly Member[]> {
    return [this.#self, ...(await this.#membership.others())];
  }

  /** Nothing where something is being done already. */
  async #visit(place: Place, members: readonly Member[]): Promise<void> {
    if (place.busy || this.#isStopped) return;
    const wanted = preferredHolder(leaseKeyOf(place.pipeline), members);
    const successor = wanted === this.#options.holder ? undefined : wanted;
    await this.#occupy(place, () => this.#settle(place, successor));
  }

  #occupy(place: Place, work: () => Promise<void>): Promise<void> {
    const busy = work().finally(() => {
      if (place.busy === busy) place.busy = undefined;
    });
    place.busy = busy;
    return busy;
  }

  /** `successor` should have it instead of us. */
  async #settle(place: Place, successor: string | undefined): Promise<void> {
    const { ttlMs, clock } = this.#options;
    if (place.held) {
      // Seen twice: one that only passes by moves nothing.
      const isDue = successor !== undefined && successor === place.successor;
      place.successor = successor;
      if (!isDue) return;
      await this.#handOver(place);
      place.leftToOthersMs = clock.monotonicMs();
      return this.#tell();
    }
    if (successor === undefined) place.leftToOthersMs = undefined;
    else place.leftToOthersMs ??= clock.monotonicMs();
    if (place.leftToOthersMs === undefined || clock.monotonicMs() - place.leftToOthersMs >= ttlMs)
      await this.#take(place);
  }

  async #take(place: Place): Promise<void> {
    const { pipeline } = place;
    const tenure = await takeTenure({ ...this.#options, pipeline });
    if (!tenure) return;
    const { epoch } = tenure;
    this.#options.telemetry({ type: 'lease', pipeline, outcome: 'acquired', epoch });
    try {
      const work = await this.#options.begin(pipeline, tenure);
      place.held = { tenure, work };
    } catch (error) {
      await tenure.release().catch(() => undefined); // It runs out by itself.
      if (error instanceof LeaseLostError) return;
      throw error;
    }
    place.successor = undefined;
    void tenure.lost.then(() => this.#lose(place, tenure));
    this.#tell();
  }

  async #lose(place: Place, tenure: KeptTenure): Promise<void> {
    await place.busy?.catch(() => undefined);
    const { held } = place;
    if (held?.tenure !== tenure) return;
    const { pipeline } = place;
    this.#options.telemetry({ type: 'lease', pipeline, outcome: 'lost', epoch: tenure.epoch });
    place.held = undefined;
    this.#tell();
    await this.#occupy(place, () => held.work.stop({ save: false })).catch(this.#options.onFailure);
  }

  async #handOver(place: Place): Promise<void> {
    const { held, pipeline } = place;
    if (!held) return;
    place.held = undefined;
    const { epoch } = held.tenure;
    const say = (outcome: 'released' | 'failed', detail?: string) => {
      const more = detail === undefined ? {} : { detail };
      this.#options.telemetry({ type: 'lease', pipeline, outcome, epoch, ...more });
    };
    await held.work.stop({ save: true });
    try {
      await held.tenure.release();
      say('released');
    } catch (error) {
      say('failed', errorText(error)); // It runs out by itself.
    }
  }

  /** What can succeed later is tried again at the next look. */
  #failed({ pipeline }: Place, error: unknown): void {
    if (this.#isStopped) return;
    if (!(error instanceof BusError && error.canRetry)) return this.#options.onFailure(error);
    this.#options.telemetry({ type: 'lease', pipeline, outcome: 'failed', detail: errorText(error) });
  }

  #tell(): void {
    const owned = this.#places.filter(({ held }) => held !== undefined).length;
    this.#options.telemetry({ type: 'ownership', owned, standby: this.#places.length - owned });
  }
}
