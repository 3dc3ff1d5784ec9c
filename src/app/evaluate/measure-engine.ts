/** Runs one engine over texts: what it finds in each, and how fast it is when warm. */
import type { Clock } from '../../core/clock/clock.port.ts';
import { normalizeText } from '../../core/message/text.ts';
import type { EngineReading } from '../../core/sentiment/engine.port.ts';
import type { AnyEngine } from '../../core/sentiment/engines.ts';

/** Texts between two looks at the clock; also what an engine that computes elsewhere gets at once. */
const CHUNK_TEXTS = 128;
/** Fewer texts would measure the compiler: a small set is gone through several times. */
const PASS_TEXTS_MIN = 10_000;
/** A timed pass ends here, wherever it is: a slow engine is measured well enough by then. */
const PASS_MS_MAX = 5_000;
const TIMED_PASSES = 3;
/** Signals and the progress bar get a turn this often. */
const TURN_MS = 50;

export interface MeasureOptions {
  readonly clock: Clock;
  /** Called once for each text, in order; `text` is normalized, as the engine read it. */
  readonly onReading: (index: number, text: string, reading: EngineReading) => void;
  /** From 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Texts per second on the way from raw text to probabilities: the median of three passes after one that warms up and
 *  gives the readings. At least one text. */
export async function measureEngine(
  engine: AnyEngine,
  texts: readonly string[],
  { clock, onReading, onProgress }: MeasureOptions,
): Promise<number> {
  const progressOf = (pass: number) => (share: number) => onProgress((pass + share) / (TIMED_PASSES + 1));
  const run = (pass: number, take?: MeasureOptions['onReading']) =>
    runPass(engine, texts, { clock, onProgress: progressOf(pass), ...(take === undefined ? {} : { take }) });
  await run(0, onReading);
  const rates: number[] = [];
  for (let pass = 1; pass <= TIMED_PASSES; pass++) rates.push(await run(pass));
  return rates.sort((a, b) => a - b)[(TIMED_PASSES - 1) / 2] ?? 0;
}

interface PassOptions {
  readonly clock: Clock;
  readonly take?: MeasureOptions['onReading'];
  readonly onProgress: (share: number) => void;
}

/** Texts per second. With `take` every text is read, however long that lasts. */
async function runPass(
  engine: AnyEngine,
  texts: readonly string[],
  { clock, take, onProgress }: PassOptions,
): Promise<number> {
  const wanted = Math.max(texts.length, PASS_TEXTS_MIN);
  let [read, spentMs, turnMs] = [0, 0, 0];
  while (read < wanted && (spentMs < PASS_MS_MAX || (take !== undefined && read < texts.length))) {
    const from = read % texts.length;
    const chunk = texts.slice(from, from + CHUNK_TEXTS);
    const startMs = clock.monotonicMs();
    const normalized = chunk.map((text) => normalizeText(text, 'auto'));
    const readings = await readChunk(engine, normalized);
    const tookMs = clock.monotonicMs() - startMs;
    if (take !== undefined && read < texts.length) {
      for (const [index, reading] of readings.entries()) take(from + index, normalized[index] ?? '', reading);
    }
    read += chunk.length;
    spentMs += tookMs;
    turnMs += tookMs;
    if (turnMs < TURN_MS) continue;
    turnMs = 0;
    onProgress(read / wanted);
    await new Promise((resolve) => setImmediate(resolve));
  }
  onProgress(1);
  return read / (Math.max(spentMs, Number.EPSILON) / 1_000);
}

function readChunk(
  engine: AnyEngine,
  texts: readonly string[],
): readonly EngineReading[] | Promise<readonly EngineReading[]> {
  return engine.kind === 'immediate' ? texts.map((text) => engine.read(text)) : engine.readBatch(texts);
}
