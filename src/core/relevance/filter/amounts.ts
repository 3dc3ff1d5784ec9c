/** What is counted of a text, and what each token adds to it. */
import { WORD_SEED } from '../../sentiment/model/function-words.ts';
import { hashText } from '../../sentiment/model/hash.ts';
import type { TokenKind } from '../../sentiment/model/tokens.ts';

/** Per text, in this order. */
export const AMOUNTS = [
  'characters',
  'digits',
  'longest number',
  'currency',
  'exclamations',
  'questions',
  'capitals',
  'other alphabets',
  'lines',
  'links',
  'mentions',
  'hashtags',
  'emoji',
  'first person',
  'second person',
  'familiar',
] as const;
type Amount = (typeof AMOUNTS)[number];
export const AT = Object.fromEntries(AMOUNTS.map((name, index) => [name, index])) as Readonly<
  Record<Amount, number>
>;

/** By the hash of its form. */
const AMOUNT_OF_WORD = new Map<number, number>([
  // How people write to each other; digits stand for `2` and `4`.
  ...told(
    'familiar',
    'n d r 0 lol haha hey ok da dont gonna wanna cos cuz lor lar den dat dis wat y k go home got',
  ),
  ...told('second person', "you u ur your you're youre yours ya urself yourself"),
  ...told('first person', "i i'm im i've ive i'll i'd me my mine myself we our us we're"),
]);

function told(amount: Amount, words: string): [number, number][] {
  return words.split(' ').map((word) => [hashText(word, WORD_SEED), AT[amount]]);
}

/** Which amount a token adds to, by the hash of its form; -1 for none. */
export function amountOf(kind: TokenKind, hash: number): number {
  switch (kind) {
    case 'link':
      return AT.links;
    case 'mention':
      return AT.mentions;
    case 'hashtag':
      return AT.hashtags;
    case 'emoji':
    case 'emoticon':
      return AT.emoji;
    case 'word':
    case 'number':
      return AMOUNT_OF_WORD.get(hash) ?? -1;
    default:
      return -1;
  }
}
