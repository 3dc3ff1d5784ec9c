/** A watcher's trends between its lives. They are large, so they are saved apart from the rest and less often: what they had
 *  counted beyond that is read again. */
import { setImmediate as othersTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { sha256 } from '../../adapters/crypto/sha256.ts';
import type { TrendFeedState } from '../../core/alert/trend-feed.ts';
import type { Watcher } from '../../core/alert/watcher.ts';
import { errorText } from '../../core/errors/error-text.ts';
import { openSnapshot, sealSnapshot } from '../../core/snapshot/envelope.ts';
import type { Slices } from '../../core/snapshot/slices.ts';
import type { SnapshotStore } from '../../core/snapshot/snapshot.port.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { TRENDS_STATE_VERSION } from '../../core/trend/trends.ts';
import { zippedJson } from './json-pieces.ts';
import type { Tenure } from './tenure.ts';
import { isUnheard, readGeneration } from './watcher-snapshots.ts';

const unzip = promisify(gunzip);

interface TrendSnapshotContext {
  readonly snapshots: SnapshotStore;
  readonly pipeline: { readonly name: string };
  readonly telemetry: Telemetry;
}

const keyOf = (pipeline: string) => `trends.${pipeline}`;

/** From the newest snapshot that can be used; without one trends begin anew where the watcher stands. Rejects with a `BusError` that can be
 *  retried while the newest cannot be read. */
export async function resumeTrends(watcher: Watcher, context: TrendSnapshotContext): Promise<void> {
  const { snapshots, pipeline, telemetry } = context;
  if (!watcher.hasTrends) return;
  for (const generation of await snapshots.load(keyOf(pipeline.name))) {
    try {
      const wanted = { pipeline: pipeline.name, stateVersion: TRENDS_STATE_VERSION };
      const opened = openSnapshot(await readGeneration(generation), wanted, sha256);
      if (!opened.ok) throw new Error(opened.detail);
      watcher.resumeTrends(JSON.parse((await unzip(opened.payload)).toString('utf8')) as TrendFeedState);
      return;
    } catch (error) {
      if (isUnheard(error)) throw error;
      const detail = `trends: ${generation.name}: ${errorText(error)}`;
      telemetry({ type: 'snapshot', pipeline: pipeline.name, outcome: 'refused', detail });
    }
  }
}

/** Whether they are saved; a store that fails or refuses is said and does not stop the watcher. Nobody waits long for it:
 *  the state is made and written in slices. */
export async function saveTrends(
  slices: Slices<TrendFeedState>,
  {
    snapshots,
    pipeline: { name: pipeline },
    telemetry,
    tenure,
  }: TrendSnapshotContext & { readonly tenure: Tenure },
): Promise<boolean> {
  const { epoch } = tenure;
  try {
    const state = await inTurns(slices);
    const head = {
      ...{ pipeline, stateVersion: TRENDS_STATE_VERSION, epoch },
      ...{ sequence: state.lastSequence, eventsSequence: 0 },
    };
    const bytes = sealSnapshot(head, await zippedJson(state), sha256);
    if (!tenure.isAssured() && !(await tenure.renew()))
      throw new Error('whether the pipeline is ours is in doubt');
    await snapshots.save(keyOf(pipeline), bytes, epoch);
    return true;
  } catch (error) {
    telemetry({ type: 'snapshot', pipeline, outcome: 'failed', detail: `trends: ${errorText(error)}` });
    return false;
  }
}

async function inTurns<T>(slices: Slices<T>): Promise<T> {
  for (;;) {
    const { done, value } = slices.next();
    if (done === true) return value;
    await othersTurn();
  }
}
