/** A watcher's state between its lives: gzipped JSON in an envelope that says what it covers. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sha256 } from '../../adapters/crypto/sha256.ts';
import { createWatcher, type Watcher, type WatcherState } from '../../core/alert/watcher.ts';
import { WATCHER_STATE_VERSION } from '../../core/alert/watcher-state.ts';
import type { Bus, StreamState } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import type { Explain } from '../../core/scorer/explain.ts';
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

export interface RestoredWatcher {
  readonly watcher: Watcher;
  /** Up to this sequence of EVENTS the state knows what was published; 0 when it knows nothing. */
  readonly eventsSequence: number;
}

type SnapshotOutcome = Extract<TelemetryEvent, { type: 'snapshot' }>['outcome'];

const keyOf = (pipeline: string) => `watcher.${pipeline}`;

/** From the newest snapshot that can be used; without one from the beginning of the stream. */
export async function restoreWatcher(context: SnapshotContext): Promise<RestoredWatcher> {
  const { bus, snapshots, pipeline, explain, telemetry } = context;
  const say = (outcome: SnapshotOutcome, detail: string, bytes?: number) => {
    const size = bytes === undefined ? {} : { bytes };
    telemetry({ type: 'snapshot', pipeline: pipeline.name, outcome, detail, ...size });
  };
  const generations = await snapshots.load(keyOf(pipeline.name));
  const scored = await bus.streamState(STREAMS.scored);
  for (const [older, generation] of generations.entries()) {
    const tried = await tryGeneration(generation, context, scored);
    if ('refused' in tried) {
      say('refused', `${generation.name}: ${tried.refused}`);
      continue;
    }
    const { watcher, head, bytes } = tried;
    const which = older === 0 ? '' : ', the one before the newest';
    say('loaded', `${generation.name}${which}; covers ${STREAMS.scored} up to ${head.sequence}`, bytes);
    sayGap(context, head.sequence + 1, scored);
    return { watcher, eventsSequence: head.eventsSequence };
  }
  const none = generations.length === 0 ? 'there is none yet' : 'none can be used';
  say('absent', `${none}: counts from the beginning of ${STREAMS.scored}`);
  return {
    watcher: createWatcher(pipeline, undefined, { explain, beganMs: bus.nowMs() }),
    eventsSequence: 0,
  };
}

type Tried =
  | { readonly refused: string }
  | { readonly watcher: Watcher; readonly head: SnapshotHead; readonly bytes: number };

async function tryGeneration(
  generation: Generation,
  { bus, pipeline, explain }: SnapshotContext,
  { lastSequence }: StreamState,
): Promise<Tried> {
  try {
    const bytes = await generation.read();
    const wanted = { pipeline: pipeline.name, stateVersion: WATCHER_STATE_VERSION };
    const opened = openSnapshot(bytes, wanted, sha256);
    if (!opened.ok) return { refused: opened.detail };
    const { head, payload } = opened;
    if (head.sequence > lastSequence) {
      const covers = `it covers sequence ${head.sequence} of ${STREAMS.scored}, which ends at ${lastSequence}`;
      return { refused: `${covers}: the stream was made anew` };
    }
    const state = JSON.parse((await unzip(payload)).toString('utf8')) as WatcherState;
    return {
      watcher: createWatcher(pipeline, state, { explain, beganMs: bus.nowMs() }),
      head,
      bytes: bytes.length,
    };
  } catch (error) {
    return { refused: errorText(error) };
  }
}

/** What the stream dropped before it was counted: of all pipelines, since a sequence does not tell whose it was. */
function sayGap({ pipeline, telemetry }: SnapshotContext, nextSequence: number, scored: StreamState): void {
  const firstSequence = scored.messages === 0 ? scored.lastSequence + 1 : scored.firstSequence;
  if (firstSequence <= nextSequence) return;
  const [fromSequence, toSequence] = [nextSequence, firstSequence - 1];
  telemetry({ type: 'scored_gap', pipeline: pipeline.name, fromSequence, toSequence });
}

/** Whether it is saved, in the name of the tenure; a store that fails or refuses is said and does not stop the watcher. */
export async function saveWatcher(
  state: WatcherState,
  eventsSequence: number,
  {
    snapshots,
    pipeline: { name: pipeline },
    telemetry,
    tenure,
  }: SnapshotContext & { readonly tenure: Tenure },
): Promise<boolean> {
  const { epoch } = tenure;
  try {
    if (!tenure.isAssured() && !(await tenure.renew()))
      throw new Error('whether the pipeline is ours is in doubt');
    const { version: stateVersion, lastSequence: sequence } = state;
    const head: SnapshotHead = { pipeline, stateVersion, sequence, eventsSequence, epoch };
    const bytes = sealSnapshot(head, await zippedJson(state), sha256);
    await snapshots.save(keyOf(pipeline), bytes, epoch);
    telemetry({ type: 'snapshot', pipeline, outcome: 'saved', bytes: bytes.byteLength });
    return true;
  } catch (error) {
    telemetry({ type: 'snapshot', pipeline, outcome: 'failed', detail: errorText(error) });
    return false;
  }
}
