/** What texts say: trends, the sentiment of one text with its reasons, and marks. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { LANGUAGE_TAG } from '../../core/language/declared.ts';
import { MESSAGE_LIMITS } from '../../core/message/limits.ts';
import { markRequest, parseMarkRequest } from '../../core/relevance/marks/mark-request.ts';
import type { Api } from './api.ts';
import { badBody, pipelineFor, readBody } from './body.ts';
import { RequestError } from './errors.ts';
import { oneOf, readQuery } from './query.ts';
import type { Route } from './route.ts';

/** A text of `textCharsReadMax` characters, of up to three bytes each, or a whole message. */
const TEXT_BODY_BYTES_MAX = 131_072;

const explainBody = z.strictObject({
  text: z.string().max(MESSAGE_LIMITS.textCharsReadMax),
  pipeline: z.string().optional(),
  lang: z.string().regex(LANGUAGE_TAG, 'must be a language code such as en').optional(),
});

export function textRoutes(api: Api): readonly Route[] {
  return [
    {
      ...{ method: 'GET', path: '/api/v1/trends', access: 'viewer' },
      what: 'the strongest trends now; ?pipeline=',
      handle({ query }) {
        const { pipeline } = readQuery(query, { pipeline: oneOf(api.known().pipelines) });
        const trends = api.trends();
        if (trends === undefined)
          throw new RequestError(501, 'NOT_WATCHED', 'this process does not watch: it has no trends to show');
        const shown = trends.filter((one) => pipeline === undefined || one.pipeline === pipeline);
        return { json: { trends: shown } };
      },
    },
    {
      ...{ method: 'POST', path: '/api/v1/explain', access: 'viewer' },
      what: 'the sentiment of a text, and the words that make it; {text, pipeline?, lang?}',
      bodyBytesMax: TEXT_BODY_BYTES_MAX,
      async handle({ body }) {
        const fields = Object.keys(explainBody.shape);
        const { text, lang, ...asked } = readBody(explainBody, body, fields);
        const pipeline = pipelineFor(asked.pipeline, api.known().pipelines);
        return { json: { pipeline, ...(await api.explain({ text, lang, pipeline })) } };
      },
    },
    {
      ...{ method: 'POST', path: '/api/v1/marks', access: 'moderator' },
      what: 'a word on one message; {pipeline, mark: keep | drop, text | message, comment?, drawn?, id?}',
      bodyBytesMax: TEXT_BODY_BYTES_MAX,
      async handle({ body, who, nowMs }) {
        const parsed = parseMarkRequest(body ?? {}, { id: randomUUID(), nowMs, by: who.name });
        if (!parsed.ok) {
          const allowed = `allowed: ${Object.keys(markRequest.shape).join(', ')}`;
          throw badBody([...parsed.problems, allowed]);
        }
        const { mark } = parsed;
        pipelineFor(mark.pipeline, api.known().pipelines);
        const { duplicate } = await api.mark(mark);
        return { status: 202, json: { ...mark, duplicate } };
      },
    },
  ];
}
