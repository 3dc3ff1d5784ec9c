/** A watcher's state between its lives: gzipped JSON under the pipeline's name. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { createWatcher, type Watcher, type WatcherState } from '../../core/alert/watcher.ts';
import type { Bus } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import type { PipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { errorText } from '../../core/errors/error-text.ts';

interface SnapshotContext {
  readonly bus: Bus;
  readonly snapshots: SnapshotStore;
  readonly pipeline: PipelineConfig;
  readonly telemetry: Telemetry;
}

const keyOf = (pipeline: string) => `watcher.${pipeline}`;

/** The last snapshot where there is one that can be used; else from the beginning of the stream. */
export async function restoreWatcher(options: SnapshotContext): Promise<Watcher> {
  const { bus, snapshots, pipeline, telemetry } = options;
  const say = (outcome: 'loaded' | 'absent' | 'refused', detail?: string) => {
    telemetry({
      type: 'snapshot',
      pipeline: pipeline.name,
      outcome,
      ...(detail === undefined ? {} : { detail }),
    });
  };
  const bytes = await snapshots.load(keyOf(pipeline.name));
  if (!bytes) {
    say('absent');
    return createWatcher(pipeline);
  }
  try {
    const state = JSON.parse(gunzipSync(bytes).toString('utf8')) as WatcherState;
    const { lastSequence } = await bus.streamState(STREAMS.scored);
    if (state.lastSequence > lastSequence) {
      const detail = `it covers sequence ${state.lastSequence} of ${STREAMS.scored}, which ends at ${lastSequence}`;
      say('refused', `${detail}: the stream was made anew`);
      return createWatcher(pipeline);
    }
    const watcher = createWatcher(pipeline, state);
    say('loaded', `covers ${STREAMS.scored} up to ${state.lastSequence}`);
    return watcher;
  } catch (error) {
    say('refused', errorText(error));
    return createWatcher(pipeline);
  }
}

/** Whether it is saved; a store that fails is said and does not stop the watcher. */
export async function saveWatcher(
  state: WatcherState,
  { snapshots, pipeline, telemetry }: SnapshotContext,
): Promise<boolean> {
  const bytes = gzipSync(JSON.stringify(state));
  try {
    await snapshots.save(keyOf(pipeline.name), bytes);
    telemetry({ type: 'snapshot', pipeline: pipeline.name, outcome: 'saved', bytes: bytes.byteLength });
    return true;
  } catch (error) {
    const detail = errorText(error);
    telemetry({ type: 'snapshot', pipeline: pipeline.name, outcome: 'failed', detail });
    return false;
  }
}
