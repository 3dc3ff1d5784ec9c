/** Leases in a bucket of the key-value store. A record that has not changed for its ttl, by our own clock since we first saw
 *  it, is free: no clock is compared with another. Before that it is free when the broker says that nobody listens any more
 *  on the subject that its holder listens on: a connection that the broker has given up cannot publish either. */
import { StorageType } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { KV, KvEntry } from '@nats-io/kv';
import { errors } from '@nats-io/transport-node';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { nextEpoch } from '../../core/lease/holders.ts';
import type { Lease, LeaseStore, Member, Membership } from '../../core/lease/lease.port.ts';
import { API_CODE, apiErrorOf, toBusError } from './nats-errors.ts';
import type { NatsLink } from './nats-link.ts';
import type { NatsConfig } from './nats.config.ts';

const BUCKET = 'EARSHOT_LEASES';
const BUCKET_BYTES_MAX = 16_777_216;
/** A request asks who is there; without a reply subject it says that the holder it names gave a lease up. */
const MEMBERS_SUBJECT = 'earshot.members';
const holderSubject = (holder: string) => `earshot.holder.${holder}`;
/** How long answers of others are awaited. */
const ANSWER_MS_MAX = 250;
/** How long our own answer to ourselves is: a broker that does not let us listen says at once that nobody does. */
const LISTENS_MS_MAX = 2_000;
/** A holder counts as gone when nobody listened this often, at least so far apart: one that reconnects stays. */
const ABSENCES_MIN = 2;
const ABSENCES_APART_MS = 500;
const CONFLICTS_MAX = 3;

interface LeaseRecord {
  /** Empty once released. */
  readonly holder: string;
  readonly epoch: number;
  readonly ttlMs: number;
  /** Whether the holder listens on its subject, by its own test. */
  readonly listens: boolean;
}

/** A record that we wrote: the broker stamped it in between, by the monotonic clock. */
interface Written {
  readonly revision: number;
  readonly askedMs: number;
  readonly answeredMs: number;
}

/** What was seen of somebody else's record. */
interface Sight {
  readonly revision: number;
  readonly sinceMs: number;
  absences: number;
  absentAtMs: number;
}

type LeaseConfig = Pick<NatsConfig, 'storage' | 'replicas'>;

export function createNatsLeaseStore(link: NatsLink, config: LeaseConfig): LeaseStore {
  return new NatsLeaseStore(link, config);
}

class NatsLeaseStore implements LeaseStore {
  readonly #link: NatsLink;
  readonly #config: LeaseConfig;
  readonly #sights = new Map<string, Sight>();
  /** By key, of what we hold: reading it again to renew it tells the broker's time. */
  readonly #written = new Map<string, Written>();
  /** By holder: resolves to whether it listens. */
  readonly #listening = new Map<string, Promise<boolean>>();
  #bucket: Promise<KV> | undefined;

  constructor(link: NatsLink, config: LeaseConfig) {
    this.#link = link;
    this.#config = config;
  }

  async acquire(key: string, holder: string, ttlMs: number): Promise<Lease | undefined> {
    try {
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
        const bucket = await this.#open();
        const entry = await bucket.get(key);
        this.#learnTime(entry);
        const record = recordOf(entry);
        const isOurs = record?.holder === holder;
        if (record && !isOurs && !(await this.#isFree(key, entry?.revision ?? 0, record))) return undefined;
        const epoch = record && isOurs ? record.epoch : nextEpoch(record?.epoch ?? 0, Date.now());
        const listens = await this.#listens(holder);
        const written = await put(bucket, key, { holder, epoch, ttlMs, listens }, entry);
        if (!written) continue;
        this.#written.set(key, written);
        if (!Number.isFinite(this.#link.clock.nowMs())) this.#learnTime(await bucket.get(key));
        this.#sights.delete(key);
        return { key, epoch, holder };
      }
      return undefined;
    } catch (error) {
      throw toBusError(error, `lease '${key}'`);
    }
  }

  async release({ key, holder, epoch }: Lease): Promise<void> {
    this.#written.delete(key);
    try {
      const bucket = await this.#open();
      const entry = await bucket.get(key);
      const record = recordOf(entry);
      if (record?.holder !== holder || record.epoch !== epoch) return;
      const isWritten = await put(bucket, key, { ...record, holder: '' }, entry);
      if (isWritten) this.#link.connection.publish(MEMBERS_SUBJECT, holder);
    } catch (error) {
      throw toBusError(error, `releasing lease '${key}'`);
    }
  }

  join(self: () => Member, onReleased?: () => void): Membership {
    const { connection } = this.#link;
    const subscription = connection.subscribe(MEMBERS_SUBJECT, {
      callback: (error, message) => {
        if (error !== null) return;
        if (message.reply) message.respond(JSON.stringify(self()));
        else if (message.string() !== self().holder) onReleased?.();
      },
    });
    return {
      others: async () => (await this.#members()).filter(({ holder }) => holder !== self().holder),
      leave: () => leave(subscription),
    };
  }

  async #members(): Promise<Member[]> {
    const members: Member[] = [];
    if (!this.#link.connected) return members;
    try {
      const answers = await this.#link.connection.requestMany(MEMBERS_SUBJECT, '', {
        strategy: 'timer',
        maxWait: ANSWER_MS_MAX,
      });
      for await (const answer of answers) members.push(...memberOf(answer));
    } catch {
      // Nobody can be asked: the leases alone tell who owns what.
    }
    return members;
  }

  #learnTime(entry: KvEntry | null): void {
    const written = entry === null ? undefined : this.#written.get(entry.key);
    if (!entry || written?.revision !== entry.revision) return;
    this.#link.clock.learn(entry.created.getTime(), written.askedMs, written.answeredMs);
  }

  #open(): Promise<KV> {
    this.#bucket ??= new Kvm(this.#link.manager.jetstream())
      .create(BUCKET, {
        storage: this.#config.storage === 'file' ? StorageType.File : StorageType.Memory,
        replicas: this.#config.replicas,
        history: 1,
        max_bytes: BUCKET_BYTES_MAX,
        allow_direct: false, // A replica that lags would show a lease that is gone.
      })
      .catch((error: unknown) => {
        this.#bucket = undefined; // The next call tries again.
        throw error;
      });
    return this.#bucket;
  }

  /** A test of our own: where the server does not let us listen, others must not take our silence for absence. */
  #listens(holder: string): Promise<boolean> {
    const known = this.#listening.get(holder);
    if (known) return known;
    const { connection } = this.#link;
    const subject = holderSubject(holder);
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) message.respond(holder);
      },
    });
    const listens = connection.request(subject, '', { timeout: LISTENS_MS_MAX }).then(
      (answer) => answer.string() === holder,
      () => false,
    );
    this.#listening.set(holder, listens);
    return listens;
  }

  async #isFree(key: string, revision: number, record: LeaseRecord): Promise<boolean> {
    if (record.holder === '') return true;
    const nowMs = performance.now();
    let sight = this.#sights.get(key);
    if (sight?.revision !== revision) {
      sight = { revision, sinceMs: nowMs, absences: 0, absentAtMs: Number.NEGATIVE_INFINITY };
      this.#sights.set(key, sight);
    }
    if (nowMs - sight.sinceMs >= record.ttlMs) return true;
    if (!record.listens || nowMs - sight.absentAtMs < ABSENCES_APART_MS) return false;
    if (await this.#isAbsent(record.holder)) {
      sight.absences++;
      sight.absentAtMs = nowMs;
    } else sight.absences = 0;
    return sight.absences >= ABSENCES_MIN;
  }

  /** Only where the broker says so at once; who listens and does not answer is there. */
  async #isAbsent(holder: string): Promise<boolean> {
    try {
      await this.#link.connection.request(holderSubject(holder), '', { timeout: ANSWER_MS_MAX });
      return false;
    } catch (error) {
      const { cause } = error as Error;
      return [error, cause].some((one) => one instanceof errors.NoRespondersError);
    }
  }
}

/** Undefined when somebody else was faster. */
async function put(
  bucket: KV,
  key: string,
  record: LeaseRecord,
  entry: KvEntry | null,
): Promise<Written | undefined> {
  const askedMs = performance.now();
  try {
    const data = JSON.stringify(record);
    const revision = await (entry === null
      ? bucket.create(key, data)
      : bucket.update(key, data, entry.revision));
    return { revision, askedMs, answeredMs: performance.now() };
  } catch (error) {
    if (apiErrorOf(error)?.err_code === API_CODE.wrongLastSequence) return undefined;
    throw error;
  }
}

/** Nothing for an answer that is not of our kind. */
function memberOf(answer: Msg): Member[] {
  try {
    const { holder, keys } = answer.json<Partial<Member>>();
    return typeof holder === 'string' && Array.isArray(keys) ? [{ holder, keys }] : [];
  } catch {
    return [];
  }
}

/** Undefined when there is none, or none that we can read: then it is free. */
function recordOf(entry: KvEntry | null): LeaseRecord | undefined {
  if (entry?.operation !== 'PUT') return undefined;
  try {
    const { holder, epoch, ttlMs, listens } = entry.json<Partial<LeaseRecord>>();
    if (typeof holder !== 'string' || typeof epoch !== 'number' || typeof ttlMs !== 'number')
      return undefined;
    return { holder, epoch, ttlMs, listens: listens === true };
  } catch {
    return undefined;
  }
}

function leave(subscription: Subscription): void {
  if (!subscription.isClosed()) subscription.unsubscribe();
}
