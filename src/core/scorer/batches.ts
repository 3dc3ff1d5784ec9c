/** Joins scored messages into NDJSON batches, for pipelines with `output.batch`. A batch is named by the place in IN where its
 *  first line comes from, so that an input that is delivered again makes batches of the same names, and the broker keeps one
 *  copy. Its lines may differ then: another worker may know of copies that this one did not. Who is told that a batch is stored
 *  must look whether it holds the lines. */
import type { OutboundMessage } from '../bus/bus.port.ts';
import { subjects } from '../bus/subjects.ts';
import { BATCH_CONTENT_TYPE } from '../message/scored-batch.ts';
import type { BatchConfig } from './output.config.ts';

/** Small beside what a stream takes (1 MiB), large beside a message. */
const BATCH_BYTES_MAX = 262_144;
/** Room kept for headers. */
const HEADER_BYTES_MAX = 1_024;
const NEWLINE = 0x0a;

/** By pipeline; the messages of others stay alone. */
export type Batches = ReadonlyMap<string, BatchConfig>;

/** The input of an output. */
export interface BatchInput {
  /** Tells it from all others that IN ever held. */
  readonly place: string;
  /** It holds one message. */
  readonly isSingle: boolean;
}

interface Joined {
  readonly messages: readonly OutboundMessage[];
  /** For each message the places of the outputs that it carries, in order; each output is in one. */
  readonly carried: readonly (readonly number[])[];
}

/** `inputs`: for each output the input it comes of, those of one input together. `payloadBytesMax`: the largest payload the bus
 *  takes. The order of what a pipeline scores stays. */
export function joinScored(
  outputs: readonly OutboundMessage[],
  inputs: readonly BatchInput[],
  options: { readonly batches: Batches; readonly payloadBytesMax: number },
): Joined {
  const joiner = new Joiner(options);
  for (const [at, output] of outputs.entries()) {
    const input = inputs[at];
    if (input) joiner.add(output, at, input);
  }
  return joiner.end();
}

/** One message as a batch of its own, under its own id. */
export function batchOfOne(output: OutboundMessage): OutboundMessage {
  return { ...output, subject: subjects.scoredBatch(pipelineOf(output) ?? ''), headers: HEADERS };
}

const HEADERS = { 'Content-Type': BATCH_CONTENT_TYPE };

/** The pipeline of a scored message; undefined of anything else. */
function pipelineOf({ subject }: OutboundMessage): string | undefined {
  const [, kind, pipeline] = subject.split('.', 3);
  return kind === 'scored' ? pipeline : undefined;
}

/** A line, and which one of its pipeline's it is in its input. */
interface Line {
  readonly output: OutboundMessage;
  readonly at: number;
  readonly input: BatchInput;
  readonly number: number;
  readonly bytes: Uint8Array;
}

interface OpenBatch {
  readonly config: BatchConfig;
  lines: Line[];
  bytes: number;
  /** Lines of the input that was added last. */
  ofInput: number;
}

class Joiner {
  readonly #batches: Batches;
  readonly #bytesMax: number;
  readonly #open = new Map<string, OpenBatch>();
  readonly #messages: OutboundMessage[] = [];
  readonly #carried: (readonly number[])[] = [];
  readonly #encoder = new TextEncoder();
  #input: BatchInput | undefined;

  constructor({ batches, payloadBytesMax }: Parameters<typeof joinScored>[2]) {
    this.#batches = batches;
    this.#bytesMax = Math.min(BATCH_BYTES_MAX, payloadBytesMax - HEADER_BYTES_MAX);
  }

  add(output: OutboundMessage, at: number, input: BatchInput): void {
    if (input !== this.#input) this.#endInput();
    this.#input = input;
    const pipeline = pipelineOf(output);
    const config = pipeline === undefined ? undefined : this.#batches.get(pipeline);
    if (pipeline === undefined || config === undefined) {
      this.#push(output, [at]);
      return;
    }
    const batch = this.#open.get(pipeline) ?? { config, lines: [], bytes: 0, ofInput: 0 };
    this.#open.set(pipeline, batch);
    const bytes = typeof output.data === 'string' ? this.#encoder.encode(output.data) : output.data;
    // A line that is too large for any batch stands in one of its own.
    const isFull =
      batch.lines.length >= config.messagesMax || batch.bytes + bytes.byteLength > this.#bytesMax;
    if (isFull) this.#publish(pipeline, batch);
    batch.lines.push({ output, at, input, number: batch.ofInput++, bytes });
    batch.bytes += bytes.byteLength + 1;
  }

  end(): Joined {
    for (const [pipeline, batch] of this.#open) this.#publish(pipeline, batch);
    return { messages: this.#messages, carried: this.#carried };
  }

  #endInput(): void {
    for (const [pipeline, batch] of this.#open) {
      if (!batch.config.gather) this.#publish(pipeline, batch);
      batch.ofInput = 0;
    }
  }

  #publish(pipeline: string, batch: OpenBatch): void {
    const { lines } = batch;
    const [first] = lines;
    const last = lines.at(-1);
    if (!first || !last) return;
    batch.lines = [];
    batch.bytes = 0;
    const places = lines.map(({ at }) => at);
    // The only message of its input keeps its id: no copy of it is stored beside it, from whichever input it comes.
    if (first === last && first.input.isSingle) this.#push(batchOfOne(first.output), places);
    else {
      // Gathered otherwise, it is another batch; of one input it is the same one whatever lines are left.
      const until = first.input === last.input ? '' : `-${placeOf(last)}`;
      const id = `${pipeline}:batch:${placeOf(first)}${until}`; // A message's own id has more parts.
      this.#push(
        { subject: subjects.scoredBatch(pipeline), data: joinLines(lines), id, headers: HEADERS },
        places,
      );
    }
  }

  #push(message: OutboundMessage, places: readonly number[]): void {
    this.#messages.push(message);
    this.#carried.push(places);
  }
}

function placeOf({ input, number }: Line): string {
  return `${input.place}.${number}`;
}

/** No line break at the end. */
function joinLines(lines: readonly Line[]): Uint8Array {
  const joined = new Uint8Array(lines.reduce((sum, { bytes }) => sum + bytes.byteLength + 1, -1));
  let at = 0;
  for (const { bytes } of lines) {
    if (at > 0) joined[at++] = NEWLINE;
    joined.set(bytes, at);
    at += bytes.byteLength;
  }
  return joined;
}
