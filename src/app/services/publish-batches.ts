/** Publishes outputs of which scored messages stand in batches. What the broker holds under the name of a batch may lack some of
 *  its lines (`core/scorer/batches.ts`): those are published by themselves, so that nothing is taken for stored that is not. */
import { BusError, type Bus, type OnSettled, type OutboundMessage } from '../../core/bus/bus.port.ts';
import type { PublishReceipt, StoredMessage } from '../../core/bus/bus.port.ts';
import { STREAMS } from '../../core/bus/streams.ts';
import { errorText } from '../../core/errors/error-text.ts';
import { batchOfOne, joinScored, type BatchInput, type Batches } from '../../core/scorer/batches.ts';
import { scoredId } from '../../core/scorer/outputs.ts';
import { readScored } from './parse-scored.ts';

/** Stored batches so far apart are looked up apart. */
const GAP_SEQUENCES_MAX = 500;

/** A batch whose name the broker held already. */
interface Doubt {
  readonly lines: readonly Line[];
  readonly receipt: PublishReceipt;
}

interface Line {
  /** Place of its output. */
  readonly at: number;
  readonly output: OutboundMessage;
}

/** `inputs`: of each output. Tells of each output as `publishAll` does, and never rejects either. */
export async function publishBatches(
  bus: Bus,
  outputs: readonly OutboundMessage[],
  { inputs, batches }: { readonly inputs: readonly BatchInput[]; readonly batches: Batches },
  onSettled: OnSettled,
): Promise<void> {
  const { payloadBytesMax } = bus;
  const { messages, carried } = joinScored(outputs, inputs, { batches, payloadBytesMax });
  const doubts: Doubt[] = [];
  await bus.publishAll(messages, (number, outcome) => {
    const places = carried[number] ?? [];
    const lines = places.flatMap((at): Line[] => {
      const output = outputs[at];
      return output ? [{ at, output }] : [];
    });
    const hasOwnName = lines[0]?.output.id === messages[number]?.id;
    if (outcome instanceof BusError || !outcome.duplicate || hasOwnName)
      for (const at of places) onSettled(at, outcome);
    else doubts.push({ lines, receipt: outcome });
  });
  if (doubts.length > 0) await settleDoubts(bus, doubts, onSettled);
}

async function settleDoubts(bus: Bus, doubts: readonly Doubt[], onSettled: OnSettled): Promise<void> {
  let held: Held;
  try {
    held = await idsHeld(
      bus,
      doubts.map(({ receipt }) => receipt.sequence),
    );
  } catch (error) {
    const message = `whether a batch is stored whole is not known: ${errorText(error)}`;
    const failure =
      error instanceof BusError ? error : new BusError('BUS_TIMEOUT', message, { canRetry: true });
    for (const { lines } of doubts) for (const { at } of lines) onSettled(at, failure);
    return;
  }
  const missing: Line[] = [];
  for (const { lines, receipt } of doubts) {
    const ids = held.get(receipt.sequence); // Undefined where it was stored and is gone by now.
    for (const line of lines)
      if (ids === undefined || ids.has(line.output.id ?? '')) onSettled(line.at, receipt);
      else missing.push(line);
  }
  await bus.publishAll(
    missing.map(({ output }) => batchOfOne(output)),
    (number, outcome) => onSettled(missing[number]?.at ?? 0, outcome),
  );
}

/** The ids of messages that SCORED holds, by sequence. */
type Held = ReadonlyMap<number, ReadonlySet<string>>;

async function idsHeld(bus: Bus, sequences: readonly number[]): Promise<Held> {
  const sorted = sequences.toSorted((left, right) => left - right);
  if ((sorted[0] ?? 0) < 1) throw new Error('the broker does not say where it holds it');
  const held = new Map<number, ReadonlySet<string>>();
  const runs: number[][] = [];
  for (const sequence of sorted) {
    const run = runs.at(-1);
    if (run && sequence - (run.at(-1) ?? 0) <= GAP_SEQUENCES_MAX) run.push(sequence);
    else runs.push([sequence]);
  }
  for (const run of runs) {
    const wanted = new Set(run);
    await readRange(bus, run[0] ?? 1, run.at(-1) ?? 1, (stored) => {
      if (wanted.has(stored.sequence)) held.set(stored.sequence, idsIn(stored));
    });
  }
  return held;
}

function idsIn(stored: StoredMessage): Set<string> {
  const pipeline = stored.subject.split('.')[2] ?? '';
  return new Set(readScored(stored, pipeline).arrivals.map(({ message }) => scoredId(pipeline, message)));
}

async function readRange(
  bus: Bus,
  first: number,
  last: number,
  see: (stored: StoredMessage) => void,
): Promise<void> {
  let reachEnd: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    reachEnd = resolve;
  });
  const reader = bus.read({ stream: STREAMS.scored, from: { sequence: first } }, (batch) => {
    for (const stored of batch) see(stored);
    if ((batch.at(-1)?.sequence ?? 0) >= last) reachEnd();
  });
  try {
    await Promise.race([end, reader.caughtUp, reader.done]);
  } finally {
    await reader.stop();
  }
}
