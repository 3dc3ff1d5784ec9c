/** Keeps a large heap near what lives in it. V8 collects the old part of a heap when it has grown to up to four times what was
 *  alive: cheap while little lives, hundreds of megabytes of garbage once much does. The limit by which it could be told
 *  otherwise (`--max-old-space-size`) is read as a process starts and ends one that needs more; by how much a heap may grow is
 *  read before each collection. */
import { setFlagsFromString } from 'node:v8';
import { interval, type Subscription } from 'rxjs';

/** Below, V8 decides: what a scorer needs, at the best speed. */
const RESIDENT_MB_FREE = 256;
/** Above, the heap may grow by so much of what lives. */
const GROWTH_PERCENT = 30;
const LOOK_EVERY_MS = 250;
const MIB = 1_048_576;
/** Whoever starts Node with one of these has decided. */
const OWN_LIMIT = /--(?:max-(?:old-space|heap)-size|heap-growing-percent)\b/;

export function keepHeapLean(options = [...process.execArgv, process.env.NODE_OPTIONS ?? '']): Subscription {
  let isLean = false;
  const decided = options.some((option) => OWN_LIMIT.test(option.replaceAll('_', '-')));
  const looks = interval(LOOK_EVERY_MS).subscribe(() => {
    const isLarge = process.memoryUsage.rss() > RESIDENT_MB_FREE * MIB;
    if (isLarge === isLean) return;
    isLean = isLarge;
    setFlagsFromString(`--heap-growing-percent=${isLean ? GROWTH_PERCENT : 0}`); // 0: as V8 decides.
  });
  if (decided) looks.unsubscribe();
  return looks;
}
