/** The query of /api/v1/alerts. */
import { ALERT_STATES } from '../../core/alert/alert.ts';
import type { AlertState, Severity } from '../../core/alert/alert.ts';
import { SEVERITIES } from '../../core/alert/rule.config.ts';
import type { Refusal } from './access.ts';

export interface AlertFilter {
  readonly pipeline?: string;
  readonly rule?: string;
  readonly state?: AlertState;
  readonly severity?: Severity;
}

/** Names that exist. */
export interface KnownNames {
  readonly pipelines: readonly string[];
  readonly rules: readonly string[];
}

/** The filter, or a refusal that names the parameter, the value and what is allowed. */
export function parseAlertQuery(query: URLSearchParams, known: KnownNames): AlertFilter | Refusal {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    pipeline: known.pipelines,
    rule: known.rules,
    state: ALERT_STATES,
    severity: SEVERITIES,
  };
  const filter: Record<string, string> = {};
  for (const [name, value] of query) {
    const values = Object.hasOwn(allowed, name) ? allowed[name] : undefined;
    if (values === undefined)
      return badQuery(`unknown parameter '${name}'; allowed: ${Object.keys(allowed).join(', ')}`);
    if (filter[name] !== undefined) return badQuery(`parameter '${name}' is given twice`);
    if (!values.includes(value))
      return badQuery(`${name} '${value}' is unknown; allowed: ${values.join(', ') || 'none is configured'}`);
    filter[name] = value;
  }
  return filter;
}

const badQuery = (message: string): Refusal => ({ status: 400, code: 'BAD_QUERY', message });
