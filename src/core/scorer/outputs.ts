/** What a scorer publishes, byte for byte: subjects, message ids and payloads. */
import type { OutboundMessage } from '../bus/bus.port.ts';
import { subjects } from '../bus/subjects.ts';
import { utf8, type JsonWriter } from '../message/json-writer.ts';
import { messageKey, type Message } from '../message/message.ts';
import type { DropReason, FilterVerdict } from '../relevance/verdict.ts';
import type { Sentiment } from '../sentiment/engine.port.ts';
import { writeSentiment } from './sentiment-json.ts';
import { openMessage, type Shown } from './shown.ts';

/** Room kept for the headers of a dead letter. */
const DEAD_HEADER_BYTES_MAX = 2_048;
const DEAD_DETAIL_CHARS_MAX = 300;

/** Where an input stands in IN: its stream sequence, when it was stored, and which line of it is meant. */
export interface InputPlace {
  readonly subject: string;
  readonly sequence: number;
  readonly storedAtMs: number;
  readonly line: number;
}

/** A message id that any header can carry; two ids never become one. */
function headerSafe(text: string): string {
  return /^[\x21-\x24\x26-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

/** Bytes that could not be used, and why: the codec's reasons (`DEAD_REASONS`) and the scorer's own. */
export interface DeadLetter {
  readonly reason: string;
  readonly detail: string;
  readonly bytes: Uint8Array;
  /** The bytes are not quite as they came: personal data in them was replaced. */
  readonly redacted?: boolean;
}

interface ScoredParts {
  readonly pipeline: string;
  readonly view: Shown;
  readonly sentiment: Sentiment;
  readonly matched: readonly string[];
  /** Undefined where no filter judged. */
  readonly judged: FilterVerdict | undefined;
  readonly routes: readonly string[];
}

/** The message id under which a pipeline publishes a scored message. */
export function scoredId(pipeline: string, message: Pick<Message, 'id' | 'kind' | 'version'>): string {
  return `${pipeline}:${headerSafe(messageKey(message))}`;
}

const PIPELINE = utf8(',"pipeline":"');
const SENTIMENT = utf8('","sentiment":');
const MATCHED = utf8(',"relevance":{"matched":');
const KEPT = utf8(',"verdict":"keep"},"routes":');
const ROUTES = utf8(',"routes":');
const ARRIVAL = utf8(',"arrival":');
const END = utf8('}');

/** Adds the scored message, and a copy for each queue it is routed to. */
export function pushScored(
  outputs: OutboundMessage[],
  parts: ScoredParts,
  arrivalMs: number,
  writer: JsonWriter,
): void {
  const { pipeline, view, sentiment, matched, judged, routes } = parts;
  const { message } = view;
  openMessage(writer, view);
  writer.bytes(PIPELINE);
  writer.text(pipeline);
  writer.bytes(SENTIMENT);
  writeSentiment(writer, sentiment);
  writer.bytes(MATCHED);
  writer.value(matched);
  if (judged === undefined) writer.bytes(KEPT);
  else {
    writer.text(`,${JSON.stringify(judged).slice(1)}`);
    writer.bytes(ROUTES);
  }
  writer.value(routes);
  writer.bytes(ARRIVAL);
  writer.number(arrivalMs);
  writer.bytes(END);
  const data = writer.written();
  outputs.push({
    subject: subjects.scored(pipeline, message.channel, sentiment.label),
    data,
    id: scoredId(pipeline, message),
  });
  for (const queue of routes) {
    outputs.push({
      subject: subjects.route(pipeline, queue),
      data,
      id: scoredId(`${pipeline}:${queue}`, message),
    });
  }
}

/** Why a message was dropped, as `dropped` in what is published of it. */
export interface Drop {
  readonly reason: DropReason;
  /** Share of such drops that is published: this one stands for 1 / sample. */
  readonly sample: number;
  /** The parts of the query that matched; undefined where none did. */
  readonly matched?: readonly string[] | undefined;
  /** What the filter made of it, with the words; undefined where it was not asked. */
  readonly judged?: FilterVerdict | undefined;
}

function dropJson({ reason, sample, matched, judged }: Drop): string {
  const words = matched === undefined ? '' : `,"matched":${JSON.stringify(matched)}`;
  const why =
    judged === undefined ? '' : `,${JSON.stringify({ ...judged, verdict: undefined }).slice(1, -1)}`;
  return `{"reason":"${reason}","sample":${sample}${words}${why}}`;
}

/** A message that a pipeline, or no pipeline, wanted. Its id is the place of the input, so that two inputs with one
 *  message id both come out. */
export function droppedOutput(
  pipeline: string,
  drop: Drop,
  view: Shown,
  place: InputPlace,
  writer: JsonWriter,
): OutboundMessage {
  openMessage(writer, view);
  writer.bytes(PIPELINE);
  writer.text(`${pipeline}","dropped":${dropJson(drop)}}`);
  return {
    subject: subjects.dropped(pipeline, drop.reason),
    data: writer.written(),
    id: `${pipeline}:${drop.reason}:${placeId(place)}`,
  };
}

/** The bytes as they came, why they could not be used, and where they stood. Bytes that leave no room for the headers are
 *  cut, and a header says how long they were. */
export function deadOutput(letter: DeadLetter, place: InputPlace, payloadBytesMax: number): OutboundMessage {
  const roomBytes = Math.max(0, payloadBytesMax - DEAD_HEADER_BYTES_MAX);
  const cut = letter.bytes.byteLength > roomBytes;
  return {
    subject: subjects.dead(letter.reason),
    data: cut ? letter.bytes.subarray(0, roomBytes) : letter.bytes,
    id: `dead:${letter.reason}:${placeId(place)}`,
    headers: {
      'Earshot-Reason': letter.reason,
      'Earshot-Detail': letter.detail.replace(/[^\x20-\x7e]/g, '?').slice(0, DEAD_DETAIL_CHARS_MAX),
      'Earshot-Subject': place.subject.slice(0, DEAD_DETAIL_CHARS_MAX),
      'Earshot-Sequence': String(place.sequence),
      'Earshot-Line': String(place.line + 1),
      ...(letter.redacted === true ? { 'Earshot-Redacted': 'true' } : {}),
      ...(cut ? { 'Earshot-Truncated-From-Bytes': String(letter.bytes.byteLength) } : {}),
    },
  };
}

/** The time stored belongs to it: a stream that was deleted and made again starts its sequences anew. */
function placeId(place: InputPlace): string {
  return `${place.sequence}.${place.line}.${place.storedAtMs}`;
}
