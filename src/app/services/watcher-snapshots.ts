/** A watcher's state between its lives: gzipped JSON in an envelope that says what it covers. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sha256 } from '../../adapters/crypto/sha256.ts';
import { createWatcher, type Watcher, type WatcherState } from '../../core/alert/watcher.ts';
import { WATCHER_STATE_VERSION } from '../../core/alert/watcher-state.ts';
import { BusError, type Bus, type StreamState } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import type { Explain } from '../../core/scorer/explain.ts';
import { ownerName } from '../../core/partition/shard-of.ts';
import { openSnapshot, sealSnapshot, type SnapshotHead } from '../../core/snapshot/envelope.ts';
import type { Generation, SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry, TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';
import { zippedJson } from './json-pieces.ts';
import type { Tenure } from './tenure.ts';

const unzip = promisify(gunzip);

interface SnapshotContext {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly pipeline: PipelineConfig;
  /** Reads texts for the watcher that is made. */
  readonly explain?: Explain | undefined;
  readonly telemetry: Telemetry;
}

/** What is kept: under which key, of which version, and how it comes to life again. */
export interface Kept<T> {
  /** Of the pipeline or of a part of it. */
  readonly name: string;
  readonly stateVersion: number;
  /** Throws for a state that cannot be used. */
  readonly create: (state?: unknown) => T;
}

export interface Restored<T> {
  readonly restored: T;
  /** Up to this sequence of EVENTS the state knows what was published; 0 when it knows nothing. */
  readonly eventsSequence: number;
}

type SnapshotOutcome = Extract<TelemetryEvent, { type: 'snapshot' }>['outcome'];

const keyOf = (name: string) => `watcher.${name}`;
/** Of a snapshot that nobody answers for. */
const READ_ATTEMPTS_MAX = 3;

/** A watcher of a pipeline, whole or, of one that is split, what owns it. */
export function keptWatcher({ bus, pipeline, explain }: SnapshotContext): Kept<Watcher> {
  const { shards } = pipeline.watch;
  return {
    name: ownerName(pipeline.name, shards),
    stateVersion: WATCHER_STATE_VERSION,
    create: (state) =>
      createWatcher(pipeline, state as WatcherState | undefined, { explain, beganMs: bus.nowMs(), shards }),
  };
}

/** From the newest snapshot that can be used; without one from the beginning of the stream. Rejects with a `BusError` that can be retried
 *  while the newest that may be sound cannot be read: an older one does not know what people were told and asked for since. */
export async function restoreSnapshot<T>(kept: Kept<T>, context: SnapshotContext): Promise<Restored<T>> {
  const { bus, snapshots, telemetry } = context;
  const say = (outcome: SnapshotOutcome, detail: string, bytes?: number) => {
    const size = bytes === undefined ? {} : { bytes };
    telemetry({ type: 'snapshot', pipeline: kept.name, outcome, detail, ...size });
  };
  const generations = await snapshots.load(keyOf(kept.name));
  const scored = await bus.streamState(STREAMS.scored);
  for (const [older, generation] of generations.entries()) {
    const tried = await tryGeneration(generation, kept, context, scored);
    if ('refused' in tried) {
      say('refused', `${generation.name}: ${tried.refused}`);
      continue;
    }
    const { restored, head, bytes } = tried;
    const which = older === 0 ? '' : ', the one before the newest';
    say('loaded', `${generation.name}${which}; covers ${STREAMS.scored} up to ${head.sequence}`, bytes);
    sayGap(kept.name, context, head.sequence + 1, scored);
    return { restored, eventsSequence: head.eventsSequence };
  }
  const none = generations.length === 0 ? 'there is none yet' : 'none can be used';
  say('absent', `${none}: counts from the beginning of ${STREAMS.scored}`);
  return { restored: kept.create(), eventsSequence: 0 };
}

type Tried<T> =
  | { readonly refused: string }
  | { readonly restored: T; readonly head: SnapshotHead; readonly bytes: number };

async function tryGeneration<T>(
  generation: Generation,
  { stateVersion, create }: Kept<T>,
  { pipeline }: SnapshotContext,
  { lastSequence }: StreamState,
): Promise<Tried<T>> {
  try {
    const bytes = await readGeneration(generation);
    const opened = openSnapshot(bytes, { pipeline: pipeline.name, stateVersion }, sha256);
    if (!opened.ok) return { refused: opened.detail };
    const { head, payload } = opened;
    if (head.sequence > lastSequence) {
      const covers = `it covers sequence ${head.sequence} of ${STREAMS.scored}, which ends at ${lastSequence}`;
      return { refused: `${covers}: the stream was made anew` };
    }
    const state: unknown = JSON.parse((await unzip(payload)).toString('utf8'));
    return { restored: create(state), head, bytes: bytes.length };
  } catch (error) {
    if (isUnheard(error)) throw error;
    return { refused: errorText(error) };
  }
}

/** Asks again where nobody answered, a few times. */
export async function readGeneration(generation: Generation): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await generation.read();
    } catch (error) {
      if (!isUnheard(error) || attempt === READ_ATTEMPTS_MAX) throw error;
    }
  }
}

/** The store could not be asked: nothing is known of what it keeps. */
export function isUnheard(error: unknown): boolean {
  return error instanceof BusError && error.canRetry;
}

/** What the stream dropped before it was counted: of all pipelines, since a sequence does not tell whose it was. */
function sayGap(
  name: string,
  { telemetry }: SnapshotContext,
  nextSequence: number,
  scored: StreamState,
): void {
  const firstSequence = scored.messages === 0 ? scored.lastSequence + 1 : scored.firstSequence;
  if (firstSequence <= nextSequence) return;
  const [fromSequence, toSequence] = [nextSequence, firstSequence - 1];
  telemetry({ type: 'scored_gap', pipeline: name, fromSequence, toSequence });
}

/** Whether it is saved, in the name of the tenure; a store that fails or refuses is said and does not stop the watcher. */
export async function saveSnapshot(
  name: string,
  state: { readonly version: number; readonly lastSequence: number },
  eventsSequence: number,
  context: SnapshotContext & { readonly tenure: Tenure },
): Promise<boolean> {
  const { snapshots, pipeline, telemetry, tenure } = context;
  const { epoch } = tenure;
  try {
    if (!tenure.isAssured() && !(await tenure.renew()))
      throw new Error('whether the pipeline is ours is in doubt');
    const { version: stateVersion, lastSequence: sequence } = state;
    const head: SnapshotHead = { pipeline: pipeline.name, stateVersion, sequence, eventsSequence, epoch };
    const bytes = sealSnapshot(head, await zippedJson(state), sha256);
    await snapshots.save(keyOf(name), bytes, epoch);
    telemetry({ type: 'snapshot', pipeline: name, outcome: 'saved', bytes: bytes.byteLength });
    return true;
  } catch (error) {
    telemetry({ type: 'snapshot', pipeline: name, outcome: 'failed', detail: errorText(error) });
    return false;
  }
}
