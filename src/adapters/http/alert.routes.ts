/** Alerts: list, show, acknowledge. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ALERT_STATES } from '../../core/alert/alert.ts';
import { SEVERITIES } from '../../core/alert/rule.config.ts';
import { COMMAND_LIMITS, commandComment, commandId } from '../../core/notify/command-codec.ts';
import type { AlertFilter, Api, KnownAlert } from './api.ts';
import { readBody } from './body.ts';
import { RequestError } from './errors.ts';
import { flag, oneOf, readQuery } from './query.ts';
import type { Answer, Ask, Route } from './route.ts';
import { acceptedView, alertView } from './views.ts';

const acknowledgeBody = z.strictObject({ id: commandId.optional(), comment: commandComment.optional() });

export function alertRoutes(api: Api): readonly Route[] {
  const acknowledge = async (action: 'acknowledge' | 'unacknowledge', ask: Ask): Promise<Answer> => {
    const { who, id: alertId, nowMs } = ask;
    const { id = randomUUID(), comment } = readBody(acknowledgeBody, ask.body, ['id', 'comment']);
    const { alert } = await findAlert(api, alertId);
    if (alert.state !== 'firing')
      throw new RequestError(409, 'NOT_FIRING', `alert '${alert.id}' is ${alert.state}, not firing`);
    const { pipeline } = alert;
    const command = { id, pipeline, action, alert: alert.id, by: who.name, atMs: nowMs } as const;
    const whole = comment === undefined ? command : { ...command, comment };
    return { status: 202, json: acceptedView(whole, await api.command(whole)) };
  };
  const acknowledgePath = '/api/v1/alerts/:id/acknowledge';
  return [
    {
      ...{ method: 'GET', path: '/api/v1/alerts', access: 'viewer' },
      what: 'alerts; ?pipeline= &rule= &state= &severity= &suppressed=',
      handle({ query }) {
        const { pipelines, rules } = api.known();
        const filter = readQuery(query, {
          pipeline: oneOf(pipelines),
          rule: oneOf(rules),
          state: oneOf(ALERT_STATES),
          severity: oneOf(SEVERITIES),
          suppressed: flag,
        });
        const alerts = api.alerts().filter((known) => passes(known, filter));
        const elsewhere = api.watchedElsewhere();
        const watchedElsewhere = elsewhere.length === 0 ? {} : { watchedElsewhere: elsewhere };
        return { json: { alerts: alerts.map(alertView), ...watchedElsewhere } };
      },
    },
    {
      ...{ method: 'GET', path: '/api/v1/alerts/:id', access: 'viewer' },
      what: 'one alert with its evidence; its id with every / as %2F',
      async handle({ id, query }) {
        readQuery(query, {});
        return { json: alertView(await findAlert(api, id)) };
      },
    },
    {
      ...{ method: 'POST', path: acknowledgePath, access: 'moderator' },
      what: 'says that somebody sees to it; {id?, comment?}',
      handle: (ask) => acknowledge('acknowledge', ask),
    },
    {
      ...{ method: 'DELETE', path: acknowledgePath, access: 'moderator' },
      what: 'takes that back; {id?, comment?}',
      handle: (ask) => acknowledge('unacknowledge', ask),
    },
  ];
}

async function findAlert(api: Api, id: string): Promise<KnownAlert> {
  const { alertCharsMax } = COMMAND_LIMITS;
  const known = id.length <= alertCharsMax ? await api.alert(id) : undefined;
  if (known !== undefined) return known;
  const shown = id.length <= alertCharsMax ? id : `${id.slice(0, alertCharsMax)}…`;
  throw new RequestError(
    404,
    'NO_SUCH_ALERT',
    `no alert '${shown}'; /api/v1/alerts lists what there is, and in a path every / of an id is written %2F`,
  );
}

function passes({ alert, status }: KnownAlert, filter: AlertFilter): boolean {
  const { pipeline, rule, state, severity, suppressed } = filter;
  return (
    (pipeline === undefined || pipeline === alert.pipeline) &&
    (rule === undefined || rule === alert.rule) &&
    (state === undefined || state === alert.state) &&
    (severity === undefined || severity === alert.severity) &&
    (suppressed === undefined || suppressed === (status?.suppressed ?? false))
  );
}
