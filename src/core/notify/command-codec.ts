/** Commands as the stream holds them: how one is put on the bus, and read from it by the watcher and the audit. */
import { z } from 'zod';
import type { OutboundMessage } from '../bus/bus.port.ts';
import { subjects } from '../bus/subjects.ts';
import { name } from '../config/fields.ts';
import { parseJson } from '../config/issues.ts';
import { TIME_MS_MAX } from '../message/time.ts';
import type { AlertCommand, CommandReport, Matcher } from './command.ts';
import { compileMatchers, MatcherError } from './matcher.ts';

/** Every bound of a command. */
export const COMMAND_LIMITS = {
  idCharsMax: 128,
  alertCharsMax: 512,
  commentCharsMax: 500,
  matchersMax: 20,
  matcherCharsMax: 400,
  /** How long a silence may last. */
  silenceMsMax: 366 * 86_400_000,
} as const;

const { idCharsMax, alertCharsMax, commentCharsMax, matchersMax, matcherCharsMax, silenceMsMax } =
  COMMAND_LIMITS;

/** Of commands and silences: it stands in a URL as it is. */
export const commandId = z
  .string()
  .regex(
    new RegExp(`^[A-Za-z0-9_.-]{1,${idCharsMax}}$`),
    `must be 1 to ${idCharsMax} of A-Z, a-z, 0-9, '_', '.' and '-'`,
  );
export const commandComment = z.string().min(1).max(commentCharsMax);

const matcher = z.strictObject({
  label: z.string().max(64),
  op: z.enum(['=', '!=', '=~', '!~']),
  value: z.string().max(matcherCharsMax),
}) satisfies z.ZodType<Matcher>;

const matchersList = z
  .array(matcher)
  .min(1)
  .max(matchersMax)
  .superRefine((matchers, ctx) => {
    try {
      compileMatchers(matchers);
    } catch (error) {
      if (!(error instanceof MatcherError)) throw error;
      ctx.addIssue({ code: 'custom', message: error.message });
    }
  });

const timeMs = z.int().min(0).max(TIME_MS_MAX);
const base = {
  id: commandId,
  pipeline: name('Whose alerts it is about.'),
  by: z.string().min(1).max(100),
  atMs: timeMs,
};

const commandSchema: z.ZodType<AlertCommand> = z.discriminatedUnion('action', [
  z.strictObject({
    ...base,
    action: z.enum(['acknowledge', 'unacknowledge']),
    alert: z.string().min(1).max(alertCharsMax),
    comment: commandComment.exactOptional(),
  }),
  z
    .strictObject({
      ...base,
      action: z.literal('silence'),
      matchers: matchersList,
      startsMs: timeMs,
      endsMs: timeMs,
      comment: commandComment,
    })
    .superRefine(({ startsMs, endsMs }, ctx) => {
      if (endsMs > startsMs && endsMs - startsMs <= silenceMsMax) return;
      const message = endsMs > startsMs ? 'is more than 366 days after startsMs' : 'must be after startsMs';
      ctx.addIssue({ code: 'custom', path: ['endsMs'], message });
    }),
  z.strictObject({
    ...base,
    action: z.literal('unsilence'),
    silence: commandId,
    comment: commandComment.exactOptional(),
  }),
]);

/** What is put on the bus; its id is the command's, so the same command twice is stored once. */
export function commandMessage(command: AlertCommand): OutboundMessage {
  const { pipeline, action, id } = command;
  return { subject: subjects.command(pipeline, action), data: JSON.stringify(command), id };
}

const reportSchema: z.ZodType<CommandReport> = z.object({
  id: commandId,
  outcome: z.enum(['applied', 'refused']),
  reason: z.string().exactOptional(),
  detail: z.string().exactOptional(),
});

/** On the stream of the audit, behind the command. */
export function reportMessage(
  pipeline: string,
  report: CommandReport,
): OutboundMessage & { readonly id: string } {
  return { subject: subjects.outcome(pipeline), data: JSON.stringify(report), id: `outcome:${report.id}` };
}

/** Undefined for what is none: anyone may publish there. */
export function parseReport(text: string): CommandReport | undefined {
  const parsed = parseJson(text, reportSchema);
  return parsed.ok ? parsed.value : undefined;
}

export type CommandParse =
  | { readonly ok: true; readonly command: AlertCommand }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads what stands on a subject of commands: anyone may publish there. Never throws. */
export function parseCommand(text: string, subject: string): CommandParse {
  const parsed = parseJson(text, commandSchema);
  if (!parsed.ok) return parsed;
  const command = parsed.value;
  if (subject === subjects.command(command.pipeline, command.action)) return { ok: true, command };
  const said = `${command.action} of pipeline '${command.pipeline}'`;
  return { ok: false, problems: [`${said} does not belong on the subject ${subject}`] };
}
