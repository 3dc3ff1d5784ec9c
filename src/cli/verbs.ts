/** The verbs, in the order that help shows them. Each is loaded when it is asked for: `earshot score` needs no web server,
 *  and loading everything costs 0.2 s and 40 MB. */
import type { AddVerb } from './verb.ts';

const VERBS: Readonly<Record<string, () => Promise<AddVerb>>> = {
  run: async () => (await import('./verbs/run.ts')).addRun,
  start: async () => (await import('./verbs/start.ts')).addStart,
  check: async () => (await import('./verbs/check.ts')).addCheck,
  test: async () => (await import('./verbs/test.ts')).addTest,
  score: async () => (await import('./verbs/score.ts')).addScore,
  redact: async () => (await import('./verbs/redact.ts')).addRedact,
  replay: async () => (await import('./verbs/replay.ts')).addReplay,
  backtest: async () => (await import('./verbs/backtest.ts')).addBacktest,
  tail: async () => (await import('./verbs/tail.ts')).addTail,
  alerts: async () => (await import('./verbs/alerts.ts')).addAlerts,
  mark: async () => (await import('./verbs/mark.ts')).addMark,
  audit: async () => (await import('./verbs/audit.ts')).addAudit,
  train: async () => (await import('./verbs/train.ts')).addTrain,
  evaluate: async () => (await import('./verbs/evaluate.ts')).addEvaluate,
  detect: async () => (await import('./verbs/detect.ts')).addDetect,
  clusters: async () => (await import('./verbs/clusters.ts')).addClusters,
  trends: async () => (await import('./verbs/trends.ts')).addTrends,
  docs: async () => (await import('./verbs/docs.ts')).addDocs,
};

/** The verb a command line begins with; all of them when it begins with none, for help and for the message that names what
 *  there is. */
export async function loadVerbs([verb = '']: readonly string[]): Promise<AddVerb[]> {
  const load = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  return load === undefined ? Promise.all(Object.values(VERBS).map((each) => each())) : [await load()];
}
