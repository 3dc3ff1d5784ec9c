/** Ratings that are written in a text: `4/5`, `8.5/10`, `nine out of ten`, `1 star`, `two-star review`, `★★☆☆☆`. The tokens of each
 *  become one of kind `rating`, whose grade counts and not its figures. What only looks like one stays as it is: dates
 *  (`Thursday 9/10`), places in a thread (`(2/5)`), what is counted (`8 out of 10 cats`), categories (`a 4 star hotel`). */
import { isAsciiInHand, textOf, units } from '../../message/units.ts';
import { take, type Tokens } from './tokens.ts';

/** The grades, worst first, with the highest share of the best that still is each. */
const GRADES = [
  ['dire', 0.3],
  ['poor', 0.5],
  ['middling', 0.65],
  ['decent', 0.85],
  ['superb', 1],
] as const;
export type Grade = (typeof GRADES)[number][0];

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const FIGURE = String.raw`(?<figure>\d{1,3}(?:[.,]\d)?|${WORDS.join('|')})`;
/** Not behind what makes something else of a figure: a price, a number of things, a longer number. */
const BEGIN = String.raw`(?<![\p{L}\p{N}\p{M}_#$£€/+–-]|\p{N}[.,:])`;
const END = String.raw`(?![\p{L}\p{N}\p{M}_/]|[.,:-]\p{N})`;
const RATIO = new RegExp(
  String.raw`${BEGIN}${FIGURE}(?: ?(?<slash>/) ?|(?:[ -]stars?)? out of )(?<scale>100|10|5|ten|five)(?<stars>[ -]stars?)?${END}`,
  'giu',
);
const STARS = new RegExp(String.raw`${BEGIN}${FIGURE}[ -](?<stars>stars?)${END}`, 'giu');
const STARS_MAX = 5;
/** Units before a sign in which a rating begins. */
const REACH_BACK = 16;
/** And behind its beginning in which it ends. */
const REACH = 32;

const setOf = (words: string) => new Set(words.split(' '));

/** In front of a ratio these make a date of it, or a place in a row. */
const COUNTED = setOf(
  'on by until till since from before after due dated date today tonight tomorrow yesterday mon monday tue tues tuesday wed weds ' +
    'wednesday thu thur thurs thursday fri friday sat saturday sun sunday am le el il em den dem der vom bis dal al ' +
    'part parts page pages chapter episode ep step round day week game level question no number section item disc disk volume vol slide',
);
/** In front of a ratio these make a rating of it, wherever it stands. */
const RATED = setOf(
  'a an rate rated rates rating score scored scores give gives gave giving get gets got overall verdict solid easy easily strong ' +
    'about deserves experience service',
);
/** What may follow stars that rate, unless the clause ends: `5 stars for Ana`, but `5 stars of the team`. */
const BEHIND_STARS = setOf(
  'for from because only if and but would rating ratings review reviews service is as to i it they we you so no not this',
);
/** Units of a text in which a ratio at either end is no place in a thread. */
const SHORT_UNITS = 40;
const WORD_UNITS_MAX = 12;

const SLASH = 0x2f;
const COMMA = 0x2c;
const ROUND = 0x28;
const SQUARE = 0x5b;
const BLACK_STAR = 0x2605;
const WHITE_STAR = 0x2606;
const STAR_EMOJI = 0x2b50;
const VARIATION = 0xfe0f;
const isFull = (unit: number) => unit === BLACK_STAR || unit === STAR_EMOJI;
const isStar = (unit: number) => isFull(unit) || unit === WHITE_STAR;

/** Where a rating stands in the text in hand. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Makes each rating of the text in hand, of which `length` units are read, one token. Where there is none it costs a look at each token,
 *  and at each unit of a text that is not ASCII. */
export function joinRatings(length: number, tokens: Tokens): void {
  const spans = isAsciiInHand() ? [] : starSpans(length);
  const inStars = spans.length;
  addWordSpans(tokens, spans);
  if (spans.length === 0) return;
  if (inStars > 0 && inStars < spans.length) spans.sort((a, b) => a.start - b.start);
  join(tokens, spans);
}

/** How good it is, of the spelling of a rating. */
export function gradeOf(rating: string): Grade {
  const share = shareOf(rating);
  const found = GRADES.find(([, shareMax]) => share <= shareMax);
  return found?.[0] ?? 'superb';
}

/** Of the best that can be given, 0 to 1. */
function shareOf(rating: string): number {
  const full = rating.match(/[★⭐]/gu);
  if (full !== null) return full.length / STARS_MAX;
  const [value = 0, scale = STARS_MAX] = (rating.match(/[\p{L}\p{N}.,]+/gu) ?? []).flatMap(numberOf);
  return value / scale;
}

/** None for a word that is no number. */
function numberOf(text: string): number[] {
  if (/^\d/.test(text)) return [Number(text.replace(',', '.'))];
  const value = WORDS.indexOf(text.toLowerCase());
  return value === -1 ? [] : [value];
}

/** What a span holds becomes one token; of stars alone there may have been none. */
function join(tokens: Tokens, spans: readonly Span[]): void {
  const { count } = tokens;
  const kinds = tokens.kinds.slice(0, count);
  const starts = tokens.starts.slice(0, count);
  const ends = tokens.ends.slice(0, count);
  tokens.count = 0;
  let from = 0;
  for (const { start, end } of spans) {
    for (; from < count && (starts[from] ?? 0) < start; from += 1)
      take(tokens, kinds[from] ?? 'mark', starts[from] ?? 0, ends[from] ?? 0);
    take(tokens, 'rating', start, end);
    while (from < count && (starts[from] ?? 0) < end) from += 1;
  }
  for (; from < count; from += 1) take(tokens, kinds[from] ?? 'mark', starts[from] ?? 0, ends[from] ?? 0);
}

/** Five stars side by side, the full ones first. */
function starSpans(length: number): Span[] {
  const spans: Span[] = [];
  for (let start = 0; start < length; start += 1) {
    if (!isStar(units[start] ?? 0)) continue;
    let [full, empty, end] = [0, 0, start];
    for (; isStar(units[end] ?? 0) || units[end] === VARIATION; end += 1) {
      if (!isFull(units[end] ?? 0)) empty += units[end] === WHITE_STAR ? 1 : 0;
      else full += empty === 0 ? 1 : STARS_MAX; // Full behind empty: no rating.
    }
    if (full > 0 && full + empty === STARS_MAX) spans.push({ start, end });
    start = end;
  }
  return spans;
}

function addWordSpans(tokens: Tokens, spans: Span[]): void {
  const { starts } = tokens;
  let end = 0;
  for (let index = 0; index < tokens.count; index += 1) {
    if (!isSign(tokens, index) || (starts[index] ?? 0) < end) continue;
    const span = spanAt(tokens, index);
    if (span === undefined || span.start < end) continue;
    spans.push(span);
    end = span.end;
  }
}

/** Whether token `index` may be the sign of a rating: `/`, `out`, `star`, `stars`. Asked of every token of every text. */
function isSign({ kinds, starts, ends }: Tokens, index: number): boolean {
  const start = starts[index] ?? 0;
  if (kinds[index] === 'mark') return units[start] === SLASH;
  return kinds[index] === 'word' && isSignWord(start, ends[index] ?? 0);
}

const LOWER = 0x20;
const OUT = [0x6f, 0x75, 0x74];
const STAR = [0x73, 0x74, 0x61, 0x72];
const LOWER_S = 0x73;

function isSignWord(start: number, end: number): boolean {
  const first = (units[start] ?? 0) | LOWER;
  if (first !== OUT[0] && first !== STAR[0]) return false;
  const spells = (word: readonly number[]) =>
    word.every((letter, at) => ((units[start + at] ?? 0) | LOWER) === letter);
  const length = end - start;
  if (length === OUT.length) return spells(OUT);
  if (length === STAR.length) return spells(STAR);
  return length === STAR.length + 1 && spells(STAR) && ((units[end - 1] ?? 0) | LOWER) === LOWER_S;
}

/** The rating whose sign is token `index`. */
function spanAt(tokens: Tokens, index: number): Span | undefined {
  const sign = tokens.starts[index] ?? 0;
  const from = Math.max(0, sign - REACH_BACK);
  const until = Math.min(from + REACH_BACK + REACH, tokens.ends[tokens.count - 1] ?? 0);
  const around = textOf(units, from, until);
  const isStars = ((units[sign] ?? 0) | LOWER) === LOWER_S;
  for (const { 0: text, index: at, groups = {} } of around.matchAll(isStars ? STARS : RATIO)) {
    const start = from + at;
    const span = { start, end: start + text.length };
    if (start > sign || span.end <= sign) continue;
    const isRating = isStars ? isOfStars : isRatio;
    return isRating(new Surroundings(tokens, span, index), groups) ? span : undefined;
  }
  return undefined;
}

type Groups = Readonly<Record<string, string | undefined>>;

/** What stands around a rating. */
class Surroundings {
  readonly #tokens: Tokens;
  /** The tokens before it, -1 for none, and behind. */
  readonly #last: number;
  readonly #next: number;

  constructor(tokens: Tokens, { start, end }: Span, within: number) {
    const { count, starts } = tokens;
    let last = within;
    while (last >= 0 && (starts[last] ?? 0) >= start) last -= 1;
    let next = within;
    while (next < count && (starts[next] ?? 0) < end) next += 1;
    this.#tokens = tokens;
    this.#last = last;
    this.#next = next;
  }

  /** The word before, also with a comma between; empty where none is. */
  get before(): string {
    return this.#wordAt(this.#unitBefore() === COMMA ? this.#last - 1 : this.#last);
  }

  /** The word that follows at once; empty where the clause ends. */
  get behind(): string {
    return this.#wordAt(this.#next);
  }

  get isBracketed(): boolean {
    const unit = this.#unitBefore();
    return unit === ROUND || unit === SQUARE;
  }

  /** Whether words stand on both sides of it. */
  get isInside(): boolean {
    return this.#hasWord(0, this.#last + 1) && this.#hasWord(this.#next, this.#tokens.count);
  }

  get isShort(): boolean {
    const { count, ends } = this.#tokens;
    return (ends[count - 1] ?? 0) <= SHORT_UNITS;
  }

  #unitBefore(): number {
    return this.#last < 0 ? 0 : (units[this.#tokens.starts[this.#last] ?? 0] ?? 0);
  }

  #hasWord(from: number, end: number): boolean {
    const { kinds } = this.#tokens;
    for (let index = from; index < end; index += 1) if (kinds[index] === 'word') return true;
    return false;
  }

  #wordAt(index: number): string {
    const { count, kinds, starts, ends } = this.#tokens;
    if (index < 0 || index >= count || kinds[index] !== 'word') return '';
    const start = starts[index] ?? 0;
    return textOf(units, start, Math.min(ends[index] ?? 0, start + WORD_UNITS_MAX)).toLowerCase();
  }
}

function isRatio(around: Surroundings, { figure = '', slash, scale = '', stars }: Groups): boolean {
  const [value = 0] = numberOf(figure);
  const [most = 0] = numberOf(scale);
  if (value > most) return false;
  const { before, behind } = around;
  if (slash === undefined || most === 100) return behind === '' || stars !== undefined;
  if (behind === 'of') return false;
  const isDecimal = !Number.isInteger(value);
  if (COUNTED.has(before) && !isDecimal) return false;
  // No place in a thread is a nought or a fraction, and 10/10 is said more often than counted.
  if (isDecimal || value === 0 || value === 10 || stars !== undefined || RATED.has(before)) return true;
  return !around.isBracketed && (around.isShort || around.isInside);
}

function isOfStars({ behind }: Surroundings, { figure = '' }: Groups): boolean {
  const [value = 0] = numberOf(figure);
  return value <= STARS_MAX && (behind === '' || BEHIND_STARS.has(behind));
}
