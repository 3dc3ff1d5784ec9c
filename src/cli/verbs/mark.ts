import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { AuditFileError, marksOfFile } from '../../app/audit/files.ts';
import { eachPublished, type Published } from '../../app/audit/streams.ts';
import { systemClock } from '../../app/clock.ts';
import { openBus } from '../../app/open-bus.ts';
import type { Bus } from '../../core/bus/bus.port.ts';
import { MARKS, markMessage, type RelevanceMark } from '../../core/relevance/marks/mark.ts';
import { parseMarkRequest } from '../../core/relevance/marks/mark-request.ts';
import { notice, put, UsageError, type ExitCode, type Io } from '../io.ts';
import { addBusFlags, settingsFrom, type SettingsFlags } from '../settings-options.ts';

interface Flags extends SettingsFlags {
  readonly text?: string;
  readonly file?: string;
  readonly by?: string;
  readonly comment?: string;
}

const USAGE =
  'mark: write `mark <pipeline> <message-id> keep|drop`, `mark <pipeline> keep|drop --text TEXT` or `mark <pipeline> --file FILE`';

/** `earshot mark`: exit 1 when the message is not in the streams, or no line of the file is marked. */
export function addMark(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  addBusFlags(
    program
      .command('mark')
      .description("Say of a message that it is relevant or not: the pipeline's filter learns from it.")
      .argument('<pipeline>', 'name of the pipeline')
      .argument('[message-and-mark...]', 'id of the message, as published; then keep or drop')
      .option('--text <text>', 'the text, where no message is meant')
      .option('--file <file>', 'many marks: NDJSON, as `earshot audit --draw` writes it, filled in')
      .option('--by <name>', 'who says so (default: the user of this machine)')
      .option('--comment <text>', 'for people'),
  ).action(async (pipeline: string, words: string[], flags: Flags) => {
    const settings = await settingsFrom(flags, io);
    const asked = whatIsAsked(words, flags);
    if (settings.bus.url === 'memory') {
      throw new UsageError(
        'mark: the embedded bus lives inside another process; give --bus nats://host:4222 or set NATS_URL',
      );
    }
    const { bus } = await openBus(settings, { streams: 'if-missing' });
    try {
      const marks =
        asked.file === undefined
          ? await oneMark(bus, pipeline, asked, flags)
          : await manyMarks(pipeline, asked.file, flags);
      if (marks === undefined) {
        await put(
          io,
          `${pipeline}: the streams hold no message '${asked.message ?? ''}'; give its text with --text\n`,
        );
        finish(1);
        return;
      }
      if (marks.length === 0) {
        notice(io, `mark: no line of ${asked.file ?? ''} says keep or drop: fill in its "mark"`);
        finish(1);
        return;
      }
      for (const mark of marks) await bus.publish(markMessage(mark));
      const count = (word: RelevanceMark['mark']) => marks.filter(({ mark }) => mark === word).length;
      await put(io, `${pipeline}: marked ${count('keep')} keep, ${count('drop')} drop\n`);
      finish(0);
    } finally {
      await bus.close();
    }
  });
}

interface Asked {
  readonly mark?: string;
  readonly message?: string;
  readonly text?: string;
  readonly file?: string;
}

function whatIsAsked(words: readonly string[], { text, file }: Flags): Asked {
  if (file !== undefined) {
    if (words.length > 0 || text !== undefined) throw new UsageError(USAGE);
    return { file };
  }
  const mark = words.at(-1) ?? '';
  if (!MARKS.some((known) => known === mark)) throw new UsageError(`${USAGE}; '${mark}' is neither`);
  const [message] = words;
  if (text !== undefined)
    return words.length === 1
      ? { mark, text }
      : { mark, text, ...(message === undefined ? {} : { message }) };
  if (words.length !== 2 || message === undefined) throw new UsageError(USAGE);
  return { mark, message };
}

/** Undefined when the message is not found. */
async function oneMark(
  bus: Bus,
  pipeline: string,
  { mark, message, text }: Asked,
  { by, comment }: Flags,
): Promise<readonly RelevanceMark[] | undefined> {
  const shown = text === undefined ? await findPublished(bus, pipeline, message ?? '') : message;
  if (text === undefined && shown === undefined) return undefined;
  const said = { pipeline, mark, ...(comment === undefined ? {} : { comment }) };
  const request = {
    ...said,
    ...(text === undefined ? {} : { text }),
    ...(shown === undefined ? {} : { message: shown }),
  };
  const parsed = parseMarkRequest(request, {
    id: randomUUID(),
    nowMs: systemClock.nowMs(),
    by: by ?? userInfo().username,
  });
  if (!parsed.ok) throw new UsageError(`mark: ${parsed.problems.join('; ')}`);
  return [parsed.mark];
}

/** As it was published last. */
async function findPublished(bus: Bus, pipeline: string, id: string): Promise<Published | undefined> {
  let found: Published | undefined;
  await eachPublished(bus, pipeline, (message) => {
    if (message.id === id) found = message;
  });
  return found;
}

/** The same file sent again makes the same marks only where its lines carry ids; the last word on a message counts anyway. */
async function manyMarks(pipeline: string, file: string, { by, comment }: Flags): Promise<RelevanceMark[]> {
  const marks = await marksOfFile(file, pipeline, systemClock.nowMs()).catch((error: unknown) => {
    throw error instanceof AuditFileError ? new UsageError(`mark: ${error.message}`) : error;
  });
  return marks.map((mark) => ({
    ...mark,
    id: mark.id.startsWith('line-') ? randomUUID() : mark.id,
    by: by ?? (mark.by === 'unknown' ? userInfo().username : mark.by),
    ...(comment === undefined ? {} : { comment }),
  }));
}
