import { concatMap, defer, type OperatorFunction } from 'rxjs';
import {
  createWatcher,
  type WatcherOutput,
  type WatcherPipeline,
  type WatcherReading,
  type WatcherState,
} from './watcher.ts';
import type { Arrival } from '../window/watermark.ts';

/** A watcher as an RxJS operator; state lives per subscription. Open windows are not flushed on completion: a restart
 *  from the last snapshot reads their messages again. */
export function watcherStage(
  pipeline: WatcherPipeline,
  restored?: WatcherState,
  reading?: WatcherReading,
): OperatorFunction<Arrival, WatcherOutput> {
  return (source) =>
    defer(() => {
      const watcher = createWatcher(pipeline, restored, reading);
      return source.pipe(concatMap((arrival) => watcher.step(arrival)));
    });
}
