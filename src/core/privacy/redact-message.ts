/** A message without the personal data in it. */
import { MESSAGE_LIMITS } from '../message/limits.ts';
import type { Message } from '../message/message.ts';
import { normalizeText } from '../message/text.ts';
import { PII_KINDS } from './kinds.ts';
import { NOTHING_FOUND, type FoundCounts, type Redactor } from './redactor.ts';

export interface RedactedMessage {
  /** The same object when nothing was found. */
  readonly message: Message;
  readonly found: FoundCounts;
  /** UTF-16 units that were left out: `REDACT_LIMITS.charsReadMax`. */
  readonly unreadChars: number;
}

/** Redacts text, tags, links, media, url, the author's name and every string in `extra`. Ids, handles, mentions, source,
 *  channel and campaign stay: people are told apart and messages are routed by them. `conversation`: of the tags. */
export function redactMessage(message: Message, redactor: Redactor, conversation?: string): RedactedMessage {
  const pass = new Pass(redactor, conversation);
  const text = pass.string(message.text);
  const { url, tags, links, media, author, extra } = message;
  const changes: Partial<Message> = {
    ...pass.changed('url', url, (value) => pass.string(value)),
    // With its sign: `#5551234567` is no telephone number in the text either.
    ...pass.changed('tags', tags, (items) => pass.list(items, (tag) => pass.string(`#${tag}`).slice(1))),
    ...pass.changed('links', links, (items) => pass.list(items, (link) => pass.string(link))),
    ...pass.changed('media', media, (items) => pass.list(items, (link) => pass.string(link))),
    ...pass.changed('author', author, (value) => pass.author(value)),
    ...pass.changed('extra', extra, (value) => pass.json(value) as typeof value),
  };
  if (!pass.hasFound) return { message, found: NOTHING_FOUND, unreadChars: 0 };
  const fitting = text.length > MESSAGE_LIMITS.textCharsMax ? normalizeText(text, 'text') : text;
  return {
    message: { ...message, ...changes, text: fitting },
    found: pass.found,
    unreadChars: pass.unreadChars,
  };
}

/** Counts over the strings of one message. */
class Pass {
  readonly found = { ...NOTHING_FOUND };
  unreadChars = 0;
  hasFound = false;
  readonly #redactor: Redactor;
  readonly #conversation: string | undefined;

  constructor(redactor: Redactor, conversation: string | undefined) {
    this.#redactor = redactor;
    this.#conversation = conversation;
  }

  string(text: string): string {
    const redaction = this.#redactor.redact(text, this.#conversation);
    if (redaction.text === text) return text;
    this.hasFound = true;
    this.unreadChars += redaction.unreadChars;
    for (const kind of PII_KINDS) this.found[kind] += redaction.found[kind];
    return redaction.text;
  }

  list(items: readonly string[], redact: (item: string) => string): readonly string[] {
    const redacted = items.map(redact);
    return redacted.every((item, at) => item === items[at]) ? items : redacted;
  }

  author(author: NonNullable<Message['author']>): NonNullable<Message['author']> {
    if (author.name === undefined) return author;
    const name = this.string(author.name);
    return name === author.name ? author : { ...author, name };
  }

  /** Every string in a JSON value, at most `MESSAGE_LIMITS.depthMax` levels deep; the names of its fields stay. */
  json(value: unknown): unknown {
    if (typeof value === 'string') return this.string(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, this.json(inner)]));
  }

  changed<K extends keyof Message>(
    name: K,
    value: Message[K],
    redact: (value: NonNullable<Message[K]>) => Message[K],
  ): Partial<Message> {
    return value === undefined ? {} : { [name]: redact(value) };
  }
}
