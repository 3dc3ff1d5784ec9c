/** One message, as queries look at it. What few queries ask for is found out when the first one asks. */
import { MESSAGE_LIMITS } from '../message/limits.ts';
import type { Author, Message } from '../message/message.ts';
import { addressesIn, domainsOf, isUnder, readAddress, type Address } from './query.address.ts';
import { HAS, IS, type AddressFieldName, type FieldTest, type ValueFieldName } from './query.ts';
import { fold, tokenize, tokenizeAsWritten, type Tokens } from './text-tokens.ts';

/** The words and marks of the text, and the marks that the source declared, with their sign. */
export interface Reading extends Tokens {
  readonly declared: readonly string[];
}

const NONE: readonly string[] = [];

type ToMark = (text: string) => string;

function declaredMarks({ tags = NONE, mentions = NONE }: Message, ofTag: ToMark, ofMention: ToMark) {
  if (mentions.length === 0) return tags.length === 0 ? NONE : tags.map(ofTag);
  return [...tags.map(ofTag), ...mentions.map(ofMention)];
}

const tagOf = (tag: string, asFound: ToMark) => `#${asFound(tag.replace(/^[#＃]/, ''))}`;
const mentionOf = (mention: string, asFound: ToMark) => `@${asFound(mention.replace(/^[@＠]/, ''))}`;
const composed: ToMark = (text) => text.normalize('NFC');

/** Marks that are remembered, and of how many characters at most; beyond, all are forgotten. */
const MARKS_MAX = 1_000;
const MARK_CHARS_MAX = 16;

/** Sources declare few marks, again and again. */
function remembering(toMark: ToMark): ToMark {
  const remembered = new Map<string, string>();
  return (text) => {
    const known = remembered.get(text);
    if (known !== undefined) return known;
    const mark = toMark(text);
    if (text.length > MARK_CHARS_MAX) return mark;
    if (remembered.size >= MARKS_MAX) remembered.clear();
    remembered.set(text, mark);
    return mark;
  };
}
const foldedTag = remembering((tag) => tagOf(tag, fold));
const foldedMention = remembering((mention) => mentionOf(mention, fold));
const composedTag: ToMark = (tag) => tagOf(tag, composed);
const composedMention: ToMark = (mention) => mentionOf(mention, composed);

/** A question mark that ends something: not one within an address, nor one between letters. */
const QUESTION = /[？؟՞❓❔⁇⁈⁉]|\?(?![\p{L}\p{N}_=&%/#-])/u;
const RETWEET = 'RT @';

const hasMark = (sign: string, { marks }: Tokens) =>
  [...marks.values()].some((mark) => mark.startsWith(sign));

const authorNames = ({ handle, id, name }: Author) =>
  [handle, id, name].flatMap((text) => (text === undefined ? [] : fold(text)));

export class Subject {
  readonly #message: Message;
  /** What is read of the message's text. */
  readonly text: string;
  /** Folded marks that the source declared, with their sign. */
  readonly declared: readonly string[];
  #folded: Reading | undefined;
  #written: Reading | undefined;
  #langFound: string | undefined;
  #channelFolded: string | undefined;
  #addressesLinked: readonly Address[] | undefined;

  constructor(message: Message) {
    this.#message = message;
    const { text } = message;
    this.text = text.length > MESSAGE_LIMITS.textCharsMax ? text.slice(0, MESSAGE_LIMITS.textCharsMax) : text;
    this.declared = declaredMarks(message, foldedTag, foldedMention);
  }

  /** Addresses that the source declared. */
  get links(): readonly string[] {
    return this.#message.links ?? NONE;
  }

  /** Where the message itself is. */
  get url(): string | undefined {
    return this.#message.url;
  }

  get folded(): Reading {
    if (this.#folded) return this.#folded;
    const { words, marks } = tokenize(this.text);
    return (this.#folded = { words, marks, declared: this.declared });
  }

  /** The same, not folded. */
  get written(): Reading {
    if (this.#written) return this.#written;
    const declared = declaredMarks(this.#message, composedTag, composedMention);
    this.#written = { ...tokenizeAsWritten(this.text), declared };
    return this.#written;
  }

  /** What the message has of a field, folded; of `link` and `url` the domains, also those above. */
  values(name: ValueFieldName | AddressFieldName): readonly string[] {
    const { source, kind, author } = this.#message;
    switch (name) {
      case 'lang':
        return [this.#lang];
      case 'channel':
        return [this.#channel];
      case 'source':
        return [fold(source)];
      case 'kind':
        return [kind];
      case 'author':
        return author ? authorNames(author) : NONE;
      case 'verified':
        return author?.verified === undefined ? NONE : [String(author.verified)];
      case 'has':
        return HAS.filter((what) => this.#has(what));
      case 'is':
        return IS.filter((what) => this.#is(what));
      default:
        return domainsOf(this.#addresses(name));
    }
  }

  holds(test: FieldTest): boolean {
    switch (test.name) {
      case 'lang':
        return this.#lang === test.value;
      case 'channel':
        return this.#channel === test.value;
      case 'followers': {
        const followers = this.#message.author?.followers;
        return followers !== undefined && followers >= test.min && followers <= test.max;
      }
      case 'link':
      case 'url':
        return this.#addresses(test.name).some((address) => isUnder(address, test.domain, test.path));
      case 'has':
        return this.#has(test.value);
      case 'is':
        return this.#is(test.value);
      default:
        return this.values(test.name).includes(test.value);
    }
  }

  get #lang(): string {
    const { lang = 'und' } = this.#message;
    return (this.#langFound ??= /^[a-z]+/.exec(lang.trim().toLowerCase())?.[0] ?? 'und');
  }

  get #channel(): string {
    return (this.#channelFolded ??= fold(this.#message.channel));
  }

  #has(what: string): boolean {
    const { media = NONE, mentions = NONE, tags = NONE, links = NONE } = this.#message;
    if (what === 'link') return links.length > 0 || this.#addresses('link').length > 0;
    if (what === 'media') return media.length > 0;
    if (what === 'mention') return mentions.length > 0 || hasMark('@', this.folded);
    return tags.length > 0 || hasMark('#', this.folded);
  }

  #is(what: string): boolean {
    const { replyTo, repostOf } = this.#message;
    if (what === 'reply') return replyTo !== undefined;
    if (what === 'repost') return repostOf !== undefined || this.text.startsWith(RETWEET);
    return QUESTION.test(this.text);
  }

  /** `url` is also where the message itself is. */
  #addresses(name: AddressFieldName): readonly Address[] {
    const linked = (this.#addressesLinked ??= addressesIn(this.links, this.text));
    const own = name === 'url' && this.url !== undefined ? readAddress(this.url) : undefined;
    return own ? [...linked, own] : linked;
  }
}
