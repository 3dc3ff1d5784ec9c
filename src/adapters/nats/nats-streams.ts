/** Makes the streams of the server fit their specifications. */
import { DiscardPolicy, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { StreamConfig } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { BusError, StreamSpec } from '../../core/bus/bus.port.ts';
import { API_CODE, apiErrorOf, busError, toBusError } from './nats-errors.ts';
import type { NatsLink } from './nats-link.ts';
import { retryUntil } from './retry-until.ts';

export interface StreamPlacement {
  readonly storage: 'file' | 'memory';
  readonly replicas: number;
}

/** What must hold of a stream; the server has further settings that are its own affair. */
interface Wanted {
  name: string;
  subjects: string[];
  retention: StreamConfig['retention'];
  discard: StreamConfig['discard'];
  storage: StreamConfig['storage'];
  num_replicas: number;
  max_age: number;
  max_bytes: number;
  max_msg_size: number;
  duplicate_window: number;
}

/** Settings that a server never changes on an existing stream. */
const FIXED: ReadonlySet<string> = new Set(['storage', 'retention']);

/** A cluster that has just been formed, or lost a leader, answers after its elections. */
const ELECTIONS_MS_MAX = 20_000;
const RETRY_WAIT_MS = 250;

/** @throws BusError when it cannot be, or not within some time. */
export async function ensureStream(
  link: NatsLink,
  spec: StreamSpec,
  placement: StreamPlacement,
): Promise<void> {
  const deadlineMs = performance.now() + ELECTIONS_MS_MAX;
  await retryUntil({ deadlineMs, waitMs: RETRY_WAIT_MS }, async () => {
    try {
      await fitStream(link, spec, placement);
    } catch (error) {
      throw explained(error, spec, `stream ${spec.name}: creating it`);
    }
  });
}

async function fitStream(link: NatsLink, spec: StreamSpec, placement: StreamPlacement): Promise<void> {
  const wanted = wantedConfig(spec, placement);
  const created = (await existingConfig(link, spec.name)) ?? (await addStream(link, wanted));
  const differing = differences(created, wanted);
  if (differing.length === 0) return;
  const fixed = differing.find((setting) => FIXED.has(setting));
  if (fixed !== undefined) throw conflict(created, wanted, fixed, 'cannot be changed; delete the stream');
  const { config } = await link.manager.streams.update(spec.name, { ...created, ...wanted });
  const ignored = differences(config, wanted)[0];
  // Old servers drop what they do not know without a word.
  if (ignored !== undefined) throw conflict(config, wanted, ignored, 'the server ignores the change');
}

function wantedConfig(spec: StreamSpec, { storage, replicas }: StreamPlacement): Wanted {
  return {
    name: spec.name,
    subjects: [...spec.subjects],
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    storage: storage === 'file' ? StorageType.File : StorageType.Memory,
    num_replicas: replicas,
    max_age: nanos(spec.ageMsMax),
    max_bytes: spec.bytesMax,
    max_msg_size: spec.messageBytesMax,
    duplicate_window: nanos(spec.duplicateWindowMs),
  };
}

async function existingConfig(link: NatsLink, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await link.manager.streams.info(name)).config;
  } catch (error) {
    if (apiErrorOf(error)?.err_code === API_CODE.streamNotFound) return undefined;
    throw error;
  }
}

/** Another process may have been faster, with other settings, or be creating it at this moment: a server of 2.9 then says that the
 *  subjects overlap, with those of the stream itself. */
async function addStream(link: NatsLink, wanted: Wanted): Promise<StreamConfig> {
  const { streams } = link.manager;
  try {
    return (await streams.add(wanted)).config;
  } catch (error) {
    const code = apiErrorOf(error)?.err_code;
    if (code === API_CODE.streamNameInUse) return (await streams.info(wanted.name)).config;
    if (code !== API_CODE.subjectsOverlap || (await takenByAnother(link, wanted))) throw error;
    throw busError('BUS_TIMEOUT', `stream ${wanted.name}: another is creating it`, true, error);
  }
}

/** Whether another stream takes any of its subjects. */
async function takenByAnother({ manager }: NatsLink, { name, subjects }: Wanted): Promise<boolean> {
  const taking = await Promise.all(subjects.map((subject) => manager.streams.names(subject).next()));
  return taking.flat().some((other) => other !== name);
}

function differences(have: StreamConfig, wanted: Wanted): (keyof Wanted)[] {
  const settings = Object.keys(wanted) as (keyof Wanted)[];
  return settings.filter((setting) => shown(have[setting]) !== shown(wanted[setting]));
}

function shown(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? value.map(String).sort() : value) ?? 'nothing';
}

function conflict(have: StreamConfig, wanted: Wanted, setting: keyof Wanted, remedy: string): BusError {
  const values = `${shown(have[setting])} on the server, ${shown(wanted[setting])} wanted`;
  const said = `stream ${wanted.name}: ${setting} is ${values}; ${remedy}, or configure what the server has`;
  return busError('BUS_STREAM_CONFLICT', said, false);
}

function explained(error: unknown, spec: StreamSpec, what: string): BusError {
  const failure = toBusError(error, what);
  const setting =
    failure.code === 'BUS_STORAGE'
      ? `it asks for max_bytes ${spec.bytesMax}`
      : apiErrorOf(error)?.err_code === API_CODE.subjectsOverlap
        ? `it takes ${spec.subjects.join(', ')}; remove the other stream or its subjects`
        : undefined;
  if (setting === undefined) return failure;
  // More room is a matter of configuration here, not of waiting.
  return busError(failure.code, `${failure.message}: ${setting}`, false, error);
}
