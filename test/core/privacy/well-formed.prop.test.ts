/** Goal: a datum that is well-formed is found whoever made it up, and what people write every day is none. Data are made by the
 *  rules of those who issue them: registries' formats, check digits, libphonenumber's examples of every country. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { getCountries, getExampleNumber, type Examples } from 'libphonenumber-js/max';
import { expect, test } from 'vitest';
import { keyedHash } from '../../../src/adapters/crypto/keyed-hash.ts';
import { PII_KINDS, type PiiKind } from '../../../src/core/privacy/kinds.ts';
import { privacyConfig } from '../../../src/core/privacy/redact.config.ts';
import { createRedactor, type Redactor } from '../../../src/core/privacy/redactor.ts';
import { ordinary } from './ordinary.ts';

async function redactorOf(region: string | readonly string[]): Promise<Redactor> {
  const redactor = await createRedactor(privacyConfig.parse({ redact: PII_KINDS, region }), keyedHash);
  if (redactor === undefined) throw new Error('nothing to redact');
  return redactor;
}
const home = await redactorOf(['US', 'GB']);

const frame = fc.constantFrom(
  '*',
  'my one is *',
  '* is mine',
  'use *, thanks',
  '(*)',
  '"*"',
  "it's *.",
  'is it *?',
  'so\n*\nok',
);
const digit = fc.integer({ min: 0, max: 9 }).map(String);
const digits = (count: number) =>
  fc.array(digit, { minLength: count, maxLength: count }).map((all) => all.join(''));

function holds(kind: PiiKind, data: fc.Arbitrary<string>) {
  fc.assert(
    fc.property(frame, data, (around, datum) => {
      expect(home.redact(around.replace('*', datum)).text).toBe(around.replace('*', `[${kind}]`));
    }),
    { numRuns: 400 },
  );
}

const luhnDigit = (body: string) => {
  const sum = [...body].reverse().reduce((total, char, at) => {
    const doubled = Number(char) * (at % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return String((10 - (sum % 10)) % 10);
};
/** Prefixes with the groups in which the issuer prints its cards. */
const ISSUED = [
  ...['4', '51', '55', '2221', '2720', '6011', '65', '3528', '62', '6759', '2200', '9792'].map(
    (prefix) => [prefix, [4, 4, 4, 4]] as const,
  ),
  ...['34', '37'].map((prefix) => [prefix, [4, 6, 5]] as const),
  ...['36', '300', '38'].map((prefix) => [prefix, [4, 6, 4]] as const),
];
const grouped = (all: string, sizes: readonly number[], separator: string) =>
  sizes
    .map((size, at) => all.slice(sizes.slice(0, at).reduce((a, b) => a + b, 0)).slice(0, size))
    .join(separator);

test('payment cards of every issuer, however they are grouped', () => {
  const card = fc
    .constantFrom(...ISSUED)
    .chain(([prefix, sizes]) =>
      fc
        .tuple(
          digits(sizes.reduce((a, b) => a + b, 0) - prefix.length - 1),
          fc.constantFrom('', ' ', '-', '.'),
        )
        .map(([body, separator]) => grouped(prefix + body + luhnDigit(prefix + body), sizes, separator)),
    );
  holds('card', card);
});

/** Countries with the structure of their accounts, as the registry of IBANs has them: n digits, a letters, c either. */
const ACCOUNTS =
  'AD8n12c AE19n AT16n BE12n BG4a6n8c BR23n1a1c CH5n12c CY8n16c CZ20n DE18n DK14n EE16n ES20n FI14n FR10n11c2n GB4a14n ' +
  'GI4a15c GR7n16c HR17n HU24n IE4a14n IL19n IS22n IT1a10n12c KZ3n13c LI5n12c LT16n LU3n13c LV4a13c MT4a5n18c NL4a10n NO11n ' +
  'PL24n PT21n QA4a21c RO4a16c RS18n SA2n18c SE20n SI15n SK20n SM1a10n12c TR6n16c UA6n19c';
const LETTERS = {
  n: '0123456789',
  a: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  c: '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ',
} as const;

function ibanOf(country: string, account: string): string {
  const asDigits = `${account}${country}00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return `${country}${String(98n - (BigInt(asDigits) % 97n)).padStart(2, '0')}${account}`;
}

test('accounts of every country, in one piece and in fours', () => {
  const iban = fc.constantFrom(...ACCOUNTS.split(' ')).chain((format) => {
    const pieces = [...format.slice(2).matchAll(/(\d+)([nac])/g)].map(([, count = '', kind = '']) =>
      fc
        .array(fc.constantFrom(...LETTERS[kind as keyof typeof LETTERS]), {
          minLength: Number(count),
          maxLength: Number(count),
        })
        .map((all) => all.join('')),
    );
    return fc
      .tuple(fc.tuple(...pieces), fc.constantFrom('', ' ', '-'), fc.boolean())
      .map(([account, separator, small]) => {
        const written = (ibanOf(format.slice(0, 2), account.join('')).match(/.{1,4}/g) ?? []).join(separator);
        return small && separator === '' ? written.toLowerCase() : written;
      });
  });
  holds('iban', iban);
});

const octet = fc.integer({ min: 0, max: 255 });
const group = fc.integer({ min: 0, max: 0xffff }).map((value) => value.toString(16));
test.each([
  ['four octets', fc.tuple(octet, octet, octet, octet).map((all) => all.join('.'))],
  ['eight groups', fc.array(group, { minLength: 8, maxLength: 8 }).map((all) => all.join(':'))],
  [
    'shortened groups',
    fc
      .tuple(fc.array(group, { minLength: 2, maxLength: 4 }), fc.array(group, { minLength: 1, maxLength: 3 }))
      .map(([left, right]) => `${left.join(':')}::${right.join(':')}`),
  ],
])('addresses of the internet: %s', (_name, address) => {
  holds('ip', address);
});

test('e-mail addresses', () => {
  const name = fc
    .stringMatching(/^[a-zA-Z0-9](?:[a-zA-Z0-9._+-]{0,12}[a-zA-Z0-9])?$/)
    .filter((text) => !/[._+-]{2}/.test(text));
  const host = fc.stringMatching(
    /^[a-z](?:[a-z0-9-]{0,8}[a-z0-9])?(?:\.[a-z][a-z0-9]{1,8}){0,2}\.(?:com|org|co\.uk|io|de|museum)$/,
  );
  holds(
    'email',
    fc
      .tuple(
        name,
        host.filter((text) => !text.includes('--')),
      )
      .map(([left, right]) => `${left}@${right}`),
  );
});

const examples = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('libphonenumber-js/examples.mobile.json'), 'utf8'),
) as Examples;
const numbers = getCountries().flatMap((country) => getExampleNumber(country, examples) ?? []);
/** Fewer digits are grouped like that by anyone, or count only behind a word such as `call`. */
const PLAIN_DIGITS_MIN = 9;

test('telephone numbers of every country, as it writes them and as they are called from abroad', async () => {
  expect(numbers.length).toBeGreaterThan(230);
  for (const number of numbers)
    for (const written of [number.formatInternational(), number.number])
      expect(home.redact(`my one is ${written}.`).text).toBe('my one is [phone].');
  for (const number of numbers) {
    const written = number.formatNational();
    if (number.country === undefined || written.replace(/\D/g, '').length < PLAIN_DIGITS_MIN) continue;
    const there = await redactorOf(number.country);
    expect([number.country, there.redact(`my one is ${written}.`).text]).toEqual([
      number.country,
      'my one is [phone].',
    ]);
  }
});

test.each([['US'], ['GB'], ['US,GB'], ['DE'], ['FR']])(
  'thousands of ordinary messages, region %s',
  async (regions) => {
    const redactor = await redactorOf(regions.split(','));
    const changed = ordinary(2_000).filter((text) => redactor.redact(text).text !== text);
    expect(changed).toEqual([]);
  },
);
