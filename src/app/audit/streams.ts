/** Reads what a stream holds now, to its end. */
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjectMatches, subjects } from '../../core/bus/subjects.ts';
import { linesOf } from '../../core/message/scored-batch.ts';
import { parseMark, type RelevanceMark } from '../../core/relevance/marks/mark.ts';
import { readPublished } from '../../core/relevance/marks/mark-request.ts';

/** Marks that one audit counts; the newest. */
export const MARKS_READ_MAX = 100_000;

export type Published = NonNullable<ReturnType<typeof readPublished>>;

/** Every message of the stream whose subject fits one of the patterns, oldest first. The whole stream is read: so that its
 *  last sequence is surely met, whoever wrote last. */
async function readToEnd(
  bus: Bus,
  stream: string,
  patterns: readonly string[],
  take: (stored: StoredMessage) => void,
): Promise<void> {
  const { messages, lastSequence } = await bus.streamState(stream);
  if (messages === 0) return;
  let reachEnd: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    reachEnd = resolve;
  });
  const reader = bus.read({ stream, from: { sequence: 1 } }, (batch) => {
    for (const stored of batch)
      if (patterns.some((pattern) => subjectMatches(pattern, stored.subject))) take(stored);
    const last = batch.at(-1);
    if (last && last.sequence >= lastSequence) reachEnd();
  });
  try {
    await Promise.race([end, reader.caughtUp, reader.done]);
  } finally {
    await reader.stop();
  }
}

/** Oldest first. */
export async function marksIn(bus: Bus, pipeline: string): Promise<RelevanceMark[]> {
  const decoder = new TextDecoder();
  const marks: RelevanceMark[] = [];
  await readToEnd(bus, STREAMS.audit, [subjects.mark(pipeline)], ({ data, subject }) => {
    const parsed = parseMark(decoder.decode(data), subject);
    if (!parsed.ok) return;
    marks.push(parsed.mark);
    if (marks.length > MARKS_READ_MAX) marks.shift();
  });
  return marks;
}

/** What the streams still hold of a pipeline: first the messages it dropped, then those it kept. What is no message is
 *  passed over. */
export async function eachPublished(
  bus: Bus,
  pipeline: string,
  see: (message: Published) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  const take = ({ data, subject }: StoredMessage) => {
    for (const line of linesOf(subject, decoder.decode(data))) {
      const message = readPublished(jsonOf(line));
      if (message !== undefined) see(message);
    }
  };
  await readToEnd(bus, STREAMS.dropped, [subjects.dropped(pipeline, '*')], take);
  await readToEnd(bus, STREAMS.scored, [subjects.scoredOf(pipeline)], take);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
