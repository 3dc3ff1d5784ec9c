/** From a valid pipeline file to what runs: the query parsed, the conditions compiled, the engine opened. Finds what a
 *  schema cannot: a query or a condition that does not parse, a model that is not there. */
import { compileRules } from '../alert/rules.ts';
import { formatDuration } from '../config/fields.ts';
import type { Problem } from '../config/problem.ts';
import { errorText } from '../errors/error-text.ts';
import { declaredOnly, type IdentifyLanguage } from '../language/identify.ts';
import type { Message } from '../message/message.ts';
import { matcherWarnings } from '../notify/matcher-warnings.ts';
import { splitProblems } from '../partition/split-problems.ts';
import type { KeyedHash } from '../privacy/keyed-hash.port.ts';
import { createRedactor, type Redactor } from '../privacy/redactor.ts';
import type { OpenFilter, RelevanceFilter } from '../relevance/filter/filter.port.ts';
import { speaksOneOf } from '../relevance/languages.ts';
import { parseQuery } from '../relevance/query.parser.ts';
import { QueryError, type Query } from '../relevance/query.ts';
import { queryWarnings } from '../relevance/query.warnings.ts';
import { compileRoutes, type Router } from '../route/routes.ts';
import type { AnyEngine, EngineRegistry } from '../sentiment/engines.ts';
import { AUTO_MODEL } from '../sentiment/sentiment.config.ts';
import type { PipelineConfig } from './pipeline.config.ts';

export interface CompiledPipeline {
  readonly config: PipelineConfig;
  readonly query: Query;
  /** With the lexicon of the pipeline, if it has one. Pipelines that score alike share one. */
  readonly engine: AnyEngine;
  readonly identify: IdentifyLanguage;
  /** Undefined when the pipeline keeps all that its query matches. Pipelines of one model share one. */
  readonly filter: RelevanceFilter | undefined;
  readonly route: Router;
  /** Undefined when the pipeline redacts nothing. */
  readonly redactor: Redactor | undefined;
  /** Whether the message is in a language that the pipeline listens to, or does not say. */
  speaks(message: Pick<Message, 'lang'>): boolean;
}

export type Compilation =
  | { readonly ok: true; readonly pipeline: CompiledPipeline; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compiles everything and reports every problem at once. */
export async function compilePipeline(
  config: PipelineConfig,
  engines: EngineRegistry,
  keyedHash: KeyedHash,
  openFilter: OpenFilter,
): Promise<Compilation> {
  const routes = compileRoutes(config.routes);
  const rules = compileRules(config.alerts);
  const problems = [
    ...under('routes', routes.problems),
    ...under('alerts', rules.problems),
    ...splitProblems(config),
  ];
  let query: Query | undefined;
  try {
    query = parseQuery(config.listen.query);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    problems.push({ path: QUERY_PATH, message: error.message });
  }
  const { sentiment } = config;
  const engine = await engines.open(sentiment).catch((error: unknown) => {
    const path = ['sentiment', sentiment.model === AUTO_MODEL ? 'engine' : 'model'];
    problems.push({ path, message: errorText(error) });
  });
  const { classifier } = config.listen;
  const filter =
    classifier &&
    (await openFilter(classifier.model).catch((error: unknown) => {
      problems.push({ path: ['listen', 'classifier', 'model'], message: errorText(error) });
      return undefined;
    }));
  const redactor = await createRedactor(config.privacy, keyedHash).catch((error: unknown) => {
    problems.push({ path: ['privacy', 'region'], message: errorText(error) });
    return undefined;
  });
  if (!query || !engine || problems.length > 0) return { ok: false, problems };
  const pipeline: CompiledPipeline = {
    config,
    query,
    route: routes.route,
    engine,
    filter,
    redactor,
    identify: sentiment.identify ? await engines.identifier() : declaredOnly,
    speaks: speaksOneOf(config.listen.languages),
  };
  const ofQuery = queryWarnings(query, config.listen.languages).map((message) => ({
    path: QUERY_PATH,
    message,
  }));
  return { ok: true, pipeline, warnings: [...ofQuery, ...spanWarnings(config), ...matcherWarnings(config)] };
}

/** Rules over less than what is counted together. */
function spanWarnings({ alerts, window: { pane } }: PipelineConfig): Problem[] {
  return alerts.flatMap(({ over, trend }, index) =>
    trend === undefined && over < pane
      ? [
          {
            path: ['alerts', index, 'over'],
            message:
              `${formatDuration(over)} is shorter than window.pane, ${formatDuration(pane)}: whole panes are ` +
              `summed, so the condition sees up to ${formatDuration(over + pane)}`,
          },
        ]
      : [],
  );
}

const QUERY_PATH = ['listen', 'query'];

function under(section: string, problems: readonly Problem[]): Problem[] {
  return problems.map(({ path, message }) => ({ path: [section, ...path], message }));
}
