/** A mark: a moderator's word on one message, keep or drop. Published on `earshot.mark.<pipeline>`; the stream that holds
 *  them is what every scorer learns from, and what the audit counts. */
import { z } from 'zod';
import type { OutboundMessage } from '../../bus/bus.port.ts';
import { subjects } from '../../bus/subjects.ts';
import { parseJson } from '../../config/issues.ts';
import { TIME_MS_MAX } from '../../message/time.ts';
import { name } from '../../config/fields.ts';
import { MESSAGE_LIMITS } from '../../message/limits.ts';
import { VERDICTS } from '../verdict.ts';

export const MARKS = ['keep', 'drop'] as const;

const { textCharsMax, idCharsMax } = MESSAGE_LIMITS;
const PRINTABLE = /^[\x21-\x7e]+$/;

/** What a scorer takes; anything else on the subject becomes a dead letter, `bad_mark`. */
export const markSchema = z.strictObject({
  id: z
    .string()
    .max(128)
    .regex(PRINTABLE, 'must be printable ASCII without spaces')
    .describe('Of the mark, made by whoever asks: the same one twice counts once.'),
  pipeline: name('Whose filter it corrects.'),
  mark: z.enum(MARKS).describe('`keep`: relevant; `drop`: not.'),
  by: z.string().min(1).max(100).describe('Who says so.'),
  atMs: z.int().min(0).max(TIME_MS_MAX).describe('When, epoch milliseconds.'),
  text: z
    .string()
    .max(textCharsMax)
    .refine((text) => text.trim() !== '', 'must hold something to learn from')
    .describe('The text of the message, as the pipeline published it.'),
  message: z.string().min(1).max(idCharsMax).optional().describe('Id of the message.'),
  verdict: z.enum(VERDICTS).optional().describe('What the filter had said of it.'),
  reason: z.string().min(1).max(64).optional().describe('Why it was dropped, where it was.'),
  sample: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('Share of such drops that were published: the mark speaks for 1 / sample messages.'),
  drawn: z
    .boolean()
    .optional()
    .describe('The message was drawn at random to be marked: only such marks make an honest audit.'),
  comment: z.string().min(1).max(500).optional().describe('For people.'),
});
export type RelevanceMark = z.output<typeof markSchema>;

/** What is put on the bus. */
export function markMessage(mark: RelevanceMark): OutboundMessage {
  return { subject: subjects.mark(mark.pipeline), data: JSON.stringify(mark), id: `mark:${mark.id}` };
}

export type MarkParse =
  | { readonly ok: true; readonly mark: RelevanceMark }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads what stands on the subject of a pipeline. Never throws. */
export function parseMark(text: string, subject: string): MarkParse {
  const parsed = parseJson(text, markSchema);
  if (!parsed.ok) return parsed;
  const mark = parsed.value;
  if (subject === subjects.mark(mark.pipeline)) return { ok: true, mark };
  return { ok: false, problems: [`pipeline '${mark.pipeline}' is not that of the subject ${subject}`] };
}
