/** Telephone numbers: found by their shape and the words beside them, judged by libphonenumber. International ones
 *  everywhere, national ones of the regions that were asked for. */
import { isDigit, isWordChar, wordAfter, wordsBefore } from './chars.ts';
import { datedGroups } from './dates.ts';
import { digitRuns, type DigitRun } from './digit-runs.ts';
import type { Finder, Found } from './kinds.ts';
import { isAccount, isSeries } from './other-runs.ts';
import { PHONE_DIGITS_MAX, type PhoneJudge } from './phone-judge.ts';
import {
  hasDecimal,
  isPlausible,
  isRangeOrAmount,
  isUnmistakableNanp,
  type PhoneShape,
} from './phone-shape.ts';
import {
  AMOUNT_WORDS,
  COUNTED_BEHIND,
  NUMBER_WORDS,
  OWNER_WORDS,
  PHONE_LINKS,
  PHONE_WORDS,
  THING_BEFORE,
  THING_BEFORE_CHARS_MAX,
  THING_NUMBER,
  THING_PHRASE,
  THING_WORDS,
  THING_WORDS_PLAIN,
  plainWord,
} from './phone-words.ts';
import { webAddresses, type AddressAt } from './web-addresses.ts';

const DIGITS_MIN = 7;
/** With the prefix of an international call. */
const DIGITS_MAX = PHONE_DIGITS_MAX + 3;
const GROUPS_MAX = 9;
/** How often libphonenumber is asked about one text, once for each region (10 to 25 microseconds each time). Further numbers
 *  of the right shape are taken for telephone numbers: what is not looked at is not let through. */
const ASKED_MAX = 160;

const JOINTS = new Set([
  ' ',
  '-',
  '.',
  '·',
  '/',
  ' - ',
  ' / ',
  ')',
  ') ',
  ')-',
  ').',
  ')/',
  ' (',
  '(',
  '-(',
  ') - ',
  '. ',
]);
const EXTENSION =
  /^(?:;ext=|[ ,]{0,2}(?:ext|extn|extension|x|xt|int|interno|poste|durchwahl|ramal|anexo|toestel|доб)[.:]? ?)[0-9]{1,6}(?![\p{Script=Latin}\p{N}_])/iu;
const EXTENSION_CHARS_MAX = 20;
const AMOUNT_CHARS_MAX = 4;
const MONEY = /^[$€£¥₹₽₩₦₺₴฿%°]$/;

/** By the words before: to be called, or the name of a thing. */
type Manner = 'called' | 'named' | 'plain';

interface Stretch {
  readonly run: DigitRun;
  readonly first: number;
  readonly last: number;
}
interface Hit extends Stretch {
  readonly number: string;
}

export function createPhoneFinder(judge: PhoneJudge): Finder {
  return (text) => {
    const plain = rounded(text);
    const search = new Search(plain, judge);
    for (const run of digitRuns(plain, DIGITS_MIN, (between) => JOINTS.has(between))) search.run(run);
    return search.found.sort((a, b) => a.start - b.start);
  };
}

/** `[212] 555-0100`, but not what follows a word or another bracket, as places in lists and notes do. */
const SQUARE = /(?<![\p{L}\p{N}_\])])\[(0[0-9]{1,4}|[2-9][0-9]{2})\](?=[ .-]?[0-9]{3})/gu;

/** With the round brackets that area codes stand in as a rule; as long as before. */
function rounded(text: string): string {
  return text.includes('[') ? text.replace(SQUARE, '($1)') : text;
}

class Search {
  readonly found: Found[] = [];
  readonly #text: string;
  readonly #judge: PhoneJudge;
  readonly #addressAt: AddressAt;
  #asked = 0;

  constructor(text: string, judge: PhoneJudge) {
    this.#text = text;
    this.#judge = judge;
    this.#addressAt = webAddresses(text);
  }

  /** Looks at the stretches of a run that no date and no word interrupts. */
  run(run: DigitRun): void {
    if (!this.#mayHoldNumber(run) || isAccount(this.#text, run) || isSeries(this.#text, run)) return;
    const dated = datedGroups(this.#text, run);
    let first = 0;
    for (let at = 0; at <= run.starts.length; at++) {
      if (at < run.starts.length && dated[at] === false && !this.#isPartOfMore(run, at, at > first)) continue;
      if (at > first) this.#stretch({ run, first, last: at - 1 });
      first = at + 1;
    }
  }

  /** One group alone is soon judged: most are ids. */
  #mayHoldNumber({ starts, ends }: DigitRun): boolean {
    const [start = 0, second] = starts;
    const digits = (ends[0] ?? 0) - start;
    if (second !== undefined) return true;
    return (
      digits <= DIGITS_MAX && (this.#judge.regionsWithLength(digits) > 0 || this.#text[start - 1] === '+')
    );
  }

  /** The whole stretch, or each number in it; then what is left before a number, which alone may be one. */
  #stretch({ run, first, last }: Stretch): void {
    for (let from = first; from <= last;) {
      const whole = this.#read({ run, first: from, last }, { whole: true, strict: true });
      const hit = whole ?? this.#firstWithin({ run, first: from, last });
      if (hit === undefined) return;
      this.#take(hit);
      const before =
        hit.first > from
          ? this.#read({ run, first: from, last: hit.first - 1 }, { whole: true, strict: false })
          : undefined;
      if (before !== undefined) this.#take(before);
      from = hit.last + 1;
    }
  }

  #firstWithin({ run, first, last }: Stretch): Hit | undefined {
    for (let from = first; from <= last; from++) {
      // What is in use goes before what may be: `+91 98765 43210 24/7`.
      for (const strict of this.#isInternational(run.starts[from] ?? 0) ? [true, false] : [false])
        for (let to = Math.min(last, from + GROUPS_MAX - 1); to >= from; to--) {
          const hit = this.#read({ run, first: from, last: to }, { whole: false, strict });
          if (hit !== undefined) return hit;
        }
    }
    return undefined;
  }

  #take({ run, first, last, number }: Hit): void {
    const text = this.#text;
    let start = run.starts[first] ?? 0;
    let end = run.ends[last] ?? 0;
    if (text[start - 1] === '+' && text[start - 2] !== '%') start -= 1; // `%2B` is three characters.
    if (text[start - 1] === '(' && opensOf(text.slice(start, end)) < 0) start -= 1;
    end += EXTENSION.exec(text.slice(end, end + EXTENSION_CHARS_MAX))?.[0].length ?? 0;
    this.found.push({ start, end, canonical: number });
  }

  #isInternational(start: number): boolean {
    return this.#text[start - 1] === '+' && !isWordChar(this.#text, start - 2);
  }

  /** The number that these groups make, if they make one. `strict`: behind a `+`, only one that could be in use. */
  #read(
    stretch: Stretch,
    { whole, strict }: { readonly whole: boolean; readonly strict: boolean },
  ): Hit | undefined {
    const { run, first, last } = stretch;
    // Cheapest first: of a list of numbers every stretch is asked for.
    const digits = last - first < GROUPS_MAX ? digitsIn(stretch) : 0;
    if (digits < DIGITS_MIN || digits > DIGITS_MAX) return undefined;
    const start = run.starts[first] ?? 0;
    const isInternational = this.#isInternational(start);
    const mayBeNumber =
      isInternational || this.#judge.regionsWithLength(digits) > 0 || this.#text.startsWith('00', start);
    if (!mayBeNumber || !this.#standsAlone(stretch)) return undefined;
    const shape = shapeOf(this.#text, stretch);
    if (this.#isBracketedOtherwise(stretch, shape)) return undefined;
    if (hasDecimal(shape, isInternational ? 1 : 0)) return undefined;
    if (!whole && this.#isPieceOfList(stretch, shape)) return undefined;
    if (this.#isAmount(start, run.ends[last] ?? 0)) return undefined;
    const number = isInternational ? this.#abroad(shape, strict) : this.#home(shape, stretch, whole);
    return number === undefined ? undefined : { ...stretch, number };
  }

  #abroad({ digits }: PhoneShape, strict: boolean): string | undefined {
    this.#asked += 1;
    return this.#asked > ASKED_MAX ? `+${digits}` : this.#judge.international(digits, strict);
  }

  #home(shape: PhoneShape, { run, first }: Stretch, whole: boolean): string | undefined {
    const { digits } = shape;
    const start = run.starts[first] ?? 0;
    // What names the first of several groups names them all.
    const isNamed = first > 0 && this.#manner(run.starts[0] ?? 0) === 'named';
    const manner = isNamed ? 'named' : this.#manner(start);
    if (this.#addressAt(start) !== undefined && !this.#isCalledInAddress(start, manner)) return undefined;
    if (manner === 'named' && !isUnmistakableNanp(shape)) return undefined;
    this.#asked += Math.max(1, this.#judge.regionsWithLength(digits.length));
    const called = manner === 'called' || this.#addressAt(start) !== undefined;
    if (!called && isRangeOrAmount(shape)) return undefined;
    if (this.#asked > ASKED_MAX) return called || isPlausible(shape) ? digits : undefined;
    if (digits.startsWith('00')) return this.#judge.international(digits.slice(2), !whole);
    return (
      this.#judge.national(shape, { called, whole }) ??
      (called && digits.length >= CALLED_ABROAD_DIGITS_MIN
        ? this.#judge.international(digits, false)
        : undefined)
    );
  }

  #manner(start: number): Manner {
    const words = wordsBefore(this.#text, start, WORDS_BEFORE_MAX);
    for (const [at, word] of words.entries()) {
      if (PHONE_WORDS.has(word)) return 'called';
      if (NUMBER_WORDS.has(word) && OWNER_WORDS.has(words[at + 1] ?? '')) return 'called';
      const thing = plainWord(word);
      if (THING_WORDS.has(word) || THING_WORDS_PLAIN.has(thing) || THING_NUMBER.test(thing)) return 'named';
      if (!PHONE_LINKS.has(word) && !PHONE_LINKS.has(thing)) break;
    }
    const isNamed =
      this.#text[start - 1] === '#' ||
      THING_PHRASE.test(plainWord([...words].reverse().join(' '))) ||
      THING_BEFORE.test(this.#text.slice(Math.max(0, start - THING_BEFORE_CHARS_MAX), start));
    return isNamed ? 'named' : 'plain';
  }

  /** `?phone=447700900123`, `https://wa.me/447700900123`. */
  #isCalledInAddress(start: number, manner: Manner): boolean {
    if (manner === 'called' && /[=+]/.test(this.#text[start - 1] ?? '')) return true;
    return this.#text.slice(start - WA_ME.length, start) === WA_ME;
  }

  #isAmount(start: number, end: number): boolean {
    const text = this.#text;
    const before = text[start - 1] === ' ' ? text[start - 2] : text[start - 1];
    const after = text[end] === ' ' ? text[end + 1] : text[end];
    if (MONEY.test(before ?? '') || MONEY.test(after ?? ''))
      return !(before === '%' && text[start - 1] === '+');
    if (COUNTED_BEHIND.test(text.slice(end, end + AMOUNT_CHARS_MAX))) return true;
    return AMOUNT_WORDS.has(wordAfter(text, end)) || AMOUNT_WORDS.has(wordsBefore(text, start, 1)[0] ?? '');
  }

  /** `(Sept 2nd 2015) 29-32`, `436-444 (2015)`: a parenthesis that something else opens or closes. */
  #isBracketedOtherwise({ run, first, last }: Stretch, { between }: PhoneShape): boolean {
    if (!between.some((separator) => /[()]/.test(separator))) return false;
    const start = run.starts[first] ?? 0;
    const opened = /\(\+?$/.test(this.#text.slice(Math.max(0, start - 2), start)) ? 1 : 0;
    const opens = opensOf(this.#text.slice(start, run.ends[last]));
    return opened + opens < 0 || opens > 0;
  }

  /** Nothing but a space, a slash or the end of the run parts it from the other groups. */
  #standsAlone({ run, first, last }: Stretch): boolean {
    const isGap = (at: number) => /[ /]/.test(this.#text.slice(run.ends[at], run.starts[at + 1]));
    return (first === 0 || isGap(first - 1)) && (last === run.starts.length - 1 || isGap(last));
  }

  /** Pairs or triples of digits, or few digits, that go on beyond the stretch as within it. */
  #isPieceOfList({ run, first, last }: Stretch, { sizes, digits, between }: PhoneShape): boolean {
    if (sizes.length < 2 || (digits.length > SHORT_DIGITS && sizes.some((size) => size > 3))) return false;
    const separator = between.at(-1);
    const isSame = (at: number) => this.#text.slice(run.ends[at], run.starts[at + 1]) === separator;
    return (first > 0 && isSame(first - 1)) || (last < run.starts.length - 1 && isSame(last));
  }

  /** Whether a group is a piece of a word, a time, an amount, a path. `joined`: the group before it stands with it. */
  #isPartOfMore(run: DigitRun, at: number, joined: boolean): boolean {
    const start = run.starts[at] ?? 0;
    const end = run.ends[at] ?? 0;
    return (!joined && this.#isAttachedBefore(start, end - start)) || this.#isAttachedBehind(start, end);
  }

  #isAttachedBefore(start: number, digits: number): boolean {
    const text = this.#text;
    const before = text[start - 1] ?? ' ';
    const beforeThat = start - 2;
    if (before === '@' || (before === '+' && isWordChar(text, beforeThat))) return true;
    if (before === ',' && isListed(text, start - 1)) return false;
    if (before === ':' || before === ',') {
      const isAfterDigit = isDigit(text.charCodeAt(beforeThat));
      return isAfterDigit && (before === ':' || digits <= 3);
    }
    // `Tel02079460958`, but `PH23220158` is a part.
    if (isWordChar(text, start - 1) && !isWordChar(text, start - GLUED_WORD_CHARS_MIN)) return true;
    const isAttached =
      isWordChar(text, start - 1) ||
      before === '=' ||
      (/[-/\\]/.test(before) && isWordChar(text, beforeThat)) ||
      (before === '.' && isDigit(text.charCodeAt(beforeThat)));
    return isAttached && this.#manner(start) !== 'called' && this.#addressAt(start) === undefined;
  }

  #isAttachedBehind(start: number, end: number): boolean {
    const text = this.#text;
    const after = text[end] ?? ' ';
    if (after === '@') return true;
    if (after === ':') return isDigit(text.charCodeAt(end + 1));
    if (after === ',' && isListed(text, end)) return false;
    if (after === ',') return /^,[0-9]{1,3}(?![0-9])/.test(text.slice(end, end + 5));
    const isAttached =
      isWordChar(text, end) ||
      (after === '-' && isWordChar(text, end + 1) && !isDigit(text.charCodeAt(end + 1)));
    return (
      isAttached &&
      !EXTENSION.test(text.slice(end, end + EXTENSION_CHARS_MAX)) &&
      this.#manner(start) !== 'called'
    );
  }
}

/** What stands around a comma that parts two numbers (`917-555-0123,917-555-0124`): neither thousands nor a decimal. */
const LISTED = /^(?:[0-9]{4},[0-9]{3}|.{4},0[1-9])[- ][0-9]{2}/s;
const LISTED_CHARS_BEFORE = 4;
const LISTED_CHARS_AFTER = 7;

function isListed(text: string, comma: number): boolean {
  return LISTED.test(text.slice(Math.max(0, comma - LISTED_CHARS_BEFORE), comma + LISTED_CHARS_AFTER));
}

/** How many more parentheses open than close; less than none when one closes that nothing opened. */
function opensOf(text: string): number {
  let open = 0;
  for (const char of text) {
    if (char === '(') open += 1;
    else if (char === ')' && --open < 0) return open;
  }
  return open;
}

const SHORT_DIGITS = 8;
const GLUED_WORD_CHARS_MIN = 3;
const WA_ME = '//wa.me/';
const WORDS_BEFORE_MAX = 4;
const CALLED_ABROAD_DIGITS_MIN = 10;

function digitsIn({ run: { starts, ends }, first, last }: Stretch): number {
  let digits = 0;
  for (let at = first; at <= last; at++) digits += (ends[at] ?? 0) - (starts[at] ?? 0);
  return digits;
}

function shapeOf(text: string, { run: { starts, ends }, first, last }: Stretch): PhoneShape {
  let digits = '';
  const sizes: number[] = [];
  const between: string[] = [];
  for (let at = first; at <= last; at++) {
    const group = text.slice(starts[at], ends[at]);
    digits += group;
    sizes.push(group.length);
    if (at < last) between.push(text.slice(ends[at], starts[at + 1]));
  }
  return { digits, sizes, between, hasParentheses: between.some((separator) => separator.includes(')')) };
}
