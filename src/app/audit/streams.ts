/** What streams hold of marks and of messages to be marked. */
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import { linesOf } from '../../core/message/scored-batch.ts';
import { parseMark, type RelevanceMark } from '../../core/relevance/marks/mark.ts';
import { readPublished } from '../../core/relevance/marks/mark-request.ts';
import { readStored } from '../services/read-stored.ts';

/** Marks that one audit counts; the newest. */
export const MARKS_READ_MAX = 100_000;

export type Published = NonNullable<ReturnType<typeof readPublished>>;

/** Every message of the stream on subjects of this pattern, oldest first. */
function readAll(
  bus: Bus,
  stream: string,
  filterSubject: string,
  take: (stored: StoredMessage) => void,
): Promise<void> {
  return readStored(bus, { stream, filterSubject, from: { sequence: 1 } }, (batch) => batch.forEach(take));
}

/** Oldest first. */
export async function marksIn(bus: Bus, pipeline: string): Promise<RelevanceMark[]> {
  const decoder = new TextDecoder();
  const marks: RelevanceMark[] = [];
  await readAll(bus, STREAMS.audit, subjects.mark(pipeline), ({ data, subject }) => {
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
  await readAll(bus, STREAMS.dropped, subjects.dropped(pipeline, '*'), take);
  await readAll(bus, STREAMS.scored, subjects.scoredOf(pipeline), take);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
