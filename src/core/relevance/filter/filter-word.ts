/** What a filter knows of a token from its spelling alone. */
import { combine, hashText } from '../../sentiment/model/hash.ts';
import type { TokenKind } from '../../sentiment/model/tokens.ts';
import { describeWord, visitFeatures, type Word } from '../../sentiment/model/words.ts';
import { amountOf } from './amounts.ts';

/** A word with its own features: itself, its character n-grams, and what kind of link or number it is. */
export interface FilterWord extends Word {
  readonly buckets: Uint32Array;
  /** Which amount of a text it adds to; -1 for none. */
  readonly amount: number;
}

const LINK_SEED = 21;
const NUMBER_SEED = 22;
const DIGITS_TOLD_APART_MAX = 15;

export function describeFilterWord(kind: TokenKind, spelling: string, mask: number): FilterWord {
  const word = describeWord(kind, spelling);
  /** One may stand here twice; the reader counts it once. */
  const own: number[] = [];
  visitFeatures(kind, word, (hash) => own.push(hash & mask));
  if (kind === 'link') {
    const host = hostOf(spelling);
    if (host !== '') own.push(hashText(host, LINK_SEED) & mask);
  } else if (kind === 'number') {
    const digits = Math.min(spelling.replace(/\D/g, '').length, DIGITS_TOLD_APART_MAX);
    own.push(combine(digits, NUMBER_SEED) & mask);
    // How a number begins: 07… and 08… are phone numbers, 1.50 a price.
    own.push(hashText(`${spelling.slice(0, 2)}:${digits}`, NUMBER_SEED) & mask);
  }
  // Named one by one: an object made by spreading is slower to read, and this is read for every token.
  return {
    form: word.form,
    hash: word.hash,
    plainHash: word.plainHash,
    stemHash: word.stemHash,
    isCaps: word.isCaps,
    isElongated: word.isElongated,
    isNegator: word.isNegator,
    isContrast: word.isContrast,
    endsClause: word.endsClause,
    joins: word.joins,
    boost: word.boost,
    buckets: new Uint32Array(own),
    amount: amountOf(kind, word.form),
  };
}

const HOST = /^(?:https?:\/\/)?(?:www\.)?([^/\s?#]{1,60})/i;

/** Lower case, without `www.`; empty where a masked data set left only `http`. */
function hostOf(link: string): string {
  const host = HOST.exec(link)?.[1]?.toLowerCase() ?? '';
  return host === 'http' || host === 'https' ? '' : host;
}
