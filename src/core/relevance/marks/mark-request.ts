/** What people send to make a mark, and the mark that comes of it. Pure: who asks adds the id, the name and the time. */
import { z } from 'zod';
import { MESSAGE_LIMITS } from '../../message/limits.ts';
import { normalizeText } from '../../message/text.ts';
import { describeIssues } from '../../config/issues.ts';
import { markSchema, type MarkParse, type RelevanceMark } from './mark.ts';

/** A message as a pipeline published it, scored or dropped: what a mark takes over from it. Other fields are passed over. */
const publishedMessage = z.looseObject({
  id: z.string().optional(),
  text: z.string(),
  relevance: z.looseObject({ verdict: z.enum(['keep', 'review']).optional() }).optional(),
  dropped: z.looseObject({ reason: z.string(), sample: z.number().gt(0).max(1).optional() }).optional(),
});

/** Body of `POST /api/v1/marks`: what was marked, as `text` or as the whole `message` that was shown, and the word on it. */
export const markRequest = z
  .strictObject({
    ...markSchema.pick({ pipeline: true, mark: true, comment: true, drawn: true }).shape,
    id: markSchema.shape.id.optional().describe('A second request of the same id is the same mark.'),
    by: markSchema.shape.by.optional().describe('Who; the name of the token goes before it.'),
    text: z
      .string()
      .max(MESSAGE_LIMITS.textCharsReadMax)
      .optional()
      .describe('The text, where no message is given.'),
    message: z
      .union([z.string().min(1).max(MESSAGE_LIMITS.idCharsMax), publishedMessage])
      .optional()
      .describe('The message as it was published, or its id beside `text`.'),
  })
  .refine(({ text, message }) => (text === undefined) === (typeof message === 'object'), {
    message: 'needs text, or message as it was published, and not both',
  });

export interface MarkContext {
  /** For a request that names none. */
  readonly id: string;
  readonly nowMs: number;
  /** Who asks, where that is known; goes before what the request says. */
  readonly by?: string | undefined;
}

/** Never throws. `markMessage` makes of the mark what is published. */
export function parseMarkRequest(body: unknown, { id, nowMs, by }: MarkContext): MarkParse {
  const request = markRequest.safeParse(body);
  if (!request.success) return { ok: false, problems: describeIssues(request.error) };
  const { message, text, ...asked } = request.data;
  const parsed = markSchema.safeParse({
    ...asked,
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof message === 'object' ? takenFrom(message) : { text: normalizeText(text ?? '', 'auto') }),
    id: asked.id ?? id,
    by: by ?? asked.by ?? 'unknown',
    atMs: nowMs,
  });
  return parsed.success
    ? { ok: true, mark: parsed.data }
    : { ok: false, problems: describeIssues(parsed.error) };
}

type PublishedMessage = z.output<typeof publishedMessage>;

/** What is needed to learn from a message, and to count it in an audit. */
export function takenFrom({ id, text, relevance, dropped }: PublishedMessage): Partial<RelevanceMark> {
  return {
    text,
    ...(id === undefined ? {} : { message: id }),
    ...(dropped === undefined
      ? { verdict: relevance?.verdict ?? 'keep' }
      : { verdict: 'drop', reason: dropped.reason, sample: dropped.sample ?? 1 }),
  };
}

/** A message as it was published, or undefined when it is none. */
export function readPublished(value: unknown): PublishedMessage | undefined {
  const parsed = publishedMessage.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
