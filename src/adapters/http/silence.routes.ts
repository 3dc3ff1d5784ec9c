/** Silences: list, make, end. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { duration } from '../../core/config/fields.ts';
import type { AlertCommand, Matcher } from '../../core/notify/command.ts';
import { COMMAND_LIMITS, commandComment, commandId } from '../../core/notify/command-codec.ts';
import { compileMatchers, MatcherError, parseMatcher } from '../../core/notify/matcher.ts';
import type { Api } from './api.ts';
import { badBody, pipelineFor, readBody } from './body.ts';
import { RequestError } from './errors.ts';
import { NOT_A_TIME, oneOf, parseTimeMs, readQuery } from './query.ts';
import type { Ask, Route } from './route.ts';
import { acceptedView, silenceView } from './views.ts';

const { matchersMax, matcherCharsMax, silenceMsMax } = COMMAND_LIMITS;

const matcherText = z.string().max(matcherCharsMax);
const matcherObject = z.strictObject({
  label: z.string().max(matcherCharsMax),
  op: z.enum(['=', '!=', '=~', '!~']),
  value: matcherText,
});
const isoTime = z.string().transform((text, ctx) => {
  const timeMs = parseTimeMs(text);
  if (timeMs !== undefined) return timeMs;
  ctx.addIssue({ code: 'custom', message: NOT_A_TIME, input: text });
  return z.NEVER;
});
const MATCHER_SHAPE = 'must be text such as channel=web or rule=~"surge.*", or {label, op, value}';
const silenceBody = z.strictObject({
  id: commandId.optional(),
  pipeline: z.string().optional(),
  matchers: z
    .array(z.union([matcherText, matcherObject], { error: MATCHER_SHAPE }))
    .min(1, 'needs at least one; a silence of everything is not one')
    .max(matchersMax),
  startsAt: isoTime.optional(),
  endsAt: isoTime.optional(),
  for: duration('How long.', { min: '1s', max: '366d' }).optional(),
  comment: commandComment,
});
const FIELDS = Object.keys(silenceBody.shape);
const unsilenceBody = z.strictObject({ id: commandId.optional(), comment: commandComment.optional() });

type SilenceCommand = AlertCommand & { action: 'silence' };

export function silenceRoutes(api: Api): readonly Route[] {
  return [
    {
      ...{ method: 'GET', path: '/api/v1/silences', access: 'viewer' },
      what: 'silences, ended ones for a day; ?pipeline= &state=',
      handle({ query }) {
        const { pipeline, state } = readQuery(query, {
          pipeline: oneOf(api.known().pipelines),
          state: oneOf(['pending', 'active', 'expired']),
        });
        const silences = api
          .silences()
          .filter((one) => pipeline === undefined || one.pipeline === pipeline)
          .filter((one) => state === undefined || one.state === state);
        const elsewhere = api.watchedElsewhere();
        const watchedElsewhere = elsewhere.length === 0 ? {} : { watchedElsewhere: elsewhere };
        return { json: { silences: silences.map(silenceView), ...watchedElsewhere } };
      },
    },
    {
      ...{ method: 'POST', path: '/api/v1/silences', access: 'moderator' },
      what: 'nobody is told of what matches; {matchers, for | endsAt, comment, startsAt?, pipeline?, id?}',
      async handle(ask) {
        const command = readSilence(ask, api.known().pipelines);
        return { status: 202, json: acceptedView(command, await api.command(command)) };
      },
    },
    {
      ...{ method: 'DELETE', path: '/api/v1/silences/:id', access: 'moderator' },
      what: 'ends a silence; {id?, comment?}',
      async handle({ id: silence, body, who, nowMs }) {
        const { id = randomUUID(), comment } = readBody(unsilenceBody, body, ['id', 'comment']);
        const isId = commandId.safeParse(silence).success;
        const pipeline = isId ? await api.pipelineOfSilence(silence) : undefined;
        if (pipeline === undefined)
          throw new RequestError(
            404,
            'NO_SUCH_SILENCE',
            `no silence '${silence.slice(0, COMMAND_LIMITS.idCharsMax)}'; /api/v1/silences lists what there is`,
          );
        const known = api.silences().find((one) => one.id === silence && one.pipeline === pipeline);
        if (known?.state === 'expired')
          throw new RequestError(409, 'ALREADY_ENDED', `silence '${silence}' has ended already`);
        const command = { id, pipeline, action: 'unsilence', silence, by: who.name, atMs: nowMs } as const;
        const whole = comment === undefined ? command : { ...command, comment };
        return { status: 202, json: acceptedView(whole, await api.command(whole)) };
      },
    },
  ];
}

function readSilence({ body, who, nowMs }: Ask, pipelines: readonly string[]): SilenceCommand {
  const asked = readBody(silenceBody, body, FIELDS);
  const { id = randomUUID(), comment, for: forMs } = asked;
  const startsMs = Math.max(asked.startsAt ?? nowMs, nowMs);
  if ((asked.endsAt === undefined) === (forMs === undefined))
    throw badBody(['body: needs one of for (such as 2h) and endsAt']);
  const endsMs = asked.endsAt ?? startsMs + (forMs ?? 0);
  if (endsMs <= startsMs)
    throw badBody([
      `endsAt: ${new Date(endsMs).toISOString()} must be after ${new Date(startsMs).toISOString()}, when it begins`,
    ]);
  if (endsMs - startsMs > silenceMsMax)
    throw badBody([`endsAt: ${new Date(endsMs).toISOString()} is more than 366 days after its beginning`]);
  const matchers = readMatchers(asked.matchers);
  const pipeline = pipelineFor(asked.pipeline, pipelines);
  return {
    ...{ id, pipeline, action: 'silence', by: who.name, atMs: nowMs },
    ...{ matchers, startsMs, endsMs, comment },
  };
}

function readMatchers(given: readonly (string | Matcher)[]): Matcher[] {
  const problems: string[] = [];
  const matchers = given.flatMap((one, at) => {
    try {
      const matcher = typeof one === 'string' ? parseMatcher(one) : one;
      compileMatchers([matcher]);
      return [matcher];
    } catch (error) {
      if (!(error instanceof MatcherError)) throw error;
      problems.push(`matchers[${at}]: ${error.message}`);
      return [];
    }
  });
  if (problems.length > 0) throw badBody(problems);
  return matchers;
}
