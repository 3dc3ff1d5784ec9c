/** Engines that answer as a test says. */
import type { Clock } from '../../../src/core/clock/clock.port.ts';
import type { BatchEngine, EngineReading, SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';

/** Time stands still until a test moves it. */
export function manualClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}

/** `score` from -1 to 1; the rest is neutral. */
function reading(score: number): EngineReading {
  const [negative, positive] = [Math.max(0, -score), Math.max(0, score)];
  return { probability: { negative, neutral: 1 - negative - positive, positive } };
}

export function fakeEngine(name: string, score: (text: string) => number): SentimentEngine {
  return { kind: 'immediate', name, languages: new Set(['en']), read: (text) => reading(score(text)) };
}

export function fakeBatchEngine(
  name: string,
  scores: (texts: readonly string[]) => readonly number[],
): BatchEngine {
  return {
    kind: 'batch',
    name,
    languages: new Set(['en']),
    readBatch: async (texts) => (await Promise.resolve(scores(texts))).map(reading),
  };
}
