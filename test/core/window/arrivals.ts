/** Scored messages and pipelines for tests of the watcher. */
import { notifyConfig } from '../../../src/core/notify/notify.config.ts';
import { ruleConfig, type RuleConfig } from '../../../src/core/alert/rule.config.ts';
import type { WatcherPipeline } from '../../../src/core/alert/watcher.ts';
import type { ScoredMessage } from '../../../src/core/message/message.ts';
import type { SentimentLabel } from '../../../src/core/sentiment/engine.port.ts';
import { windowConfig } from '../../../src/core/window/window.config.ts';
import type { Arrival } from '../../../src/core/window/watermark.ts';

/** Midnight, so that panes begin at round times. */
export const START_MS = Date.UTC(2026, 0, 5);

export interface PostOptions {
  readonly label?: SentimentLabel;
  readonly score?: number;
  readonly channel?: string;
  readonly author?: string;
  readonly followers?: number;
  readonly kind?: ScoredMessage['kind'];
  readonly text?: string;
  readonly source?: string;
  readonly version?: string;
  readonly conversation?: string;
}

const SCORES = { negative: -0.8, neutral: 0, positive: 0.8, uncertain: 0.1 };

export function scoredMessage(id: string, time: number, options: PostOptions = {}): ScoredMessage {
  const {
    label = 'negative',
    channel = 'x',
    author,
    followers,
    kind = 'create',
    text = `post ${id}`,
    source = 'test',
    version = '1',
    conversation,
  } = options;
  return {
    id,
    version,
    kind,
    time,
    channel,
    source,
    ...(conversation !== undefined && { conversation }),
    text,
    ...(author !== undefined && { author: { id: author, ...(followers !== undefined && { followers }) } }),
    pipeline: 'p',
    sentiment: {
      label,
      score: options.score ?? SCORES[label],
      probability: { negative: 0, neutral: 1, positive: 0 },
      engine: 'test',
      ...(label === 'uncertain' && { reason: 'no_text' as const }),
    },
    relevance: { matched: [] },
    routes: [],
    arrival: time,
  };
}

/** A message of event time START_MS + `atMs`, stored `delayMs` later. */
export function post(
  sequence: number,
  atMs: number,
  options: PostOptions & { readonly delayMs?: number } = {},
): Arrival {
  const time = START_MS + atMs;
  const message = scoredMessage(String(sequence), time, options);
  return { kind: 'scored', message, sequence, storedAtMs: time + (options.delayMs ?? 0) };
}

export function tick(atMs: number): Arrival {
  return { kind: 'tick', atMs: START_MS + atMs };
}

export function rule(input: object): RuleConfig {
  return ruleConfig.parse({ name: 'surge', when: 'volume >= 3', ...input });
}

export function pipeline(rules: readonly RuleConfig[], window: object = {}): WatcherPipeline {
  const base = { name: 'p', notify: notifyConfig.parse({}) };
  return { ...base, window: windowConfig.parse({ idleAfter: '5s', ...window }), alerts: [...rules] };
}
