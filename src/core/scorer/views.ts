/** A message as each pipeline may show it: as it came, or without the personal data that the pipeline redacts. Made once
 *  for all pipelines that redact alike, and only when something is published of it. */
import type { Message } from '../message/message.ts';
import type { PlainJson } from '../message/plain-cursor.ts';
import type { CompiledPipeline } from '../pipeline/compile.ts';
import { PII_KINDS } from '../privacy/kinds.ts';
import { redactMessage, type RedactedMessage } from '../privacy/redact-message.ts';
import { NOTHING_FOUND, type FoundCounts, type Redactor } from '../privacy/redactor.ts';
import type { DeadLetter } from './outputs.ts';
import type { Readable } from './readings.ts';
import type { Shown } from './shown.ts';

export interface View extends Readable, RedactedMessage, Shown {
  readonly message: Message;
}

/** The views of one message that were asked for: as it came first, then by redactor. */
export type ViewsOfMessage = [View, ...(View | undefined)[]];

/** `plain`: where the message stands as it is. */
export function viewsOf(message: Message, plain?: PlainJson): ViewsOfMessage {
  return [{ message, plain, found: NOTHING_FOUND, unreadChars: 0, reading: undefined }];
}

export class Views {
  /** Those that differ, key included. */
  readonly #redactors: Redactor[] = [];
  /** Pipeline to the place of its redactor among the views of a message; absent where nothing is redacted. */
  readonly #places = new Map<string, number>();
  /** Those that find something else. */
  readonly #anyone: readonly Redactor[];

  constructor(pipelines: readonly Pick<CompiledPipeline, 'config' | 'redactor'>[]) {
    const places = new Map<string, number>();
    const anyone = new Map<string, Redactor>();
    for (const { config, redactor } of pipelines) {
      if (redactor === undefined) continue;
      const { redact, region } = config.privacy;
      const key = JSON.stringify(config.privacy);
      if (!places.has(key)) places.set(key, this.#redactors.push(redactor));
      this.#places.set(config.name, places.get(key) ?? 0);
      anyone.set(JSON.stringify([[...redact].sort(), region]), redactor);
    }
    this.#anyone = [...anyone.values()];
  }

  /** What a pipeline may show: the tags of its tokens are those of the conversation, or of the message where it names none;
   *  so the message that begins a thread shares them with the thread that is named after it. */
  of(views: ViewsOfMessage, pipeline: string): View {
    const [plain] = views;
    const place = this.#places.get(pipeline);
    const redactor = place === undefined ? undefined : this.#redactors[place - 1];
    if (place === undefined || redactor === undefined) return plain;
    return (views[place] ??= viewThrough(plain, [redactor], plain.message.conversation ?? plain.message.id));
  }

  /** What may be shown of a message that no pipeline wants: nothing that any of them redacts, in tokens without tags. */
  ofNobody([plain]: ViewsOfMessage): View {
    return viewThrough(plain, this.#anyone);
  }

  /** Bytes that are no message, and the sentence about them, without what any pipeline redacts. */
  ofLetter(letter: DeadLetter): { readonly letter: DeadLetter; readonly found: FoundCounts } {
    if (this.#anyone.length === 0) return { letter, found: NOTHING_FOUND };
    const text = new TextDecoder().decode(letter.bytes);
    const redacted = redactThrough(text, this.#anyone);
    const detail = redactThrough(letter.detail, this.#anyone).text;
    if (redacted.text === text) return { letter: { ...letter, detail }, found: NOTHING_FOUND };
    const bytes = new TextEncoder().encode(redacted.text);
    return { letter: { ...letter, detail, bytes, redacted: true }, found: redacted.found };
  }
}

function viewThrough(plain: View, redactors: readonly Redactor[], conversation?: string): View {
  let { message, found, unreadChars }: RedactedMessage = plain;
  for (const redactor of redactors) {
    const next = redactMessage(message, redactor, conversation);
    ({ message } = next);
    found = sum(found, next.found);
    unreadChars += next.unreadChars;
  }
  return message === plain.message ? plain : { message, found, unreadChars, reading: undefined };
}

function redactThrough(text: string, redactors: readonly Redactor[]): { text: string; found: FoundCounts } {
  let result = { text, found: NOTHING_FOUND };
  for (const redactor of redactors) {
    const next = redactor.redact(result.text);
    result = { text: next.text, found: sum(result.found, next.found) };
  }
  return result;
}

function sum(left: FoundCounts, right: FoundCounts): FoundCounts {
  if (left === NOTHING_FOUND) return right;
  const both = { ...left };
  for (const kind of PII_KINDS) both[kind] += right[kind];
  return both;
}
