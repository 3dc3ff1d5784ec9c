/** What people do about alerts, on its way to the watchers: each command is put on the stream of the audit, whichever process
 *  was asked, and the watcher of its pipeline reads it there. */
import { firstValueFrom, from, throwError, timeout } from 'rxjs';
import type { AuditedCommand, AuditQuery, Page, Receipt, Stored } from '../../adapters/http/api.ts';
import { RequestError } from '../../adapters/http/errors.ts';
import type { Bus, OutboundMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import type { AlertCommand, CommandReport } from '../../core/notify/command.ts';
import { commandMessage, parseCommand, parseReport } from '../../core/notify/command-codec.ts';
import { markMessage, type RelevanceMark } from '../../core/relevance/marks/mark.ts';
import type { StreamPages } from './stream-pages.ts';

/** How long who asks waits for the broker to confirm. */
const CONFIRM_MS_MAX = 5_000;
/** Requests that wait for it at once. */
const UNCONFIRMED_MAX = 256;

export interface CommandsService {
  /** Rejects with a `RequestError` when the broker does not confirm in time; the same id may be sent again then. */
  command(command: AlertCommand): Promise<Receipt>;
  mark(mark: RelevanceMark): Promise<Receipt>;
  /** Who did what. */
  audit(query: AuditQuery): Promise<Page<AuditedCommand>>;
  audited(id: string): Promise<Stored<AuditedCommand> | undefined>;
  /** As the stream remembers it. */
  pipelineOfSilence(id: string): Promise<string | undefined>;
}

export function createCommands(bus: Bus, pages: StreamPages): CommandsService {
  let unconfirmed = 0;
  const publish = async (message: OutboundMessage, id: string): Promise<Receipt> => {
    if (unconfirmed >= UNCONFIRMED_MAX)
      throw new RequestError(503, 'BUSY', `${UNCONFIRMED_MAX} requests wait for the broker already`);
    unconfirmed += 1;
    let isLate = false;
    const confirmed = bus.publish({ ...message, mayBeSent: () => !isLate }).finally(() => {
      unconfirmed -= 1;
    });
    const giveUp = () => {
      isLate = true;
      const problem = `the broker did not confirm within ${CONFIRM_MS_MAX} ms; it may have it all the same: send the same again with id '${id}'`;
      return throwError(() => new RequestError(503, 'UNCONFIRMED', problem));
    };
    const { duplicate } = await firstValueFrom(
      from(confirmed).pipe(timeout({ first: CONFIRM_MS_MAX, with: giveUp })),
    );
    return { duplicate };
  };
  const read = readCommand();
  /** Outcomes stand behind what they are of. */
  const withReports = async (
    commands: readonly Stored<AlertCommand>[],
  ): Promise<Stored<AuditedCommand>[]> => {
    const ids = new Set(commands.map(({ value }) => value.id));
    const first = commands.reduce(
      (least, { sequence }) => Math.min(least, sequence),
      Number.POSITIVE_INFINITY,
    );
    const source = { stream: STREAMS.audit, filterSubject: subjects.outcome('*'), read: readReport(ids) };
    const found = ids.size === 0 ? [] : await pages.since(source, first, 2 * ids.size);
    const reports = new Map(found.map(({ value }) => [value.id, value]));
    return commands.map(({ value, ...stored }) => ({
      ...{ ...stored, value: { command: value, report: reports.get(value.id) } },
    }));
  };
  const newest = async (filterSubject: string, id: string) => {
    const isIt = (command: AlertCommand | undefined) => (command?.id === id ? command : undefined);
    const source = { stream: STREAMS.audit, filterSubject };
    return (await pages.page({ ...source, read: (message) => isIt(read(message)) }, { limit: 1 })).entries;
  };
  return {
    command: (command) => publish(commandMessage(command), command.id),
    mark: (mark) => publish(markMessage(mark), mark.id),
    async audit({ pipeline = '*', action = '*', fromMs = 0, toMs = Number.POSITIVE_INFINITY, ...query }) {
      const filterSubject = subjects.command(pipeline, action);
      const isAsked = (command: AlertCommand | undefined) =>
        command && command.atMs >= fromMs && command.atMs <= toMs ? command : undefined;
      const source = { stream: STREAMS.audit, filterSubject };
      const page = await pages.page({ ...source, read: (message) => isAsked(read(message)) }, query);
      return { ...page, entries: await withReports(page.entries) };
    },
    audited: async (id) => (await withReports(await newest(subjects.command('*', '*'), id)))[0],
    pipelineOfSilence: async (id) => (await newest(subjects.command('*', 'silence'), id))[0]?.value.pipeline,
  };
}

function readReport(ids: ReadonlySet<string>) {
  const decoder = new TextDecoder();
  return ({ data }: { readonly data: Uint8Array }): CommandReport | undefined => {
    const report = parseReport(decoder.decode(data));
    return report && ids.has(report.id) ? report : undefined;
  };
}

/** What is no command is passed over: anyone may publish there. */
function readCommand() {
  const decoder = new TextDecoder();
  return ({ data, subject }: { readonly data: Uint8Array; readonly subject: string }) => {
    const parsed = parseCommand(decoder.decode(data), subject);
    return parsed.ok ? parsed.command : undefined;
  };
}
