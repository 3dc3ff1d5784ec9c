/** Runs one filter over texts: what it finds in each, and how fast it is when warm. */
import type { Clock } from '../../core/clock/clock.port.ts';
import type { JudgedText } from '../../core/relevance/filter/evaluation.ts';
import type { RelevanceFilter } from '../../core/relevance/filter/filter.port.ts';
import type { RelevanceText } from '../../core/relevance/filter/train/corpus.ts';

/** Texts between two looks at the clock. */
const CHUNK_TEXTS = 256;
/** Fewer texts would measure the compiler: a small set is gone through several times, a slow filter no longer than this. */
const TIMED_TEXTS_MIN = 10_000;
const TIMED_MS_MAX = 1_000;
/** Signals and the progress bar get a turn this often. */
const TURN_MS = 50;

/** From text to probability. The first pass warms up and gives the answers; the second is timed. At least one text. */
export async function measureFilter(
  filter: RelevanceFilter,
  texts: readonly RelevanceText[],
  clock: Clock,
  onProgress: (share: number) => void,
): Promise<{ readonly judged: JudgedText[]; readonly textsPerSecond: number }> {
  const judged: JudgedText[] = [];
  let turnMs = clock.monotonicMs();
  const turn = async (share: number) => {
    if (clock.monotonicMs() - turnMs < TURN_MS) return;
    onProgress(share);
    await new Promise((resolve) => setImmediate(resolve));
    turnMs = clock.monotonicMs();
  };
  for (const [index, { text, relevant }] of texts.entries()) {
    judged.push({ relevant, probability: filter.read(text).probability });
    if (index % CHUNK_TEXTS === 0) await turn((index / texts.length) * 0.5);
  }
  let [read, spentMs] = [0, 0];
  while (read < Math.max(texts.length, TIMED_TEXTS_MIN) && spentMs < TIMED_MS_MAX) {
    const from = read % texts.length;
    const chunk = texts.slice(from, from + CHUNK_TEXTS);
    const startMs = clock.monotonicMs();
    for (const { text } of chunk) filter.read(text);
    spentMs += clock.monotonicMs() - startMs;
    read += chunk.length;
    await turn(0.5 + Math.min(spentMs / TIMED_MS_MAX, 1) * 0.5);
  }
  onProgress(1);
  return { judged, textsPerSecond: read / (Math.max(spentMs, Number.EPSILON) / 1_000) };
}
