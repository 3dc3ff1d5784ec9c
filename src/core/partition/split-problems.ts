/** What a pipeline cannot have that is split over shards: whatever looks at the texts of several channels together. */
import type { Problem } from '../config/problem.ts';
import type { PipelineConfig } from '../pipeline/pipeline.config.ts';

export function splitProblems({
  watch: { shards },
  alerts,
  trends,
  duplicates,
}: Pick<PipelineConfig, 'watch' | 'alerts' | 'trends' | 'duplicates'>): Problem[] {
  if (shards === 1) return [];
  const why = (what: string) =>
    `${what} looks across channels, which watch.shards: ${shards} spreads over several watchers; leave it out, or set watch.shards: 1`;
  const problems: Problem[] = [];
  if (trends) problems.push({ path: ['trends'], message: why('trends') });
  if (duplicates) problems.push({ path: ['duplicates'], message: why('duplicates') });
  for (const [index, { name, trend }] of alerts.entries())
    if (trend) problems.push({ path: ['alerts', index, 'trend'], message: why(`the trend rule '${name}'`) });
  return problems;
}
