/** What is published of a message, whatever is added to it. */
import { writeMessage } from '../message/codec.ts';
import type { JsonWriter, Written } from '../message/json-writer.ts';
import type { Message } from '../message/message.ts';
import type { PlainJson } from '../message/plain-cursor.ts';
import { readUnits, readUnitsOf } from '../message/units.ts';

export interface Shown {
  readonly message: Message;
  /** Where it stands as it is. */
  readonly plain?: PlainJson | undefined;
  /** As JSON without the last brace, once it was written: `openMessage`. */
  opened?: Written;
}

/** Brings the text to where queries and engines read it, from the bytes where that will do. */
export function bringText({ message, plain }: Shown): void {
  if (plain !== undefined && plain.textAt >= 0) readUnitsOf(message.text, plain.bytes, plain.textAt);
  else readUnits(message.text);
}

/** Begins a payload with the message, to which fields are added: serialized once, for all pipelines that show it so. */
export function openMessage(writer: JsonWriter, shown: Shown): void {
  writer.begin();
  if (shown.opened !== undefined) {
    writer.again(shown.opened);
    return;
  }
  writeMessage(writer, shown.message, shown.plain);
  writer.reopen();
  shown.opened = writer.mark();
}
