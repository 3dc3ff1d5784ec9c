/** What was: the transitions of alerts, who was told of them and why not, and who did what. */
import { COMMAND_ACTIONS } from '../../core/notify/command.ts';
import { COMMAND_LIMITS, commandId } from '../../core/notify/command-codec.ts';
import type { Api, HistoryQuery, PageQuery } from './api.ts';
import { RequestError } from './errors.ts';
import { alertId, oneOf, readQuery, time, wholeNumber } from './query.ts';
import type { Route } from './route.ts';
import { auditView, decisionView, transitionView } from './views.ts';

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 500;

const page = {
  from: time,
  to: time,
  limit: wholeNumber(1, LIMIT_MAX),
  before: wholeNumber(1, Number.MAX_SAFE_INTEGER),
};

export function recordRoutes(api: Api): readonly Route[] {
  return [
    {
      ...{ method: 'GET', path: '/api/v1/history', access: 'viewer' },
      what: 'transitions of alerts, newest first; ?pipeline= &rule= &alert= &from= &to= &limit= &before=',
      async handle({ query }) {
        const { entries, next = null } = await api.history(historyQuery(query, api));
        return { json: { transitions: entries.map(transitionView), next } };
      },
    },
    {
      ...{ method: 'GET', path: '/api/v1/decisions', access: 'viewer' },
      what: 'why people were told of alerts, or were not, newest first; parameters as of the history',
      async handle({ query }) {
        const { entries, next = null } = await api.decisions(historyQuery(query, api));
        return { json: { decisions: entries.map(decisionView), next } };
      },
    },
    {
      ...{ method: 'GET', path: '/api/v1/audit', access: 'viewer' },
      what: 'who did what, newest first; ?pipeline= &action= &from= &to= &limit= &before=',
      async handle({ query }) {
        const parameters = {
          pipeline: oneOf(api.known().pipelines),
          action: oneOf(COMMAND_ACTIONS),
          ...page,
        };
        const { pipeline, action, ...rest } = readQuery(query, parameters);
        const { entries, next = null } = await api.audit({
          ...pageOf(rest),
          ...(pipeline !== undefined && { pipeline }),
          ...(action !== undefined && { action }),
        });
        return { json: { commands: entries.map(auditView), next } };
      },
    },
    {
      ...{ method: 'GET', path: '/api/v1/commands/:id', access: 'viewer' },
      what: 'what became of one of them: applied, refused and why, or null so far',
      async handle({ id, query }) {
        readQuery(query, {});
        const known = commandId.safeParse(id).success ? await api.audited(id) : undefined;
        if (known !== undefined) return { json: auditView(known) };
        const shown = id.slice(0, COMMAND_LIMITS.idCharsMax);
        throw new RequestError(
          404,
          'NO_SUCH_COMMAND',
          `no command '${shown}'; /api/v1/audit lists what there is`,
        );
      },
    },
  ];
}

function historyQuery(query: URLSearchParams, api: Api): HistoryQuery {
  const { pipelines, rules } = api.known();
  const parameters = { pipeline: oneOf(pipelines), rule: oneOf(rules), alert: alertId, ...page };
  const { pipeline, rule, alert, ...rest } = readQuery(query, parameters);
  return {
    ...pageOf(rest),
    ...(pipeline !== undefined && { pipeline }),
    ...(rule !== undefined && { rule }),
    ...(alert !== undefined && { alert }),
  };
}

interface GivenPage {
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly before?: number;
}

function pageOf({ from, to, limit = LIMIT_DEFAULT, before }: GivenPage): PageQuery {
  if (from !== undefined && to !== undefined && from > to) {
    const said = `from ${new Date(from).toISOString()} is after to ${new Date(to).toISOString()}`;
    throw new RequestError(400, 'BAD_QUERY', said);
  }
  return {
    limit,
    ...(from !== undefined && { fromMs: from }),
    ...(to !== undefined && { toMs: to }),
    ...(before !== undefined && { before }),
  };
}
