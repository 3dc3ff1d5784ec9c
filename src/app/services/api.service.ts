/** What the HTTP API asks, answered from what runs here and from the streams. */
import type { Api, HistoryQuery, KnownAlert, Page, PipelineSilence } from '../../adapters/http/api.ts';
import type { Alert } from '../../core/alert/alert.ts';
import { ALERT_STATES } from '../../core/alert/alert.ts';
import { SEVERITIES } from '../../core/alert/rule.config.ts';
import type { Bus, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { subjects } from '../../core/bus/subjects.ts';
import { normalizeText } from '../../core/message/text.ts';
import { parseDecision, type DecisionRecord } from '../../core/notify/decision-codec.ts';
import type { CompiledPipeline } from '../../core/pipeline/compile.ts';
import { createSentimentReader } from '../sentiment-reader.ts';
import { trendObject } from '../trends/trend-format.ts';
import { createCommands } from './commands.service.ts';
import { StreamPages } from './stream-pages.ts';
import type { WatcherService } from './watcher.service.ts';

/** What the API asks of the watchers of this process. */
export interface Watching {
  /** Of all pipelines owned here, newest first. */
  alerts(): readonly Alert[];
  /** Of one pipeline; undefined when it is watched somewhere else. */
  watcher(pipeline: string): Watched | undefined;
}

type Watched = Pick<WatcherService, 'statusOf' | 'silences' | 'trends'>;

export interface ApiSources {
  readonly bus: Bus;
  readonly pipelines: () => readonly Pick<CompiledPipeline, 'config'>[];
  /** Undefined where nothing is watched, or not yet. */
  readonly watching: () => Watching | undefined;
}

export function createApi({ bus, pipelines, watching }: ApiSources): Api {
  const pages = new StreamPages(bus);
  const commands = createCommands(bus, pages);
  const configs = () => pipelines().map(({ config }) => config);
  const names = () => configs().map(({ name }) => name);
  const watcherOf = (pipeline: string) => watching()?.watcher(pipeline);
  const known = (alert: Alert): KnownAlert => ({
    alert,
    status: watcherOf(alert.pipeline)?.statusOf(alert.id),
  });
  const alerts = () => watching()?.alerts() ?? [];
  const silences = (): PipelineSilence[] =>
    names().flatMap((pipeline) =>
      (watcherOf(pipeline)?.silences() ?? []).map((silence) => ({ pipeline, ...silence })),
    );
  return {
    ...commands,
    known: () => ({
      pipelines: names(),
      rules: [...new Set(configs().flatMap((config) => config.alerts.map(({ name }) => name)))],
    }),
    watchedElsewhere: () => names().filter((name) => !watcherOf(name)),
    alerts: () => alerts().map(known),
    async alert(id) {
      const alert = alerts().find((one) => one.id === id) ?? (await lastTransition(pages, id));
      return alert && known(alert);
    },
    silences,
    pipelineOfSilence: async (id) =>
      silences().find((one) => one.id === id)?.pipeline ?? (await commands.pipelineOfSilence(id)),
    history: (query) => recordsOf(pages, ALERTS, query),
    decisions: (query) => recordsOf(pages, DECISIONS, query),
    trends() {
      if (!watching()) return undefined;
      const views = names().flatMap((name) => watcherOf(name)?.trends() ?? []);
      const strongest = views.sort((left, right) => right.score - left.score);
      return strongest.map((trend) => ({ pipeline: trend.pipeline, ...trendObject(trend) }));
    },
    async explain({ text: written, pipeline: name, lang }) {
      const found = configs().find((config) => config.name === name);
      if (!found) throw new Error(`there is no pipeline '${name}'`);
      const read = await createSentimentReader({ ...found.sentiment, explain: true });
      const text = normalizeText(written, 'auto');
      const [answer] = await read([lang === undefined ? { text } : { text, lang }]);
      if (!answer) throw new Error('the engine gave no reading');
      return { text, ...answer };
    },
  };
}

/** What EVENTS holds of alerts. */
interface Records<T> {
  readonly subjectOf: (pipeline: string, rule: string) => string;
  readonly read: (message: StoredMessage) => T | undefined;
  readonly alertOf: (record: T) => string;
}

const decoder = new TextDecoder();

const ALERTS: Records<Alert> = {
  subjectOf: (pipeline, rule) => subjects.alert(pipeline, rule, '*'),
  read: readAlert,
  alertOf: ({ id }) => id,
};

const DECISIONS: Records<DecisionRecord> = {
  subjectOf: subjects.decision,
  read: ({ data, subject }) => parseDecision(decoder.decode(data), subject),
  alertOf: ({ alert }) => alert,
};

async function recordsOf<T extends { readonly at: string }>(
  pages: StreamPages,
  { subjectOf, read, alertOf }: Records<T>,
  { alert, fromMs = 0, toMs = Number.POSITIVE_INFINITY, ...asked }: HistoryQuery,
): Promise<Page<T>> {
  const of = alert === undefined ? {} : ruleOf(alert);
  if (!of) return { entries: [], next: undefined };
  const { pipeline = '*', rule = '*', ...query } = { ...of, ...asked };
  const isAsked = (record: T) =>
    (alert === undefined || alertOf(record) === alert) &&
    Date.parse(record.at) >= fromMs &&
    Date.parse(record.at) <= toMs;
  const source = { stream: STREAMS.events, filterSubject: subjectOf(pipeline, rule) };
  const readAsked = (message: StoredMessage) => {
    const record = read(message);
    return record && isAsked(record) ? record : undefined;
  };
  return pages.page({ ...source, read: readAsked }, query);
}

/** Of an alert that the watchers here know no more, or never knew. */
async function lastTransition(pages: StreamPages, id: string): Promise<Alert | undefined> {
  return (await recordsOf(pages, ALERTS, { alert: id, limit: 1 })).entries[0]?.value;
}

/** Its id tells an alert's pipeline and rule; undefined for what is none. */
function ruleOf(alert: string): Pick<HistoryQuery, 'pipeline' | 'rule'> | undefined {
  const [pipeline = '', rule = ''] = alert.split('/');
  return [pipeline, rule].every((token) => /^[a-z0-9_-]+$/.test(token)) ? { pipeline, rule } : undefined;
}

/** What stands on the subject is ours, but anyone may publish there. */
function readAlert({ data, subject }: StoredMessage): Alert | undefined {
  try {
    const alert = JSON.parse(decoder.decode(data)) as Partial<Alert> | null;
    const { id, pipeline, rule, state, severity, at, group, evidence } = alert ?? {};
    const isSound =
      [id, pipeline, rule, at].every((field) => typeof field === 'string') &&
      ALERT_STATES.some((one) => one === state) &&
      SEVERITIES.some((one) => one === severity) &&
      [group, evidence].every((field) => typeof field === 'object' && field !== null) &&
      subjects.alert(pipeline ?? '', rule ?? '', state ?? '') === subject &&
      !Number.isNaN(Date.parse(at ?? ''));
    return isSound ? (alert as Alert) : undefined;
  } catch {
    return undefined;
  }
}
