/** The streams of the contract with their declared limits. */
import type { StreamSpec } from './bus.port.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MIB = 1_048_576;

export const STREAMS = {
  in: 'EARSHOT_IN',
  scored: 'EARSHOT_SCORED',
  route: 'EARSHOT_ROUTE',
  dropped: 'EARSHOT_DROPPED',
  events: 'EARSHOT_EVENTS',
  dead: 'EARSHOT_DEAD',
  audit: 'EARSHOT_AUDIT',
  parts: 'EARSHOT_PARTS',
} as const;

/** Commands and marks are kept longer than messages: they are the record of who did what, and what marks taught a filter is
 *  held nowhere else. */
const AUDIT_AGE_MS_MAX = 365 * DAY_MS;

/** All streams; `bytesMax` is what each may hold before its oldest messages give way, scaled from `storeBytesMax`. */
export function streamSpecs({
  storeBytesMax = 3 * 1024 * MIB,
  ageMsMax = 7 * DAY_MS,
  auditAgeMsMax = AUDIT_AGE_MS_MAX,
  duplicateWindowMs = 2 * MINUTE_MS,
} = {}): StreamSpec[] {
  const spec = (
    name: string,
    subjectList: readonly string[],
    share: number,
    keptMsMax = ageMsMax,
  ): StreamSpec => ({
    name,
    subjects: subjectList,
    ageMsMax: keptMsMax,
    bytesMax: Math.max(MIB, Math.floor(storeBytesMax * share)),
    messageBytesMax: MIB,
    duplicateWindowMs: Math.min(duplicateWindowMs, keptMsMax),
  });
  return [
    spec(STREAMS.in, ['earshot.in.>'], 0.34),
    spec(STREAMS.scored, ['earshot.scored.>'], 0.3),
    spec(STREAMS.route, ['earshot.route.>'], 0.1),
    spec(STREAMS.dropped, ['earshot.dropped.>'], 0.08),
    spec(
      STREAMS.events,
      ['earshot.alert.>', 'earshot.decision.>', 'earshot.notify.>', 'earshot.trend.>'],
      0.06,
    ),
    spec(STREAMS.dead, ['earshot.dead.>'], 0.08),
    spec(STREAMS.audit, ['earshot.command.>', 'earshot.outcome.>', 'earshot.mark.>'], 0.02, auditAgeMsMax),
    spec(STREAMS.parts, ['earshot.part.>'], 0.02),
  ];
}

/** The stream that holds a subject or a pattern of subjects; undefined when none does. */
export function streamOf(subject: string): string | undefined {
  const [root, kind] = subject.split('.');
  if (root !== 'earshot') return undefined;
  return streamSpecs().find(({ subjects }) => subjects.some((pattern) => pattern.split('.')[1] === kind))
    ?.name;
}
