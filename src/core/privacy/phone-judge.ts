/** What libphonenumber says of the digits that look like a telephone number. Loaded when a pipeline redacts such numbers:
 *  40 ms and 10 MB. */
import type * as Library from 'libphonenumber-js/max';
import type { CountryCallingCode, CountryCode, PhoneNumber } from 'libphonenumber-js/max';
import {
  isExact,
  isLongWithPrefix,
  isNanpShape,
  isPlausible,
  isUnmistakableNanp,
  isUsual,
  type PhoneShape,
} from './phone-shape.ts';

type Phones = typeof Library;

interface Region {
  readonly country: CountryCode;
  readonly callingCode: CountryCallingCode;
  /** How many digits a number may have, with the prefixes that people dial before it. */
  readonly lengths: ReadonlySet<number>;
}

export interface PhoneJudge {
  /** The number as E.164 when the digits are one behind a `+`. `strict`: one that could be in use. */
  international(digits: string, strict: boolean): string | undefined;
  /** In how many of the regions that were asked for national numbers have so many digits: what judging one costs. */
  regionsWithLength(digits: number): number;
  /** The number as E.164. `called`: a word before says that it is to be called. `whole`: nothing else is grouped with it. */
  national(
    shape: PhoneShape,
    context: { readonly called: boolean; readonly whole: boolean },
  ): string | undefined;
}

/** Where the prefix of a national number is often left out. */
const PREFIX_OPTIONAL: ReadonlySet<string> = new Set(['IN', 'RU', 'KZ', 'AR']);
/** With the 1 of mobile telephones, which Mexico gave up in 2019 and people still write. */
const OLD_MEXICAN = /^521([0-9]{10})$/;
/** The shortest there are: Saint Helena, Tokelau. */
const INTERNATIONAL_DIGITS_MIN = 7;
/** Of numbers that are not known to be in use. */
const POSSIBLE_DIGITS_MIN = 8;
/** Of E.164. */
export const PHONE_DIGITS_MAX = 15;
const NANP_LOCAL = '3,4';

/** Rejects when a country is none that has telephone numbers. */
export async function loadPhoneJudge(countries: readonly string[]): Promise<PhoneJudge> {
  const library = await import('libphonenumber-js/max');
  const regions = countries.map((country) => {
    if (library.isSupportedCountry(country)) return regionOf(library, country);
    throw new Error(`region '${country}' is no country with telephone numbers of its own`);
  });
  return new Judge(library, regions);
}

class Judge implements PhoneJudge {
  readonly #library: Phones;
  readonly #regions: readonly Region[];
  readonly #lengths = new Map<number, number>();

  constructor(library: Phones, regions: readonly Region[]) {
    this.#library = library;
    this.#regions = regions;
    for (const length of regions.flatMap(({ lengths }) => [...lengths]))
      this.#lengths.set(length, this.regionsWithLength(length) + 1);
  }

  regionsWithLength(digits: number): number {
    return this.#lengths.get(digits) ?? 0;
  }

  international(digits: string, strict: boolean): string | undefined {
    if (digits.length < INTERNATIONAL_DIGITS_MIN || digits.startsWith('0')) return undefined;
    const phone = this.#library.parsePhoneNumberFromString(`+${digits.replace(OLD_MEXICAN, '52$1')}`);
    if (phone === undefined) return undefined;
    const isEnough = !strict && digits.length >= POSSIBLE_DIGITS_MIN && phone.isPossible();
    return isEnough || phone.isValid() ? phone.number : undefined;
  }

  national(shape: PhoneShape, context: { called: boolean; whole: boolean }): string | undefined {
    for (const region of this.#regions) {
      if (!region.lengths.has(shape.digits.length)) continue;
      const number = this.#inRegion(shape, region, context);
      if (number !== undefined) return number;
    }
    return undefined;
  }

  #inRegion(
    shape: PhoneShape,
    { country, callingCode }: Region,
    { called, whole }: { called: boolean; whole: boolean },
  ): string | undefined {
    if (callingCode === '1' && shape.digits.length === 7)
      return called && shape.sizes.join(',') === NANP_LOCAL ? shape.digits : undefined;
    const options = { defaultCountry: country, extract: false };
    const phone = this.#library.parsePhoneNumberFromString(shape.digits, options);
    if (phone === undefined) return undefined;
    const isHome = phone.countryCallingCode === callingCode;
    if (!phone.isValid()) {
      const isFictional = isHome && phone.isPossible() && couldBe(shape, callingCode, called);
      return isFictional ? phone.number : undefined;
    }
    if (called || !isHome) return phone.number;
    if (!isWritten(shape.digits, phone, country)) return undefined;
    if (callingCode === '1') return isNanpShape(shape) ? phone.number : undefined;
    const national = phone.formatNational();
    if (whole && shape.sizes.length > 1 && isExact(shape, national)) return phone.number;
    return isPlausible(shape) && isUsual(shape, national, whole) ? phone.number : undefined;
  }
}

/** Numbers that regulators keep for fiction, and those newer than the library: of a shape that nothing else has. */
function couldBe(shape: PhoneShape, callingCode: string, called: boolean): boolean {
  if (callingCode === '1') return isUnmistakableNanp(shape) || (called && isNanpShape(shape));
  return isLongWithPrefix(shape) || (called && shape.digits.length >= POSSIBLE_DIGITS_MIN);
}

/** With the prefix that its country dials within, or with the calling code of the country. */
function isWritten(digits: string, phone: PhoneNumber, country: CountryCode): boolean {
  const { nationalNumber, countryCallingCode } = phone;
  // Argentina dials its mobile telephones otherwise than it is called from abroad.
  if (phone.formatNational().replace(/[^0-9]/g, '') === digits) return true;
  if (digits === nationalNumber) return PREFIX_OPTIONAL.has(country);
  return (
    digits.endsWith(nationalNumber) && digits.length - nationalNumber.length <= countryCallingCode.length + 3
  );
}

function regionOf(library: Phones, country: CountryCode): Region {
  const metadata = new library.Metadata();
  metadata.selectNumberingPlan(country);
  const callingCode = library.getCountryCallingCode(country);
  const lengths = new Set<number>();
  for (const length of metadata.numberingPlan?.possibleLengths() ?? []) {
    // As it is, behind a trunk prefix, a calling code, an international prefix of two or three digits.
    for (const prefix of [0, 1, callingCode.length, callingCode.length + 2, callingCode.length + 3])
      lengths.add(length + prefix);
  }
  if (callingCode === '1') lengths.add(7);
  // Abroad, dialled from here.
  for (let length = 11; length <= PHONE_DIGITS_MAX + 3; length++) lengths.add(length);
  return { country, callingCode, lengths };
}
