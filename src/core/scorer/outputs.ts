/** What a scorer publishes, byte for byte: subjects, message ids and payloads. */
import type { OutboundMessage } from '../bus/bus.port.ts';
import { subjects } from '../bus/subjects.ts';
import { utf8, type JsonWriter } from '../message/json-writer.ts';
import { isFirst, messageKey, type Message } from '../message/message.ts';
import type { DropReason, FilterVerdict } from '../relevance/verdict.ts';
import type { Sentiment } from '../sentiment/engine.port.ts';
import { added } from '../slots/added.ts';
import type { MutableDelivery } from './delivery.ts';
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

const SPACE = 0x20;
const PERCENT = 0x25;
const TILDE = 0x7e;

/** Whether any header can carry it, and it could not be taken for something encoded. */
function isHeaderSafe(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit <= SPACE || unit > TILDE || unit === PERCENT) return false;
  }
  return true;
}

/** The message id under which a pipeline publishes a scored message: any header can carry it, and two ids never become one. */
export function scoredId(pipeline: string, message: Pick<Message, 'id' | 'kind' | 'version'>): string {
  const key = messageKey(message);
  // The end of the key of most is safe, and a string that was just put together is slow to look at.
  const isSafe = isHeaderSafe(isFirst(message) ? message.id : key);
  return `${pipeline}:${isSafe ? key : encodeURIComponent(key)}`;
}

/** Subjects remembered; beyond, all are forgotten. */
const SUBJECTS_MAX = 10_000;
/** By pipeline, channel and label. */
const remembered = new Map<string, Map<string, Map<string, string>>>();
let count = 0;

/** Of few that are asked for again and again: the same string each time. */
export function scoredSubject(pipeline: string, channel: string, label: string): string {
  return remembered.get(pipeline)?.get(channel)?.get(label) ?? remember(pipeline, channel, label);
}

function remember(pipeline: string, channel: string, label: string): string {
  if (count >= SUBJECTS_MAX) {
    remembered.clear();
    count = 0;
  }
  count += 1;
  const ofPipeline = remembered.get(pipeline) ?? new Map<string, Map<string, string>>();
  const ofChannel = ofPipeline.get(channel) ?? new Map<string, string>();
  const subject = subjects.scored(pipeline, channel, label);
  remembered.set(pipeline, ofPipeline.set(channel, ofChannel.set(label, subject)));
  return subject;
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
  delivery: MutableDelivery,
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
  const subject = scoredSubject(pipeline, message.channel, sentiment.label);
  delivery.outputs = added(delivery.outputs, { subject, data, id: scoredId(pipeline, message) });
  for (const queue of routes) {
    delivery.outputs.push({
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
