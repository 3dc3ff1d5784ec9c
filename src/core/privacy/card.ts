/** Payment cards: the prefix and the length of an issuer (ISO/IEC 7812) and the check digit of Luhn. */
import { isWordChar, wordsBefore } from './chars.ts';
import { digitRuns, type DigitRun } from './digit-runs.ts';
import type { Found } from './kinds.ts';
import { webAddresses, type AddressAt } from './web-addresses.ts';

/** Prefixes of six digits, from and to, both inclusive, and the lengths that are issued under them. */
const ISSUERS: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [220_000, 220_499, [16, 17, 18, 19]], // Mir
  [220_500, 220_599, [16]], // BORICA
  [222_100, 272_099, [16]], // Mastercard
  [300_000, 305_999, [14, 16, 19]], // Diners Club
  [309_500, 309_599, [14, 16, 19]],
  [340_000, 349_999, [15]], // American Express
  [352_800, 358_999, [16, 17, 18, 19]], // JCB
  [360_000, 369_999, [14, 16, 19]], // Diners Club
  [370_000, 379_999, [15]], // American Express
  [380_000, 399_999, [14, 16, 19]], // Diners Club
  [400_000, 499_999, [13, 16, 19]], // Visa
  [501_800, 501_899, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [501_900, 501_999, [16]], // Dankort
  [502_000, 502_099, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [503_800, 503_899, [12, 13, 14, 15, 16, 17, 18, 19]],
  [504_175, 504_175, [16]], // Elo
  [506_099, 506_198, [16, 18, 19]], // Verve
  [506_699, 506_778, [16]], // Elo
  [507_865, 507_964, [16, 18, 19]],
  [508_500, 508_999, [16]], // RuPay
  [509_000, 509_999, [16]], // Elo
  [510_000, 559_999, [16]], // Mastercard
  [560_000, 589_999, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [601_100, 601_199, [16, 17, 18, 19]], // Discover
  [604_001, 604_200, [16, 17, 18, 19]], // UkrCard
  [606_282, 606_282, [16]], // Hipercard
  [606_985, 608_500, [16]], // RuPay
  [620_000, 629_999, [16, 17, 18, 19]], // UnionPay
  [630_400, 630_499, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [633_110, 633_110, [16, 18, 19]], // Switch
  [633_300, 633_499, [16, 18, 19]], // Switch, Solo
  [636_000, 636_999, [16, 17, 18, 19]], // InterPayment, Elo
  [637_000, 639_999, [16]], // InstaPayment
  [644_000, 659_999, [16, 17, 18, 19]], // Discover
  [670_000, 679_999, [12, 13, 14, 15, 16, 17, 18, 19]], // Maestro
  [810_000, 829_999, [16, 17, 18, 19]], // UnionPay, RuPay
  [860_000, 860_099, [16]], // Uzcard
  [970_400, 970_499, [16, 19]], // NAPAS
  [979_200, 979_299, [16]], // Troy
  [986_000, 986_099, [16]], // Humo
];

const DIGITS_MIN = 12;
const DIGITS_MAX = 19;
/** Shorter groups, except the last, are lists of numbers. */
const GROUP_DIGITS_MIN = 3;
const PRINTED = new Set(
  '4,4,4,4 4,6,5 4,6,4 4,4,4,4,3 4,4,4,4,2 4,4,4,4,1 4,4,4,3 4,4,4,2 4,4,4,1 6,13 4,3,3,3'.split(' '),
);
/** The number of an order at a large shop. */
const ORDERED = '3,7,7';
/** Right before a number: it is one of these, whatever its check digit, which some of them share. */
const OTHER_NUMBERS = new Set(
  'imei imeis iccid meid isbn ean gtin upc serial sn tracking parcel shipment awb waybill fedex ups usps dhl'.split(
    ' ',
  ),
);
/** Right before digits without a gap: people give these the numbers that they like. */
const THING_NUMBERS = new Set(
  (
    'order orders bestellung bestellnummer commande pedido ordine ticket case invoice ref reference booking confirmation ' +
    'transaction customer member membership'
  ).split(' '),
);
const LINK_WORDS = new Set('no nr num number numbers code is id # s n'.split(' '));
const WORDS_BEFORE_MAX = 3;
/** Without gaps, so many digits stand for themselves. */
const UNGROUPED_DIGITS_MIN = 13;

export function findCards(text: string): Found[] {
  const found: Found[] = [];
  const addressAt = webAddresses(text);
  for (const run of digitRuns(text, DIGITS_MIN, (between) => JOINTS.has(between))) {
    if (isNamedOtherwise(text, run)) continue;
    for (let first = 0; first < run.starts.length; first++) {
      if (!canBegin(text, run.starts[first] ?? 0, addressAt)) continue;
      const card = cardAt(text, run, first);
      if (card === undefined) continue;
      found.push(card.found);
      first = card.last;
    }
  }
  return found;
}

function isNamedOtherwise(text: string, { starts: [start = 0, second] }: DigitRun): boolean {
  const named = wordsBefore(text, start, WORDS_BEFORE_MAX).find((word) => !LINK_WORDS.has(word));
  if (named === undefined) return false;
  return OTHER_NUMBERS.has(named) || (second === undefined && THING_NUMBERS.has(named));
}

const JOINTS = new Set([' ', '-', '.', '·', '/', '_', '—', '  ', ' - ', '\n', '\r\n']);

/** In the groups of a card, all parted alike: no telephone numbers, not even two of them in two lines. */
const AS_PRINTED =
  /^[0-9]{4}([ ._-])(?:[0-9]{4}\1[0-9]{4}\1[0-9]{1,4}(?:\1[0-9]{1,3})?|[0-9]{6}\1[0-9]{4,5})$/;

/** The longest card that begins with this group, or else what is grouped as one and fails the check. */
function cardAt(text: string, run: DigitRun, first: number): { found: Found; last: number } | undefined {
  const { starts, ends } = run;
  const start = starts[first] ?? 0;
  let longest: { found: Found; last: number } | undefined;
  let digits = 0;
  for (let last = first; last < starts.length; last++) {
    const end = ends[last] ?? 0;
    const size = end - (starts[last] ?? 0);
    digits += size;
    if (digits > DIGITS_MAX) break;
    if (digits >= DIGITS_MIN && !isWordChar(text, end) && isWhole(text, run, first, last)) {
      const canonical = digitsOf(text, run, first, last);
      if (isIssued(canonical)) {
        if (luhnSum(canonical) % 10 === 0) longest = { found: { start, end, canonical }, last };
        else if (longest === undefined && AS_PRINTED.test(text.slice(start, end)) && text[start - 1] !== '+')
          longest = { found: { start, end, canonical, isRefused: true }, last };
      }
    }
    if (size < GROUP_DIGITS_MIN) break;
  }
  return longest;
}

/** `0.` before the digits. */
const FRACTION = /(?:^|[^0-9])[0-9]\.$/;

/** Not within a word, not the fraction of a number, not a name in the path of a web address. */
function canBegin(text: string, start: number, addressAt: AddressAt): boolean {
  if (isWordChar(text, start - 1)) return false;
  if (FRACTION.test(text.slice(Math.max(0, start - 3), start))) return false;
  return text[start - 1] === '=' || addressAt(start) === undefined;
}

/** As cards are printed, or all that one separator joins: no piece of a longer number. */
function isWhole(text: string, { starts, ends }: DigitRun, first: number, last: number): boolean {
  const sizes = [];
  for (let at = first; at <= last; at++) sizes.push((ends[at] ?? 0) - (starts[at] ?? 0));
  const written = sizes.join(',');
  if (written === ORDERED) return false;
  if (PRINTED.has(written) || (first === last && (sizes[0] ?? 0) >= UNGROUPED_DIGITS_MIN)) return true;
  const between = (at: number) => text.slice(ends[at], starts[at + 1]);
  const goesOn = (at: number) => between(at) === between(first) || between(at).trim() !== '';
  return !(first > 0 && goesOn(first - 1)) && !(last < starts.length - 1 && goesOn(last));
}

function digitsOf(text: string, { starts, ends }: DigitRun, first: number, last: number): string {
  let digits = '';
  for (let at = first; at <= last; at++) digits += text.slice(starts[at], ends[at]);
  return digits;
}

function isIssued(digits: string): boolean {
  const prefix = Number(digits.slice(0, 6));
  return ISSUERS.some(
    ([from, to, lengths]) => prefix >= from && prefix <= to && lengths.includes(digits.length),
  );
}

function luhnSum(digits: string): number {
  let sum = 0;
  for (let at = digits.length - 1, doubled = false; at >= 0; at--, doubled = !doubled) {
    const digit = digits.charCodeAt(at) - 0x30;
    sum += doubled ? digit * 2 - (digit > 4 ? 9 : 0) : digit;
  }
  return sum;
}
