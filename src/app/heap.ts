/** Two guesses of V8 that do not hold for messages passing by.
 *
 *  It concludes from the first hundred objects of a place in the code how long all later ones will live, and if those lived on
 *  (what is in hand while a process starts does) makes the rest where only full collections look: in some runs that was
 *  2 KB a message, a sixth more processor time and 50 MB.
 *
 *  And it collects the old part of a heap when it has grown to up to four times what was alive: cheap while little lives,
 *  hundreds of megabytes of garbage once much does. The limit by which it could be told otherwise (`--max-old-space-size`)
 *  is read as a process starts and ends one that needs more; by how much a heap may grow is read before each collection. */
import { setFlagsFromString } from 'node:v8';
import { interval, type Subscription } from 'rxjs';

/** Below, V8 decides: what a scorer needs, at the best speed. */
const RESIDENT_MB_FREE = 256;
/** Above, the heap may grow by so much of what lives. */
const GROWTH_PERCENT = 30;
const LOOK_EVERY_MS = 250;
const MIB = 1_048_576;
const NO_GUESS_OF_AGE = '--no-allocation-site-pretenuring';
/** Whoever starts Node with one of these has decided. */
const OWN_LIMIT = /--(?:max-(?:old-space|heap)-size|heap-growing-percent)\b/;
const OWN_GUESS = /--(?:no-)?allocation-site-pretenuring\b/;

export function keepHeapLean(options = [...process.execArgv, process.env.NODE_OPTIONS ?? '']): Subscription {
  const isGiven = (flag: RegExp) => options.some((option) => flag.test(option.replaceAll('_', '-')));
  if (!isGiven(OWN_GUESS)) setFlagsFromString(NO_GUESS_OF_AGE);
  let isLean = false;
  const decided = isGiven(OWN_LIMIT);
  const looks = interval(LOOK_EVERY_MS).subscribe(() => {
    const isLarge = process.memoryUsage.rss() > RESIDENT_MB_FREE * MIB;
    if (isLarge === isLean) return;
    isLean = isLarge;
    setFlagsFromString(`--heap-growing-percent=${isLean ? GROWTH_PERCENT : 0}`); // 0: as V8 decides.
  });
  if (decided) looks.unsubscribe();
  return looks;
}
