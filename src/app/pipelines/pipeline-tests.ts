/** Runs the `tests:` block of a pipeline file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Alert } from '../../core/alert/alert.ts';
import type { PipelineTestConfig } from '../../core/pipeline/pipeline-test.config.ts';
import { dryRun, type DryRun } from './dry-run.ts';
import type { LoadedPipeline } from './pipeline-files.ts';
import { errorText } from '../../core/errors/error-text.ts';

export interface CaseResult {
  readonly name: string;
  /** What did not come out as expected, a sentence each; empty when the case passed. */
  readonly failures: readonly string[];
}

type Expectation = PipelineTestConfig['expect'];
type Count = NonNullable<Expectation['scored']>;

export async function runPipelineTests({ folder, pipeline }: LoadedPipeline): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const test of pipeline.config.tests) {
    let failures: string[];
    try {
      const run = await dryRun(pipeline, await linesOf(test, folder));
      failures = compare(test.expect, run);
    } catch (error) {
      failures = [errorText(error)];
    }
    results.push({ name: test.name, failures });
  }
  return results;
}

async function linesOf(test: PipelineTestConfig, folder: string): Promise<string[]> {
  if (test.messages) return test.messages.map((message) => JSON.stringify(message));
  const input = join(folder, test.input ?? '');
  const text = await readFile(input, 'utf8').catch((error: unknown) => {
    throw new Error(`input cannot be read: ${errorText(error)}`);
  });
  return text.split('\n').filter((line) => line.trim() !== '');
}

function compare(expected: Expectation, run: DryRun): string[] {
  return [
    ...compareCount('scored', expected.scored, run.scored.length, ''),
    ...compareCount(
      'dropped',
      expected.dropped,
      run.dropped.length,
      tally(run.dropped.map(({ reason }) => reason)),
    ),
    ...compareCount('dead', expected.dead, run.dead.length, tally(run.dead)),
    ...compareById('label', expected.labels, run, (message) => message.sentiment.label),
    ...compareById('routes', expected.routes, run, (message) => message.routes),
    ...(expected.alerts ? compareAlerts(expected.alerts, run.alerts) : []),
  ];
}

function compareCount(what: string, expected: Count | undefined, actual: number, detail: string): string[] {
  if (expected === undefined) return [];
  const { min, max } = typeof expected === 'number' ? { min: expected, max: expected } : expected;
  if (actual >= (min ?? 0) && actual <= (max ?? Number.POSITIVE_INFINITY)) return [];
  const bounds = [
    ...(min === undefined ? [] : [`at least ${min}`]),
    ...(max === undefined ? [] : [`at most ${max}`]),
  ];
  const wanted = typeof expected === 'number' ? expected : bounds.join(' and ');
  return [`${what}: expected ${wanted}, got ${actual}${detail === '' ? '' : ` (${detail})`}`];
}

function compareById<T>(
  what: string,
  expected: Readonly<Record<string, T>> | undefined,
  run: DryRun,
  actualOf: (message: DryRun['scored'][number]) => T | readonly unknown[],
): string[] {
  return Object.entries(expected ?? {}).flatMap(([id, want]) => {
    const message = run.scored.find((scored) => scored.id === id);
    if (!message) {
      const dropped = run.dropped.find((drop) => drop.id === id);
      return [
        `${what} of message '${id}': it was not scored${dropped ? `; dropped: ${dropped.reason}` : ''}`,
      ];
    }
    const got = JSON.stringify(actualOf(message));
    return got === JSON.stringify(want)
      ? []
      : [`${what} of message '${id}': expected ${JSON.stringify(want)}, got ${got}`];
  });
}

function compareAlerts(expected: NonNullable<Expectation['alerts']>, actual: readonly Alert[]): string[] {
  const told = expected.some(({ state }) => state === 'pending' || state === 'inactive')
    ? actual
    : actual.filter(({ state }) => state === 'firing' || state === 'resolved');
  const matches = (want: (typeof expected)[number], alert: Alert | undefined) =>
    alert?.rule === want.rule &&
    alert.state === want.state &&
    Object.entries(want.group ?? {}).every(([key, value]) => alert.group[key] === value);
  const same = expected.length === told.length && expected.every((want, index) => matches(want, told[index]));
  if (same) return [];
  const line = (rule: string, state: string, group: Readonly<Record<string, string>>) =>
    [rule, state, ...Object.entries(group).map(([key, value]) => `${key}=${value}`)].join(' ');
  const wanted = expected.map(({ rule, state, group }) => line(rule, state, group ?? {})).join(', ');
  const got = told.map(({ rule, state, group, at }) => `${line(rule, state, group)} at ${at}`).join(', ');
  return [`alerts: expected [${wanted}], got [${got}]`];
}

function tally(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${reason} ${count}`).join(', ');
}
