/** How the digits of a number are grouped, and whether people group the digits of a telephone number so. */

export interface PhoneShape {
  readonly digits: string;
  /** How many digits each group has. */
  readonly sizes: readonly number[];
  /** What stands between the groups. */
  readonly between: readonly string[];
  /** The first group, or the one behind it, stands in parentheses. */
  readonly hasParentheses: boolean;
}

const GROUPS_MAX = 6;
const GROUP_DIGITS_MAX = 8;
/** Fewer digits without a gap are amounts, dates, ids. */
const UNGROUPED_DIGITS_MIN = 9;
/** Fewer digits are grouped like that by anyone. */
const EXACT_DIGITS_MIN = 8;
/** Behind a prefix, of a run that holds nothing else. */
const GROUPS_USUAL_MAX = 5;
/** Where the format of the country is another one. */
/** Brazilians set the 9 of their mobile telephones apart. */
const MOBILE_NINE = '2,1,4,4';
const COMMON = new Set([MOBILE_NINE, '3,3,3', '2,3,2,2', '3,2,2,2', '3,2,3', '2,2,2,2', '2,2,2,2,2']);

/** The shapes of +1: area code, exchange, line. */
const NANP = /^(?:1,)?(?:3,3,4|3,7)$|^(?:10|11)$/;

export function isNanpShape({ digits, sizes }: PhoneShape): boolean {
  return NANP.test(sizes.join(',')) && !(sizes.length === 1 && isCounted(digits));
}

/** `(555) 123-4567`, `555-123-4567`, `555.123.4567`, `555·123·4567`, also with a 1 before: nothing else is written so. */
export function isUnmistakableNanp(shape: PhoneShape): boolean {
  const { sizes, between, hasParentheses } = shape;
  if (!/^(?:1,)?3,3,4$/.test(sizes.join(','))) return false;
  const [beforeExchange = '', beforeLine = ''] = between.slice(-2);
  return hasParentheses || (/^[-.·]$/.test(beforeLine) && beforeExchange === beforeLine);
}

/** `07700 900123`, `01632 960 001`, `07700900123`: the prefix of a national number, and long groups behind it. */
export function isLongWithPrefix({ digits, sizes, between, hasParentheses }: PhoneShape): boolean {
  if (!/^0[1-9]/.test(digits) || digits.length < UNGROUPED_DIGITS_MIN || isCounted(digits)) return false;
  if (sizes.length === 1) return digits.length === 10 || digits.length === 11;
  const [area = 0, ...others] = sizes;
  return (
    area >= 3 &&
    area <= 5 &&
    sizes.length <= 3 &&
    others.every((size) => size >= 3) &&
    isUniform(between, hasParentheses ? 1 : 0)
  );
}

/** The seconds since 1970 of the years 2017 to 2033. */
const EPOCH_SECONDS = /^1[5-9][0-9]{8}$/;

const SEQUENCES = new Set([
  '123456789',
  '1234567890',
  '0123456789',
  '01234567890',
  '987654321',
  '0987654321',
  '12345678901',
  '12345678910',
]);

/** `1111111111`, `123456789`, `0987654321`, a time of a computer; but `9876543210` is a number in India. */
function isCounted(digits: string): boolean {
  return SEQUENCES.has(digits) || /^(.)\1+$/.test(digits) || EPOCH_SECONDS.test(digits);
}

/** `089/2180-0`, `(0221) 221-0`: the switchboard of a firm in Germany or Austria. */
function isSwitchboard({ digits, sizes, between }: PhoneShape): boolean {
  const [area = 0, ...others] = sizes.slice(0, -1);
  return (
    /^0[1-9].*0$/.test(digits) &&
    digits.length >= EXACT_DIGITS_MIN &&
    sizes.at(-1) === 1 &&
    between.at(-1) === '-' &&
    area >= 2 &&
    others.length > 0 &&
    others.length <= 3 &&
    others.every((size) => size >= 2) &&
    !between.slice(0, -1).includes('.')
  );
}

/** No list of small numbers, no decimal, no amount, no postal code; and one separator behind the area code. */
export function isPlausible(shape: PhoneShape): boolean {
  const { digits, sizes, between, hasParentheses } = shape;
  if (isSwitchboard(shape)) return true;
  if (sizes.length === 1) return digits.length >= UNGROUPED_DIGITS_MIN && !isCounted(digits);
  const written = sizes.join(',');
  if (written === MOBILE_NINE) return true;
  if (sizes.length > GROUPS_MAX || sizes.some((size) => size > GROUP_DIGITS_MAX)) return false;
  if (sizes.some((size, at) => size < 2 && !(at === 0 && sizes.length > 2))) return false;
  if (sizes.length === 2 && between[0] === '.' && (sizes[0] ?? 0) <= 3) return false;
  if (written === '5,4' && between[0] === '-') return false;
  if (/^[12](?:,3)+$/.test(written) && !digits.startsWith('0')) return false;
  return isUniform(between, hasParentheses ? 2 : 1);
}

/** `57.22 1500`: a dot with no other dot beside it, and two digits behind it. */
export function hasDecimal({ digits, sizes, between }: PhoneShape, from: number): boolean {
  if (digits.startsWith('0')) return false;
  return between.some(
    (separator, at) =>
      at >= from &&
      separator === '.' &&
      (sizes[at + 1] ?? 0) <= 2 &&
      between[at - 1] !== '.' &&
      between[at + 1] !== '.',
  );
}

/** Between the houses of a street, or the words of an essay. */
const RANGE_MAX = 100;
const ROUND = 50;

/** `2300-2500`, `3410-3424`, `140.000.000`. */
export function isRangeOrAmount({ digits, sizes, between }: PhoneShape): boolean {
  if (sizes.join(',') === '4,4' && between[0] === '-') {
    const [low, high] = [Number(digits.slice(0, 4)), Number(digits.slice(4))];
    return low < high && (high - low <= RANGE_MAX || (low % ROUND === 0 && high % ROUND === 0));
  }
  const isGrouped = sizes.length > 1 && sizes.every((size, at) => size === 3 || (at === 0 && size < 3));
  return isGrouped && between.every((separator) => separator === '.') && digits.endsWith('000');
}

/** As its country writes it, or in one of the ways that people do; of a whole run of groups, as anyone might. */
export function isUsual(shape: PhoneShape, national: string, whole: boolean): boolean {
  if (whole && shape.digits.startsWith('0') && shape.sizes.length <= GROUPS_USUAL_MAX) return true;
  // Indians hyphenate theirs as Americans do.
  return isGroupedAs(shape, national) || COMMON.has(shape.sizes.join(',')) || isUnmistakableNanp(shape);
}

/** The very groups of the national format. A slash parts an area code, or scores. */
export function isExact({ digits, sizes, between }: PhoneShape, national: string): boolean {
  const isScore = between.lastIndexOf('/') > 0;
  const isListOfRanges = sizes.every((size) => size === 2) && !isUniform(between, 1);
  const written = sizes.join(',');
  const isTheirs = written === sizesOf(national).join(',') || written === MOBILE_NINE;
  return digits.length >= EXACT_DIGITS_MIN && !isScore && !isListOfRanges && isTheirs;
}

/** Gaps only where the national format has them, or all of its gaps and one more. */
function isGroupedAs(shape: PhoneShape, national: string): boolean {
  const ours = gaps(shape.sizes);
  const theirs = gaps(sizesOf(national));
  if (ours.every((gap) => theirs.includes(gap))) return true;
  return (
    !isLikeAddress(shape) && ours.length <= theirs.length + 1 && theirs.every((gap) => ours.includes(gap))
  );
}

/** `425.129.75.33`: an address of the internet, mistyped. */
function isLikeAddress({ sizes, between }: PhoneShape): boolean {
  return sizes.length === 4 && sizes.every((size) => size <= 3) && between.every((dot) => dot === '.');
}

function sizesOf(national: string): number[] {
  return national.split(/[^0-9]+/).flatMap((group) => (group === '' ? [] : [group.length]));
}

function isUniform(between: readonly string[], from: number): boolean {
  return between.slice(from).every((separator) => separator === between[from]);
}

/** Counted from the end, since a prefix may be missing. */
function gaps(sizes: readonly number[]): number[] {
  let digits = 0;
  return sizes
    .slice(1)
    .reverse()
    .map((size) => (digits += size));
}
