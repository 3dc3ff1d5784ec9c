/** What goes between the thread that talks to the bus and the thread that plans: few large pieces, since each object that is
 *  handed over costs a copy of its structure, and a batch of bytes costs nothing but the bytes. */
import type { BusHeaders, OutboundMessage } from '../../core/bus/bus.port.ts';
import type { Mark } from '../../core/scorer/marks.ts';
import type { Plan, PlanInput, PlannedDelivery } from '../../core/scorer/scorer.ts';
import type { TelemetryEvent } from '../../core/telemetry/telemetry.port.ts';

/** Texts of which few differ: each once, and for each place which of them. */
interface PackedTexts {
  readonly distinct: readonly string[];
  readonly which: Uint32Array;
}

/** By place, for the few that have any. */
type Sparse<T> = readonly (readonly [at: number, value: T])[];

export interface PackedBatch {
  /** Payloads, one after the other; each ends at its place in `ends`. */
  readonly bytes: ArrayBuffer;
  readonly ends: Uint32Array;
  readonly sequences: Float64Array;
  readonly storedAtMs: Float64Array;
  readonly subjects: PackedTexts;
  readonly headers: Sparse<BusHeaders>;
}

type ScoredMark = Extract<Mark, { type: 'scored' }>;
type ScoredKind = Pick<ScoredMark, 'pipeline' | 'channel' | 'label'>;

/** Nearly every delivery has one output and one mark, that it was scored: those in columns. */
interface PackedMarks {
  readonly kinds: readonly ScoredKind[];
  /** Of each delivery; `NOT_PLAIN` where `others` holds its marks. */
  readonly kindOf: Uint32Array;
  readonly scores: Float64Array;
  readonly timesMs: Float64Array;
  readonly routes: Sparse<readonly string[]>;
  readonly others: Sparse<readonly Mark[]>;
}

export interface PackedPlan {
  /** Payloads of all outputs, one after the other. */
  readonly bytes: ArrayBuffer;
  readonly ends: Uint32Array;
  readonly subjects: PackedTexts;
  /** Message ids, which hold no line break, by lines; an empty line where there is none. */
  readonly ids: string;
  readonly headers: Sparse<BusHeaders>;
  /** Outputs of each delivery. */
  readonly outputs: Uint32Array;
  readonly marks: PackedMarks;
  readonly events: readonly TelemetryEvent[];
}

const NOT_PLAIN = 0xffff_ffff;
const NO_ROUTES: readonly string[] = [];

export function packBatch(batch: readonly PlanInput[]): PackedBatch {
  const bytes = new Uint8Array(batch.reduce((sum, { data }) => sum + data.byteLength, 0));
  const ends = new Uint32Array(batch.length);
  const sequences = new Float64Array(batch.length);
  const storedAtMs = new Float64Array(batch.length);
  const headers: [number, BusHeaders][] = [];
  let end = 0;
  for (const [at, message] of batch.entries()) {
    bytes.set(message.data, end);
    end += message.data.byteLength;
    ends[at] = end;
    sequences[at] = message.sequence;
    storedAtMs[at] = message.storedAtMs;
    const given = message.headers;
    if (given !== undefined && Object.keys(given).some(isOfSender)) headers.push([at, given]);
  }
  const subjects = packTexts(batch, ({ subject }) => subject);
  return { bytes: bytes.buffer, ends, sequences, storedAtMs, subjects, headers };
}

/** What the broker itself reads or writes says nothing about the message. */
function isOfSender(name: string): boolean {
  return !name.startsWith('nats-');
}

export function unpackBatch(packed: PackedBatch): PlanInput[] {
  const { bytes, ends, sequences, storedAtMs, subjects } = packed;
  const headers = new Map(packed.headers);
  return Array.from(ends, (end, at) => {
    const from = ends[at - 1] ?? 0;
    return {
      subject: textAt(subjects, at),
      data: new Uint8Array(bytes, from, end - from),
      headers: headers.get(at),
      sequence: sequences[at] ?? 0,
      storedAtMs: storedAtMs[at] ?? 0,
    };
  });
}

/** Packs one plan after the other; the bytes are written into room that stays. */
export function planPacker(): (plan: Plan) => PackedPlan {
  let room = Buffer.allocUnsafeSlow(262_144);
  const write = (data: string | Uint8Array, from: number): number => {
    // A character of a string takes three bytes at most.
    const bytesMax = typeof data === 'string' ? data.length * 3 : data.byteLength;
    if (from + bytesMax > room.length) {
      const larger = Buffer.allocUnsafeSlow((from + bytesMax) * 2);
      room.copy(larger, 0, 0, from);
      room = larger;
    }
    if (typeof data === 'string') return from + room.write(data, from);
    room.set(data, from);
    return from + data.byteLength;
  };
  return ({ deliveries, events }) => {
    const all: OutboundMessage[] = [];
    const counts = new Uint32Array(deliveries.length);
    for (const [at, { outputs }] of deliveries.entries()) {
      counts[at] = outputs.length;
      for (const output of outputs) all.push(output);
    }
    const ends = new Uint32Array(all.length);
    const headers: [number, BusHeaders][] = [];
    let end = 0;
    for (const [at, output] of all.entries()) {
      end = write(output.data, end);
      ends[at] = end;
      if (output.headers !== undefined) headers.push([at, output.headers]);
    }
    return {
      bytes: room.buffer.slice(0, end),
      ends,
      subjects: packTexts(all, ({ subject }) => subject),
      ids: all.map(({ id }) => id ?? '').join('\n'),
      headers,
      outputs: counts,
      marks: packMarks(deliveries),
      events,
    };
  };
}

export function unpackPlan(packed: PackedPlan): Plan {
  const { bytes, ends, subjects, events } = packed;
  const ids = packed.ids.split('\n');
  const headers = new Map(packed.headers);
  const outputAt = (at: number): OutboundMessage => {
    const from = ends[at - 1] ?? 0;
    const data = new Uint8Array(bytes, from, (ends[at] ?? 0) - from);
    const output = { subject: textAt(subjects, at), data, id: ids[at] ?? '' };
    const given = headers.get(at);
    return given === undefined ? output : { ...output, headers: given };
  };
  const marksOf = marksReader(packed.marks);
  let next = 0;
  const deliveries = Array.from(packed.outputs, (count, at): PlannedDelivery => {
    const outputs: OutboundMessage[] = [];
    for (const end = next + count; next < end; next += 1) outputs.push(outputAt(next));
    return { outputs, marks: marksOf(at) };
  });
  return { deliveries, events };
}

function packTexts<T>(items: readonly T[], textOf: (item: T) => string): PackedTexts {
  const places = new Map<string, number>();
  const which = new Uint32Array(items.length);
  for (const [at, item] of items.entries()) {
    const text = textOf(item);
    let place = places.get(text);
    if (place === undefined) places.set(text, (place = places.size));
    which[at] = place;
  }
  return { distinct: [...places.keys()], which };
}

function textAt({ distinct, which }: PackedTexts, at: number): string {
  return distinct[which[at] ?? 0] ?? '';
}

function packMarks(deliveries: readonly PlannedDelivery[]): PackedMarks {
  const kindOf = new Uint32Array(deliveries.length);
  const scores = new Float64Array(deliveries.length);
  const timesMs = new Float64Array(deliveries.length);
  const kinds = new Map<string, { readonly place: number; readonly kind: ScoredKind }>();
  const routes: [number, readonly string[]][] = [];
  const others: [number, readonly Mark[]][] = [];
  for (const [at, { outputs, marks }] of deliveries.entries()) {
    const [mark] = marks;
    if (mark?.type !== 'scored' || mark.output !== 0 || marks.length > 1) {
      kindOf[at] = NOT_PLAIN;
      others.push([at, marks]);
      continue;
    }
    const { pipeline, channel, label } = mark;
    // It names all three, and is in hand.
    const subject = outputs[0]?.subject ?? '';
    let known = kinds.get(subject);
    if (known === undefined)
      kinds.set(subject, (known = { place: kinds.size, kind: { pipeline, channel, label } }));
    kindOf[at] = known.place;
    scores[at] = mark.score;
    timesMs[at] = mark.timeMs;
    if (mark.routes.length > 0) routes.push([at, mark.routes]);
  }
  return { kinds: [...kinds.values()].map(({ kind }) => kind), kindOf, scores, timesMs, routes, others };
}

function marksReader(packed: PackedMarks): (at: number) => readonly Mark[] {
  const routes = new Map(packed.routes);
  const others = new Map(packed.others);
  return (at) => {
    const kind = packed.kinds[packed.kindOf[at] ?? NOT_PLAIN];
    if (kind === undefined) return others.get(at) ?? [];
    const { pipeline, channel, label } = kind;
    const score = packed.scores[at] ?? 0;
    const timeMs = packed.timesMs[at] ?? 0;
    const queues = routes.get(at) ?? NO_ROUTES;
    return [{ type: 'scored', pipeline, channel, label, score, timeMs, routes: queues, output: 0 }];
  };
}
