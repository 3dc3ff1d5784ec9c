/** Publishes what was planned for deliveries, and acknowledges each when the broker confirmed all that comes of it. */
import {
  BusError,
  type Bus,
  type Delivery,
  type OutboundMessage,
  type PublishOutcome,
} from '../../core/bus/bus.port.ts';
import { errorText } from '../../core/errors/error-text.ts';
import type { BatchInput, Batches } from '../../core/scorer/batches.ts';
import { withoutStored, type Mark } from '../../core/scorer/marks.ts';
import type { PlannedDelivery, Scorer } from '../../core/scorer/scorer.ts';
import type { Telemetry } from '../../core/telemetry/telemetry.port.ts';
import { publishBatches } from './publish-batches.ts';

const RETRY_DELAY_MS_MAX = 10_000;

export interface PublishContext {
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  readonly scorer: Pick<Scorer, 'bury'>;
  /** Pipelines that publish batches. */
  readonly batches: Batches;
}

/** Publishes what comes of several deliveries together, and acknowledges each when all of its own is confirmed. What waits
 *  here holds no outputs. */
export async function publishPlanned(
  deliveries: readonly Delivery[],
  planned: readonly PlannedDelivery[],
  marks: Mark[],
  context: PublishContext,
): Promise<void> {
  const recovering: Promise<void>[] = [];
  const finish = (done: Unconfirmed): void => {
    if (done.refusal === undefined) done.confirm(marks);
    else recovering.push(recover(done.delivery, done.refusal, marks, context));
  };
  const outputs: OutboundMessage[] = [];
  /** Of each output. */
  const owners: Unconfirmed[] = [];
  for (const [at, delivery] of deliveries.entries()) {
    const { outputs: own = [], marks: noted = [] } = planned[at] ?? {};
    const owner = new Unconfirmed(delivery, noted, outputs.length, own.length);
    if (own.length === 0) finish(owner);
    for (const output of own) {
      outputs.push(output);
      owners.push(owner);
    }
  }
  await publishOutputs(outputs, owners, context, finish);
  await Promise.all(recovering);
}

/** `owners`: of each output. */
function publishOutputs(
  outputs: readonly OutboundMessage[],
  owners: readonly Unconfirmed[],
  { bus, batches }: PublishContext,
  finish: (done: Unconfirmed) => void,
): Promise<void> {
  const settle = (at: number, outcome: PublishOutcome): void => {
    const owner = owners[at];
    if (owner?.settle(at, outcome) === true) finish(owner);
  };
  if (batches.size === 0) return bus.publishAll(outputs, settle);
  return publishBatches(bus, outputs, { inputs: owners, batches }, settle);
}

/** A delivery whose outputs wait for the broker. */
class Unconfirmed implements BatchInput {
  readonly delivery: Delivery;
  /** Why one of its outputs was refused. */
  refusal: BusError | undefined;
  readonly #marks: readonly Mark[];
  /** Where its outputs begin among those published together. */
  readonly #from: number;
  #missing: number;
  /** Outputs that the broker held already. */
  #stored: number[] | undefined;

  constructor(delivery: Delivery, marks: readonly Mark[], from: number, outputs: number) {
    this.delivery = delivery;
    this.#marks = marks;
    this.#from = from;
    this.#missing = outputs;
  }

  get place(): string {
    return `${this.delivery.sequence}.${this.delivery.storedAtMs}`; // Of a stream made anew the sequences come again.
  }

  get isSingle(): boolean {
    return (
      this.#marks.filter(({ type }) => type === 'scored' || type === 'dropped' || type === 'dead').length <= 1
    );
  }

  /** Whether that was the last one. */
  settle(at: number, outcome: PublishOutcome): boolean {
    if (outcome instanceof BusError) this.refusal = outcome;
    else if (outcome.duplicate) (this.#stored ??= []).push(at - this.#from);
    this.#missing -= 1;
    return this.#missing === 0;
  }

  confirm(marks: Mark[]): void {
    this.delivery.ack();
    const stored = this.#stored;
    // In a later attempt what is stored already is our own, from an attempt that was not counted.
    const isSecond = stored !== undefined && this.delivery.attempt === 1;
    const counted = isSecond ? withoutStored(this.#marks, (output) => stored.includes(output)) : this.#marks;
    for (const mark of counted) marks.push(mark);
  }
}

async function recover(
  delivery: Delivery,
  error: unknown,
  marks: Mark[],
  context: PublishContext,
): Promise<void> {
  if (error instanceof BusError && error.code === 'BUS_CLOSED') return; // The broker delivers it again, to the next life.
  if (error instanceof BusError && !error.canRetry) {
    await settleTooLarge(delivery, error, marks, context);
    return;
  }
  retry([delivery], error, retryDelayMs, context);
}

/** An output that the bus can never take: the input becomes a dead letter, so that it is neither lost nor stuck. */
async function settleTooLarge(delivery: Delivery, error: BusError, marks: Mark[], context: PublishContext) {
  const reason = error.code === 'BUS_PAYLOAD_TOO_LARGE' ? 'output_too_large' : 'unpublishable';
  const planned = bury(delivery, reason, error.message, context);
  try {
    await Promise.all(planned.outputs.map((output) => context.bus.publish(output)));
    delivery.ack();
    marks.push(...planned.marks);
  } catch (again) {
    retry([delivery], again, () => RETRY_DELAY_MS_MAX, context);
  }
}

/** Gives deliveries back, and says why. */
export function retry(
  deliveries: readonly Delivery[],
  error: unknown,
  delayMsOf: (delivery: Delivery) => number,
  { telemetry }: Pick<PublishContext, 'telemetry'>,
): void {
  telemetry({ type: 'delivery_retried', deliveries: deliveries.length, error: errorText(error) });
  for (const delivery of deliveries) delivery.retry(delayMsOf(delivery));
}

export function retryDelayMs({ attempt }: Delivery): number {
  return Math.min(RETRY_DELAY_MS_MAX, 250 * 2 ** Math.min(attempt, 10));
}

export function bury(
  delivery: Delivery,
  reason: string,
  detail: string,
  { scorer }: PublishContext,
): PlannedDelivery {
  const { subject, sequence, storedAtMs, data } = delivery;
  return scorer.bury({ reason, detail, bytes: data }, { subject, sequence, storedAtMs, line: 0 });
}
