/** What a watcher is put together from, by its pipeline. */
import { NotificationPolicy } from '../notify/policy.ts';
import { Parts } from '../partition/parts.ts';
import { trendConfig } from '../trend/trend.config.ts';
import type { CompiledRule } from './rules.ts';
import type { Tally } from './tally.ts';
import { TrendFeed, type FeedPosition } from './trend-feed.ts';
import type { WatcherPipeline } from './watcher-contract.ts';
import type { WatcherState } from './watcher-state.ts';

export function openPolicy(
  { name, notify, alerts }: WatcherPipeline,
  restored: WatcherState | undefined,
  beganMs: number | undefined,
): NotificationPolicy {
  const rules = alerts.map(({ name: rule, severity, mode, pageBudget }) => ({
    ...{ name: rule, severity, mode, pageBudget },
  }));
  return new NotificationPolicy(name, notify, rules, restored?.policy, beganMs);
}

/** What sums the shards of a split pipeline. */
export function openParts(shards: number, tally: Tally, restored: WatcherState | undefined): Parts {
  const { groups, witness, plan } = tally;
  const specs = plan.whole.series;
  return new Parts({ shards, specs, whole: () => groups.whole, witness }, restored?.parts);
}

/** On when the pipeline asks for them or a rule needs them. */
export function openTrends(
  { name, window, trends }: WatcherPipeline,
  rules: readonly CompiledRule[],
  position: FeedPosition,
): TrendFeed | undefined {
  const config = trends ?? (rules.some(({ kind }) => kind === 'trend') ? trendConfig.parse({}) : undefined);
  return config && new TrendFeed({ name, window, trends: config }, position);
}
