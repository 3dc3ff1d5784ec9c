import { Option, type Command } from 'commander';
import { systemClock } from '../../app/clock.ts';
import { ALERT_STATES } from '../../core/alert/alert.ts';
import { SEVERITIES } from '../../core/alert/rule.config.ts';
import { parseDurationMs } from '../../core/config/fields.ts';
import { COMMAND_ACTIONS } from '../../core/notify/command.ts';
import { MatcherError, parseMatcher } from '../../core/notify/matcher.ts';
import {
  formatAlert,
  formatAlerts,
  formatAudit,
  formatSilences,
  type ShownAlert,
  type ShownCommand,
  type ShownSilence,
} from '../alert-tables.ts';
import { addApiFlags, ApiError, openApi, type ApiClient, type ApiFlags } from '../api-client.ts';
import {
  addWaitFlags,
  askFor,
  exitCodeOf,
  formatAsked,
  type Asked,
  type WaitFlags,
} from '../command-outcome.ts';
import { formatHistory, readHistory, type ShownPage } from '../alert-history.ts';
import { notice, printable, put, putJson, UsageError, type ExitCode, type Io } from '../io.ts';

interface Flags extends ApiFlags, WaitFlags {
  readonly id?: string;
  readonly comment?: string;
  readonly pipeline?: string;
  readonly rule?: string;
  readonly state?: string;
  readonly severity?: string;
  readonly action?: string;
  readonly alert?: string;
  readonly suppressed?: boolean;
  readonly active?: boolean;
  readonly for?: string;
  readonly until?: string;
  readonly starts?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
}

interface Elsewhere {
  readonly watchedElsewhere?: readonly string[];
}

/** Asks, and shows the answer with `format`, or as it is. */
type Run = <T>(
  flags: Flags,
  ask: (api: ApiClient) => Promise<T>,
  format: (answer: T) => string,
  exitCode?: (answer: T) => ExitCode,
) => Promise<void>;

/** `earshot alerts`: exit 1 when there is no such alert or silence, it has ended, or what was asked for is refused; 2 when the API
 *  cannot be asked or refuses, or nobody has come to what was asked for. */
export function addAlerts(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  const alerts = program
    .command('alerts')
    .description('See alerts, acknowledge and silence them, on a running Earshot.');
  const run: Run = async (flags, ask, format, exitCode = () => 0) => {
    try {
      const answer = await ask(await openApi(flags, io));
      if (flags.json === true) await putJson(io, answer);
      else await put(io, format(answer));
      sayElsewhere(answer as Elsewhere, io);
      sayMore(answer as Partial<ShownPage>, io);
      finish(exitCode(answer));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notice(io, `earshot: ${printable(error.message)}`);
      finish(error.exitCode);
    }
  };
  addReading(alerts, run);
  addAcknowledging(alerts, run);
  addSilencing(alerts, run);
  addRecords(alerts, run);
}

function addReading(alerts: Command, run: Run): void {
  const list = alerts.command('list').description('Alerts that are pending, firing or have lately resolved.');
  addApiFlags(addRuleFlags(list))
    .addOption(new Option('--state <state>', 'only in this state').choices(ALERT_STATES))
    .addOption(new Option('--severity <severity>', 'only of this severity').choices(SEVERITIES))
    .option(
      '--suppressed',
      'only those held back: stale, shadow, silenced, inhibited, acknowledged, muted, kept for the digest',
    )
    .addOption(new Option('--active', 'only those that are not').conflicts('suppressed'))
    .action((flags: Flags) => {
      const { pipeline, rule, state, severity, suppressed, active } = flags;
      const held = suppressed === true ? 'true' : active === true ? 'false' : undefined;
      const query = { pipeline, rule, state, severity, suppressed: held };
      return run(
        flags,
        (api) => api.get<{ readonly alerts: readonly ShownAlert[] }>('/api/v1/alerts', query),
        (answer) => formatAlerts(answer.alerts),
      );
    });
  const show = alerts.command('show').description('One alert with its evidence.');
  addApiFlags(show)
    .argument('<id>', 'id of the alert, as `list` shows it')
    .action((id: string, flags: Flags) =>
      run(flags, (api) => api.get<ShownAlert>(`/api/v1/alerts/${encodeURIComponent(id)}`), formatAlert),
    );
}

function addAcknowledging(alerts: Command, run: Run): void {
  const verbs = [
    ['ack', 'POST', 'Say that you see to an alert: nobody is told again until it resolves.'],
    ['unack', 'DELETE', 'Take an acknowledgement back.'],
  ] as const;
  for (const [verb, method, description] of verbs)
    addApiFlags(addCommandFlags(alerts.command(verb).description(description)))
      .argument('<id>', 'id of the alert, as `list` shows it')
      .action((alert: string, flags: Flags) => {
        const path = `/api/v1/alerts/${encodeURIComponent(alert)}/acknowledge`;
        return act(run, flags, { method, path, body: said(flags) });
      });
}

function act(run: Run, flags: Flags, request: Parameters<typeof askFor>[1]): Promise<void> {
  return run<Asked>(flags, (api) => askFor(api, request, flags), formatAsked, exitCodeOf);
}

function addSilencing(alerts: Command, run: Run): void {
  addApiFlags(
    addCommandFlags(
      alerts.command('silence').description('Tell nobody of the alerts that match, for a while.'),
      { isCommentNeeded: true },
    ),
  )
    .argument(
      '<matcher...>',
      "all must match: channel=web, severity!=page, 'rule=~\"surge|drop.*\"', 'channel!~.*-test'",
    )
    .option('--for <duration>', 'how long: 30m, 2h, 7d')
    .addOption(new Option('--until <time>', 'instead: 2026-03-01T18:00:00Z').conflicts('for'))
    .option('--starts <time>', 'when it begins, if not now')
    .option('--pipeline <name>', 'whose alerts; needed where several pipelines run')
    .action((texts: string[], flags: Flags) => {
      const { for: lasting, until: endsAt, starts: startsAt, pipeline } = flags;
      if (lasting === undefined && endsAt === undefined)
        throw new UsageError('silence: say how long: --for 2h, or --until 2026-03-01T18:00:00Z');
      const matchers = readMatchers(texts);
      const body = { ...said(flags), matchers, for: lasting, endsAt, startsAt, pipeline };
      return act(run, flags, { method: 'POST', path: '/api/v1/silences', body });
    });
  addApiFlags(addCommandFlags(alerts.command('unsilence').description('End a silence.')))
    .argument('<id>', 'id of the silence, as `silences` shows it')
    .action((silence: string, flags: Flags) => {
      const path = `/api/v1/silences/${encodeURIComponent(silence)}`;
      return act(run, flags, { method: 'DELETE', path, body: said(flags) });
    });
  addApiFlags(alerts.command('silences').description('Silences, and those that ended in the last day.'))
    .option('--pipeline <name>', 'only of this pipeline')
    .addOption(new Option('--state <state>', 'only in this state').choices(['pending', 'active', 'expired']))
    .action((flags: Flags) => {
      const { pipeline, state } = flags;
      return run(
        flags,
        (api) =>
          api.get<{ readonly silences: readonly ShownSilence[] }>('/api/v1/silences', { pipeline, state }),
        (answer) => formatSilences(answer.silences),
      );
    });
}

function addRecords(alerts: Command, run: Run): void {
  const history = alerts
    .command('history')
    .description('What alerts did, and who was told or why not; newest first.')
    .option('--alert <id>', 'only of this alert');
  addApiFlags(addPageFlags(addRuleFlags(history))).action((flags: Flags) => {
    const { pipeline, rule, alert } = flags;
    const query = { pipeline, rule, alert, ...pageOf(flags) };
    return run(flags, (api) => readHistory(api, query), formatHistory);
  });
  addApiFlags(addPageFlags(alerts.command('audit').description('Who did what about alerts, newest first.')))
    .option('--pipeline <name>', 'only of this pipeline')
    .addOption(new Option('--action <action>', 'only this').choices(COMMAND_ACTIONS))
    .action((flags: Flags) => {
      const { pipeline, action } = flags;
      const query = { pipeline, action, ...pageOf(flags) };
      return run(
        flags,
        (api) => api.get<{ readonly commands: readonly ShownCommand[] }>('/api/v1/audit', query),
        (answer) => formatAudit(answer.commands),
      );
    });
}

function addRuleFlags(command: Command): Command {
  return command
    .option('--pipeline <name>', 'only of this pipeline')
    .option('--rule <name>', 'only of this rule');
}

function addCommandFlags(command: Command, { isCommentNeeded = false } = {}): Command {
  const comment = new Option('--comment <text>', 'why; for people').makeOptionMandatory(isCommentNeeded);
  return addWaitFlags(
    command.addOption(comment).option('--id <id>', 'of this request: the same twice counts once'),
  );
}

function addPageFlags(command: Command): Command {
  return command
    .option('--from <when>', '2026-03-01T10:00:00Z, or how long ago: 24h')
    .option('--to <when>', 'the same')
    .option('--limit <n>', 'at most so many; in the history, of each kind');
}

function pageOf({ from, to, limit }: Flags) {
  return { from: timeOf(from), to: timeOf(to), limit };
}

/** The API judges what is not a duration. */
function timeOf(text: string | undefined): string | undefined {
  const agoMs = text === undefined ? undefined : parseDurationMs(text);
  return agoMs === undefined ? text : new Date(systemClock.nowMs() - agoMs).toISOString();
}

function said({ id, comment }: Flags) {
  return { id, comment };
}

function readMatchers(texts: readonly string[]) {
  try {
    return texts.map(parseMatcher);
  } catch (error) {
    throw error instanceof MatcherError ? new UsageError(error.message) : error;
  }
}

function sayMore({ next = null }: Partial<ShownPage>, io: Io): void {
  if (next !== null) notice(io, 'earshot: there may be older ones: raise --limit (to 500), or say --to');
}

function sayElsewhere({ watchedElsewhere = [] }: Elsewhere, io: Io): void {
  if (watchedElsewhere.length === 0) return;
  const names = printable(watchedElsewhere.join(', '));
  notice(io, `earshot: not watched by the process that answered, ask the others too: ${names}`);
}
