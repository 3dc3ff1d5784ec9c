/** Field types that several component schemas share. */
import { z } from 'zod';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(?:\d{1,9}(?:ms|s|m|h|d)){1,5}$/;

/** `1h30m` to milliseconds, or undefined when it is not a duration. */
export function parseDurationMs(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g))
    totalMs += Number(amount) * (UNIT_MS[unit ?? ''] ?? 0);
  return totalMs;
}

/** Milliseconds as a person writes them: `90000` to `1m30s`. */
export function formatDuration(ms: number): string {
  let rest = Math.round(ms);
  if (rest === 0) return '0ms';
  let out = '';
  for (const [unit, unitMs] of Object.entries(UNIT_MS).sort(([, a], [, b]) => b - a)) {
    if (rest < unitMs) continue;
    out += `${Math.floor(rest / unitMs)}${unit}`;
    rest %= unitMs;
  }
  return out;
}

const NOT_A_DURATION = 'not a duration; write 500ms, 10s, 1m, 1h30m or 7d';

/** A span of time written `500ms`, `10s`, `1m`, `1h30m`, `7d`; milliseconds once parsed. */
export function duration(
  description: string,
  { min = '0s', max = '31d' }: { min?: string; max?: string } = {},
) {
  const minMs = parseDurationMs(min) ?? 0;
  const maxMs = parseDurationMs(max) ?? Number.POSITIVE_INFINITY;
  return z
    .string(NOT_A_DURATION)
    .meta({ description: `${description} A duration such as 500ms, 10s, 1m, 1h30m, 7d; ${min} to ${max}.` })
    .transform((text, ctx) => {
      const ms = parseDurationMs(text);
      if (ms === undefined) {
        ctx.addIssue({ code: 'custom', message: NOT_A_DURATION, input: text });
        return z.NEVER;
      }
      if (ms < minMs || ms > maxMs) {
        ctx.addIssue({ code: 'custom', message: `must be between ${min} and ${max}`, input: text });
        return z.NEVER;
      }
      return ms;
    });
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** A name that is also a subject token and a metric label. */
export function name(description: string) {
  return z
    .string()
    .regex(NAME, 'must be 1 to 63 of a-z, 0-9, _ and -, and begin with a letter or digit')
    .describe(description);
}
