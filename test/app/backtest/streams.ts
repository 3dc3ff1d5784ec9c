/** Scored messages and pipelines for tests of backtests. */
import type { BacktestSource, SourceItem } from '../../../src/app/backtest/source.port.ts';
import { scoredMessage, START_MS, type PostOptions } from '../../core/window/arrivals.ts';
import { pipelineOf } from '../../support/pipelines.ts';

export { START_MS };
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Rules that fire where posts are, and forget them after a minute or two. */
export const rulesOf = (...alerts: readonly object[]) =>
  pipelineOf({
    name: 'p',
    window: { pane: '10s', idleAfter: '5s' },
    alerts: alerts.map((rule, at) => ({ name: `rule-${at + 1}`, over: '1m', ...rule })),
  });

export interface PostSpec extends PostOptions {
  readonly atMs: number;
  readonly delayMs?: number;
}

/** In order of storage, with sequences from 1. */
export function itemsOf(specs: readonly PostSpec[]): (SourceItem & { kind: 'scored' })[] {
  return specs
    .map(({ atMs, delayMs = 0, ...options }, index) => ({
      kind: 'scored' as const,
      message: scoredMessage(String(index), START_MS + atMs, options),
      storedAtMs: START_MS + atMs + delayMs,
    }))
    .sort((left, right) => left.storedAtMs - right.storedAtMs)
    .map((item, index) => ({ ...item, sequence: index + 1 }));
}

/** So many posts within a second. */
export function burst(atMs: number, count: number, options: PostOptions = {}): PostSpec[] {
  return Array.from({ length: count }, (_, at) => ({ ...options, atMs: atMs + at, author: `a${at}` }));
}

export function sourceOf(items: readonly SourceItem[], endMs?: number): BacktestSource {
  return {
    description: 'a test',
    ...(endMs !== undefined && { endMs }),
    async read(take) {
      for (let at = 0; at < items.length; at += 100)
        await take({ items: items.slice(at, at + 100), skipped: {}, share: at / items.length });
    },
  };
}
