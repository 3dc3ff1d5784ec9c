/** How a text is made, whatever its words: length, capitals, digits, prices, questions, who speaks to whom. Each is a feature
 *  of its own for few, some, many. */
import type { Scan } from '../../sentiment/model/analysis.ts';
import { combine, hashText } from '../../sentiment/model/hash.ts';
import { INTS, type Records } from '../../sentiment/model/records.ts';
import { ENGINE_LIMITS } from '../../sentiment/engine-limits.ts';
import { AMOUNTS, AT } from './amounts.ts';
import { AMOUNT } from './filter-words.ts';
import { createStyleReader, STYLE_AMOUNTS } from './style.ts';

const MARK_SEED = 31;
const TEXT_CHARS_MAX = ENGINE_LIMITS.textCharsMax;

const SEEDS: readonly number[] = AMOUNTS.map((name) => hashText(name, MARK_SEED));
const STYLE_SEEDS: readonly number[] = STYLE_AMOUNTS.map((name) => hashText(name, MARK_SEED));
const FAMILIAR_MAX = 6;

/** Few, some, many: 0, 1, 2–3, 4–7, … */
const bin = (amount: number) => (amount <= 0 ? 0 : Math.min(12, 1 + Math.floor(Math.log2(amount))));
const CHARS_STEP = 16;
const CHARS_BINS = 24;
const CAPITALS_BINS = 8;
const NUMBER_DIGITS_MAX = 12;

/** Shows each amount as a hash with the token that shows it best; -1 for the text as a whole. */
export function createMarkReader(): (
  text: string,
  scan: Scan,
  records: Records,
  add: (hash: number, first: number, last: number) => void,
) => void {
  const amounts = new Float64Array(AMOUNTS.length);
  /** The token that shows an amount best: its first. */
  const owners = new Int32Array(AMOUNTS.length);
  const styles = new Float64Array(STYLE_AMOUNTS.length);
  const readStyle = createStyleReader();
  return (text, scan, records, add) => {
    amounts.fill(0);
    owners.fill(-1);
    countChars(text, amounts);
    countTokens(scan, records, amounts, owners);
    for (let index = 0; index < AMOUNTS.length; index += 1) {
      const owner = owners[index] ?? -1;
      add(combine(SEEDS[index] ?? 0, valueOf(index, amounts[index] ?? 0)), owner, owner);
    }
    readStyle(text, styles);
    for (let index = 0; index < STYLE_AMOUNTS.length; index += 1)
      add(combine(STYLE_SEEDS[index] ?? 0, styles[index] ?? 0), -1, -1);
  };
}

function valueOf(index: number, amount: number): number {
  if (index === AT.characters) return Math.min(CHARS_BINS, Math.floor(amount / CHARS_STEP));
  if (index === AT.capitals || index === AT['longest number']) return amount;
  if (index === AT.familiar) return Math.min(FAMILIAR_MAX, amount);
  return bin(amount);
}

function countChars(text: string, amounts: Float64Array): void {
  let [upper, lower, digits, run, longest, currency, exclamations, questions, others, lines] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ];
  const chars = Math.min(text.length, TEXT_CHARS_MAX);
  for (let at = 0; at < chars; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x30 && unit <= 0x39) {
      digits += 1;
      run += 1;
      if (run > longest) longest = run;
      continue;
    }
    // A phone number may be written with spaces and hyphens.
    if (unit !== 0x20 && unit !== 0x2d && unit !== 0x2b) run = 0;
    if (unit >= 0x61 && unit <= 0x7a) lower += 1;
    else if (unit >= 0x41 && unit <= 0x5a) upper += 1;
    else if (unit === 0x21) exclamations += 1;
    else if (unit === 0x3f) questions += 1;
    else if (unit === 0x24 || unit === 0xa3 || unit === 0x20ac) currency += 1;
    else if (unit === 0x0a) lines += 1;
    else if (unit > 0x24f) others += 1;
  }
  amounts[AT.characters] = chars;
  amounts[AT.digits] = digits;
  amounts[AT['longest number']] = Math.min(longest, NUMBER_DIGITS_MAX);
  amounts[AT.currency] = currency;
  amounts[AT.exclamations] = exclamations;
  amounts[AT.questions] = questions;
  amounts[AT.capitals] =
    upper + lower === 0 ? CAPITALS_BINS + 1 : Math.floor((CAPITALS_BINS * upper) / (upper + lower));
  amounts[AT['other alphabets']] = others;
  amounts[AT.lines] = lines;
}

function countTokens(
  { count, ids }: Scan,
  { ints }: Records,
  amounts: Float64Array,
  owners: Int32Array,
): void {
  for (let index = 0; index < count; index += 1) {
    const amount = (ints[(ids[index] ?? 0) * INTS + AMOUNT] ?? 0) - 1;
    if (amount < 0) continue;
    amounts[amount] = (amounts[amount] ?? 0) + 1;
    if (owners[amount] === -1) owners[amount] = index;
  }
}
