/** Replaces personal data in a text by typed tokens. */
import { findCards } from './card.ts';
import { findEmails } from './email.ts';
import { findIbans } from './iban.ts';
import { findIps } from './ip.ts';
import type { KeyedHash } from './keyed-hash.port.ts';
import { PII_KINDS, type Finder, type Found, type PiiKind } from './kinds.ts';
import { loadPhoneJudge } from './phone-judge.ts';
import { createPhoneFinder } from './phone.ts';
import { behindBarriers, mayHoldAnything, readable } from './readable.ts';
import type { PrivacyConfig } from './redact.config.ts';

/** Hexadecimal digits of the HMAC in a token: two data of one conversation share a tag once in 65,536. */
const TAG_CHARS = 4;

export type FoundCounts = Readonly<Record<PiiKind, number>>;

export const REDACT_LIMITS = {
  /** UTF-16 units of one text that are looked at. What is beyond is left out, unless it cannot hold anything. */
  charsReadMax: 8_192,
} as const;

export interface Redaction {
  readonly text: string;
  readonly found: FoundCounts;
  /** UTF-16 units beyond `charsReadMax` that `[unread]` stands for. */
  readonly unreadChars: number;
}

export interface Redactor {
  /** Never throws; bounded work for any text. The same text when nothing is found, else at most three times as long; what
   *  was redacted is left as it is. Within one `conversation` the same datum has the same tag; without one, none has. */
  redact(text: string, conversation?: string): Redaction;
}

export const NOTHING_FOUND: FoundCounts = { email: 0, iban: 0, card: 0, ip: 0, phone: 0 };

const FINDERS: Readonly<Record<Exclude<PiiKind, 'phone'>, Finder>> = {
  email: findEmails,
  iban: findIbans,
  card: findCards,
  ip: findIps,
};

/** Undefined when nothing is to be redacted. Kinds that are not named are still told apart, so that no part of an IBAN is
 *  taken for a telephone number. */
export async function createRedactor(
  config: PrivacyConfig,
  keyedHash: KeyedHash,
): Promise<Redactor | undefined> {
  const wanted = new Set(config.redact);
  if (wanted.size === 0) return undefined;
  const lastWanted = PII_KINDS.findLastIndex((kind) => wanted.has(kind));
  const finders: (readonly [PiiKind, Finder])[] = [];
  for (const kind of PII_KINDS.slice(0, lastWanted + 1)) {
    const finder =
      kind === 'phone' ? createPhoneFinder(await loadPhoneJudge([config.region].flat())) : FINDERS[kind];
    finders.push([kind, finder]);
  }
  const hash = config.key === undefined ? undefined : keyedHash(config.key);
  const tokenOf = ({ kind, canonical }: Located, conversation: string | undefined): string => {
    if (hash === undefined || conversation === undefined) return `[${kind}]`;
    return `[${kind}:${hash(`${kind}\0${conversation}\0${canonical}`).slice(0, TAG_CHARS)}]`;
  };
  return {
    redact(whole, conversation) {
      const text = legible(whole);
      const unreadChars = whole.length - text.length;
      const all = findAll(text, finders).filter(({ kind }) => wanted.has(kind));
      if (all.length === 0 && unreadChars === 0) return { text: whole, found: NOTHING_FOUND, unreadChars };
      const found = { ...NOTHING_FOUND };
      const parts: string[] = [];
      let from = 0;
      for (const one of all) {
        found[one.kind] += 1;
        parts.push(text.slice(from, one.start), tokenOf(one, conversation));
        from = one.end;
      }
      parts.push(text.slice(from), unreadChars > 0 ? UNREAD : '');
      return { text: parts.join(''), found, unreadChars };
    },
  };
}

const UNREAD = '[unread]';
/** How far back a cut may move, so as to stand behind a word. */
const CUT_CHARS_MAX = 256;

/** All of the text, or as much as is looked at. */
function legible(text: string): string {
  const { charsReadMax } = REDACT_LIMITS;
  const earliest = charsReadMax - CUT_CHARS_MAX;
  if (text.length <= charsReadMax || !mayHoldAnything(text.slice(earliest))) return text;
  for (let end = charsReadMax - UNREAD.length; end > earliest; end--)
    if (/\s/.test(text.charAt(end)) && /\p{L}/u.test(text.charAt(end - 1))) return text.slice(0, end);
  return text.slice(0, earliest);
}

type Located = Found & { readonly kind: PiiKind };

/** What was found may free what stands beside it, so that the text is looked at again until nothing more is found. */
const ROUNDS_MAX = 4;

/** In reading order. */
function findAll(text: string, finders: readonly (readonly [PiiKind, Finder])[]): Located[] {
  if (!mayHoldAnything(text)) return [];
  let rest = readable(text);
  const all: Located[] = [];
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const before = all.length;
    for (const [kind, find] of finders) {
      const found = find(rest);
      if (found.length === 0) continue;
      for (const one of found) if (one.isRefused !== true) all.push({ ...one, kind });
      rest = behindBarriers(rest, found);
    }
    if (all.length === before) break;
  }
  return all.sort((a, b) => a.start - b.start);
}
