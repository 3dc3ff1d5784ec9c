/** From a valid pipeline file to what runs: the query parsed, the conditions compiled, the engine chosen. Finds what a
 *  schema cannot: a query or a condition that does not parse. */
import { compileRules } from '../alert/rules.ts';
import type { Problem } from '../config/problem.ts';
import type { Message } from '../message/message.ts';
import { speaksOneOf } from '../relevance/languages.ts';
import { parseQuery } from '../relevance/query.parser.ts';
import { QueryError, type Query } from '../relevance/query.ts';
import { queryWarnings } from '../relevance/query.warnings.ts';
import { compileRoutes, type Router } from '../route/routes.ts';
import { createEngine } from '../sentiment/engines.ts';
import type { SentimentEngine } from '../sentiment/engine.port.ts';
import type { PipelineConfig } from './pipeline.config.ts';

export interface CompiledPipeline {
  readonly config: PipelineConfig;
  readonly query: Query;
  readonly engine: SentimentEngine;
  readonly route: Router;
  /** Whether the message is in a language that the pipeline listens to, or does not say. */
  speaks(message: Pick<Message, 'lang'>): boolean;
}

export type Compilation =
  | { readonly ok: true; readonly pipeline: CompiledPipeline; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compiles everything and reports every problem at once. */
export async function compilePipeline(config: PipelineConfig): Promise<Compilation> {
  const routes = compileRoutes(config.routes);
  const rules = compileRules(config.alerts);
  const problems = [...under('routes', routes.problems), ...under('alerts', rules.problems)];
  let query: Query | undefined;
  try {
    query = parseQuery(config.listen.query);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    problems.push({ path: QUERY_PATH, message: error.message });
  }
  if (!query || problems.length > 0) return { ok: false, problems };
  const pipeline: CompiledPipeline = {
    config,
    query,
    route: routes.route,
    engine: await createEngine(config.sentiment.engine),
    speaks: speaksOneOf(config.listen.languages),
  };
  const warnings = queryWarnings(query).map((message) => ({ path: QUERY_PATH, message }));
  return { ok: true, pipeline, warnings };
}

const QUERY_PATH = ['listen', 'query'];

function under(section: string, problems: readonly Problem[]): Problem[] {
  return problems.map(({ path, message }) => ({ path: [section, ...path], message }));
}
