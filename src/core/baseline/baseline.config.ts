import { z } from 'zod';
import { duration } from '../config/fields.ts';

export const SERIES_KINDS = ['count', 'share', 'value'] as const;
export type SeriesKind = (typeof SERIES_KINDS)[number];

export const SENSITIVITIES = ['strict', 'balanced', 'sensitive'] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** Alarms a series without any event is expected to raise in a week, in all windows together. Measured on years of synthetic
 *  traffic (constant, daily and weekly rhythm, growth, dispersion 0 to 5, autocorrelated, gaps) the real number stays below; only
 *  hourly counts of dispersion 5 come near it. */
export const ALARMS_PER_WEEK: Readonly<Record<Sensitivity, number>> = {
  strict: 0.1,
  balanced: 0.5,
  sensitive: 2,
};

/** A score says how rare: 1 / (1 + λ), where λ is how many alarms a week a threshold at this value would raise. */
export function scoreOf(alarmsPerWeek: number): number {
  return 1 / (1 + alarmsPerWeek);
}

/** An observation alarms when its score is at least this: strict 0.91, balanced 0.67, sensitive 0.33. */
export function scoreMin(sensitivity: Sensitivity): number {
  return scoreOf(ALARMS_PER_WEEK[sensitivity]);
}

export const baselineConfig = z
  .strictObject({
    kind: z
      .enum(SERIES_KINDS)
      .default('count')
      .describe(
        'What the series is: `count` (volume, authors), `share` (0 to 1, such as negativeShare), `value` (any real ' +
          'number, such as netSentiment or a response time).',
      ),
    pane: duration('How much time one observation covers.', { min: '1s', max: '31d' }).prefault('1m'),
    sensitivity: z
      .enum(SENSITIVITIES)
      .default('balanced')
      .describe(
        'False alarms a week to expect at most, per series: `strict` 0.1, `balanced` 0.5, `sensitive` 2.',
      ),
  })
  .prefault({});
export type BaselineConfig = z.output<typeof baselineConfig>;
