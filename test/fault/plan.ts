/** What a run publishes, drawn from a seed, and what must have come of it in the end. Event times lie three hours back, so
 *  that panes and alerts depend on the messages alone and not on how long an outage took. */
import { seededRandom } from '../support/random.ts';

/** Two hours and a half behind the first message every pane has gone and every alert is over. */
const HISTORY_MS = 3 * 3_600_000;
const SPAN_MS = 10 * 60_000;
const PANE_MS = 60_000;
const DISORDER_MS = 30_000;
const CHANNELS = 6;
/** A quarter of all copies is sent at once, the others are spread over the rest of the run. */
const SOON = 0.25;

const UNUSABLE = [
  (id: string) => `{"id":"${id}","text":"#acme`,
  (id: string) => `["${id}"]`,
  (id: string) => `{"id":"${id}","text":"#acme","time":"some day"}`,
  (id: string) => `{"id":"${id}","kind":"sing","text":"#acme"}`,
];

export type Outcome = 'scored' | 'dropped' | 'dead';

/** One NATS message: one JSON object or several as NDJSON. */
export interface Send {
  readonly subject: string;
  /** Nats-Msg-Id. */
  readonly id: string;
  readonly keys: readonly string[];
  readonly payload: string;
}

export interface PaneCounts {
  readonly volume: number;
  readonly negative: number;
}

export interface Plan {
  /** Event time of its first message, less the disorder. */
  readonly startMs: number;
  readonly sends: readonly Send[];
  /** By key: `m7`, `m7/edit`, `m7/delete`. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** By channel and start: `c1 2026-11-20T10:00:00.000Z`. */
  readonly panes: ReadonlyMap<string, PaneCounts>;
  /** Channels with one alert exactly. */
  readonly surges: readonly string[];
  /** Ends all alerts. */
  readonly closing: Send;
}

interface Line {
  readonly key: string;
  readonly source: string;
  readonly text: string;
  readonly outcome: Outcome;
}

interface Standing {
  readonly channel: string;
  readonly timeMs: number;
  negative: boolean;
  counts: boolean;
}

export interface PlanShape {
  /** An alert fires at this volume: surge channels have it exactly, calm ones one less and copies of those. */
  readonly surgeVolume: number;
  readonly surges: number;
  readonly linesPerBatch: number;
}
export const LARGE: PlanShape = { surgeVolume: 20, surges: 4, linesPerBatch: 25 };

/** `count` is of messages, without their edits, deletions and copies. */
export function makePlan(count: number, seed: number, nowMs: number, shape = LARGE): Plan {
  const { surgeVolume } = shape;
  const random = seededRandom(seed);
  const startMs = Math.floor((nowMs - HISTORY_MS) / PANE_MS) * PANE_MS;
  const lines: Line[] = [];
  const standing = new Map<string, Standing>();
  const surges = Array.from({ length: shape.surges }, (_, index) => `surge${index}`);
  const reserved = shuffled(random, [
    ...surges.flatMap((channel) => Array<string>(surgeVolume).fill(channel)),
    ...surges.flatMap((_, index) => Array<string>(surgeVolume - 1).fill(`calm${index}`)),
  ]);
  const every = Math.floor(count / reserved.length);
  const later = new Map<number, Line[]>();
  const add = (line: Line, at: number) => later.set(at, [...(later.get(at) ?? []), line]);

  for (let number = 0; number < count; number += 1) {
    lines.push(...(later.get(number) ?? []));
    const id = `m${number}`;
    const source = `s${Math.floor(random() * 3)}`;
    const sort = random();
    const special = number % every === 0 ? reserved.pop() : undefined;
    const whileAway = () => number + 1 + Math.floor(random() * (random() < SOON ? 30 : count - number - 1));
    if (special === undefined && sort < 0.03) {
      const text = JSON.stringify({ id, text: `else lovely number ${number}` });
      lines.push({ key: id, source, text, outcome: 'dropped' });
      continue;
    }
    if (special === undefined && sort < 0.04) {
      const text = UNUSABLE[Math.floor(random() * UNUSABLE.length)]?.(id) ?? '';
      lines.push({ key: id, source, text, outcome: 'dead' });
      continue;
    }
    const channel = special ?? `c${Math.floor(random() * CHANNELS)}`;
    const isLate = special === undefined && sort > 0.99;
    const onTimeMs = startMs + (number / count) * SPAN_MS + random() * DISORDER_MS;
    const timeMs = Math.floor(isLate ? onTimeMs - 86_400_000 : onTimeMs);
    const negative = random() < 0.5;
    const line = lineOf({ id, source, channel, timeMs, negative });
    lines.push(line);
    const stands = { channel, timeMs, negative, counts: !isLate };
    standing.set(id, stands);
    if (sort < (special === undefined ? 0.1 : 0.5)) add(line, whileAway());
    if (special !== undefined || isLate || sort < 0.1 || sort > 0.17) continue;
    const at = whileAway();
    if (sort < 0.14) {
      stands.negative = !negative;
      add(lineOf({ id, source, channel, timeMs, negative: !negative, kind: 'edit' }), at);
    } else {
      stands.counts = false;
      add(lineOf({ id, source, channel, timeMs, negative, kind: 'delete' }), at);
    }
  }
  for (const [at, left] of later) if (at >= count) lines.push(...left);
  const closingMs = startMs + HISTORY_MS - 30 * 60_000;
  const closing = lineOf({
    ...{ id: `m${count}`, source: 's0', channel: 'end', timeMs: closingMs, negative: false },
  });
  return {
    startMs,
    sends: sendsOf(lines, shape, random),
    outcomes: new Map(lines.map(({ key, outcome }) => [key, outcome])),
    panes: panesOf(standing.values()),
    surges,
    closing: sendOf([closing], 'closing'),
  };
}

interface LineSpec {
  readonly id: string;
  readonly source: string;
  readonly channel: string;
  readonly timeMs: number;
  readonly negative: boolean;
  readonly kind?: 'edit' | 'delete';
}

function lineOf({ id, source, channel, timeMs, negative, kind }: LineSpec): Line {
  const change = kind === undefined ? {} : { kind, version: kind === 'edit' ? 2 : 3 };
  const text = `#acme ${negative ? 'terrible awful service' : 'lovely wonderful service'} ${id}`;
  const message = { id, channel, time: new Date(timeMs).toISOString(), text, ...change };
  const key = kind === undefined ? id : `${id}/${kind}`;
  return { key, source, text: JSON.stringify(message), outcome: 'scored' };
}

function panesOf(all: Iterable<Standing>): Map<string, PaneCounts> {
  const panes = new Map<string, PaneCounts>();
  for (const { channel, timeMs, negative, counts } of all) {
    if (!counts) continue;
    const key = paneKey(channel, Math.floor(timeMs / PANE_MS) * PANE_MS);
    const { volume, negative: before } = panes.get(key) ?? { volume: 0, negative: 0 };
    panes.set(key, { volume: volume + 1, negative: before + (negative ? 1 : 0) });
  }
  return panes;
}

export function paneKey(channel: string, startMs: number): string {
  return `${channel} ${new Date(startMs).toISOString()}`;
}

/** Half of the lines alone, half as NDJSON; now and then one is sent again under its own id, and the broker keeps one. */
function sendsOf(lines: readonly Line[], { linesPerBatch }: PlanShape, random: () => number): Send[] {
  const sends: Send[] = [];
  for (let at = 0; at < lines.length; at += 2 * linesPerBatch) {
    const alone = lines.slice(at, at + linesPerBatch);
    sends.push(...alone.map((line, index) => sendOf([line], `${at + index}`)));
    const batch = lines.slice(at + linesPerBatch, at + 2 * linesPerBatch);
    if (batch.length > 0) sends.push(sendOf(batch, `${at}-batch`));
    const again = sends[sends.length - 1 - Math.floor(random() * 3)];
    if (again && random() < 0.5) sends.push(again);
  }
  return sends;
}

function sendOf(lines: readonly Line[], id: string): Send {
  const [first] = lines;
  return {
    subject: `earshot.in.${first?.source}.chat`,
    id,
    keys: lines.map(({ key }) => key),
    payload: lines.map(({ text }) => text).join('\n'),
  };
}

export function shuffled<T>(random: () => number, items: readonly T[]): T[] {
  const all = items.map((item) => ({ item, order: random() }));
  return all.sort((left, right) => left.order - right.order).map(({ item }) => item);
}
