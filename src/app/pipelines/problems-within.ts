/** What is wrong in the query and the conditions of a file that its schema refuses elsewhere: told with the rest, not after it. */
import { z } from 'zod';
import { compileRules } from '../../core/alert/rules.ts';
import { ruleConfig } from '../../core/alert/rule.config.ts';
import type { Problem } from '../../core/config/problem.ts';
import { parseQuery } from '../../core/relevance/query.parser.ts';
import { QueryError } from '../../core/relevance/query.ts';
import { routeConfig } from '../../core/route/route.config.ts';
import { compileRoutes } from '../../core/route/routes.ts';

const listening = z.object({ listen: z.object({ query: z.string() }) });

/** Of the parts of `value` that are of the right shape by themselves. */
export function problemsWithin(value: unknown): Problem[] {
  return [
    ...ofQuery(value),
    ...ofEntries(value, 'routes', routeConfig, (route) => compileRoutes([route]).problems),
    ...ofEntries(value, 'alerts', ruleConfig, (rule) => compileRules([rule]).problems),
  ];
}

function ofQuery(value: unknown): Problem[] {
  const found = listening.safeParse(value);
  if (!found.success) return [];
  try {
    parseQuery(found.data.listen.query);
    return [];
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return [{ path: ['listen', 'query'], message: error.message }];
  }
}

/** `compile`: the problems of an entry, their paths beginning with its place in a list of it alone. */
function ofEntries<T>(
  value: unknown,
  section: 'routes' | 'alerts',
  schema: z.ZodType<T>,
  compile: (entry: T) => readonly Problem[],
): Problem[] {
  const found = z.object({ [section]: z.array(z.unknown()) }).safeParse(value);
  return (found.data?.[section] ?? []).flatMap((written, index) => {
    const entry = schema.safeParse(written);
    if (!entry.success) return [];
    return compile(entry.data).map(({ path, message }) => ({
      path: [section, index, ...path.slice(1)],
      message,
    }));
  });
}
