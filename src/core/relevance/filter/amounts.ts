/** What is counted of a text, and what each token adds to it. */
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

/** Lower case, first and second person. */
const FIRST_PERSON = new Set("i i'm im i've ive i'll i'd me my mine myself we our us we're".split(' '));
const SECOND_PERSON = new Set("you u ur your you're youre yours ya urself yourself".split(' '));

/** How people write to each other; digits stand for `2` and `4`. */
const FAMILIAR = new Set(
  'n d r 0 lol haha hey ok da dont gonna wanna cos cuz lor lar den dat dis wat y k go home got'.split(' '),
);

/** Which amount a token adds to; -1 for none. */
export function amountOf(kind: TokenKind, form: string): number {
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
      if (FIRST_PERSON.has(form)) return AT['first person'];
      if (SECOND_PERSON.has(form)) return AT['second person'];
      return FAMILIAR.has(form) ? AT.familiar : -1;
    default:
      return -1;
  }
}
