/** Bank accounts: IBAN of ISO 13616, by country, length, the classes of its characters, and the check digits mod 97. */
import { isDigit, isLetter, isWordChar } from './chars.ts';
import type { Found } from './kinds.ts';

/** What follows the check digits, from the registry of ISO 13616: n digits, a letters, c both. */
const STRUCTURES = `AD 8n12c AE 19n AL 8n16c AT 16n AZ 4a20c BA 16n BE 12n BG 4a6n8c BH 4a14c BI 23n BR 23n1a1c BY 4c4n16c
  CH 5n12c CR 18n CY 8n16c CZ 20n DE 18n DJ 23n DK 14n DO 4c20n EE 16n EG 25n ES 20n FI 14n FK 2a12n FO 14n FR 10n11c2n
  GB 4a14n GE 2a16n GI 4a15c GL 14n GR 7n16c GT 4c20c HN 4a20n HR 17n HU 24n IE 4a14n IL 19n IQ 4a15n IS 22n IT 1a10n12c
  JO 4a4n18c KW 4a22c KZ 3n13c LB 4n20c LC 4a24c LI 5n12c LT 16n LU 3n13c LV 4a13c LY 21n MC 10n11c2n MD 20c ME 18n
  MK 3n10c2n MN 16n MR 23n MT 4a5n18c MU 4a19n3a NI 4a20n NL 4a10n NO 11n OM 3n16c PK 4a16c PL 24n PS 4a21c PT 21n
  QA 4a21c RO 4a16c RS 18n RU 14n15c SA 2n18c SC 4a20n3a SD 14n SE 20n SI 15n SK 20n SM 1a10n12c SO 19n ST 21n SV 4a20n
  TL 19n TN 20n TR 6n16c UA 6n19c VA 18n VG 4a16n XK 16n YE 4a4n18c`;

/** Country to one class for each character behind the check digits. */
const CLASSES: ReadonlyMap<string, string> = new Map(
  [...STRUCTURES.matchAll(/([A-Z]{2}) (\w+)/g)].map(([, country = '', structure = '']) => [
    country,
    structure.replace(/(\d+)([nac])/g, (_, count: string, kind: string) => kind.repeat(Number(count))),
  ]),
);

/** The country, and check digits as they are computed (02 to 98). Parted, as on paper, only in capitals: `no 15 more`. */
const START = /(?:[A-Za-z]{2}|[A-Z]{2}[ -](?=[0-9]{2}[ -]))(?:0[2-9]|[1-8][0-9]|9[0-8])/g;

/** Not parted. */
const HEAD_CHARS = 4;

export function findIbans(text: string): Found[] {
  const found: Found[] = [];
  START.lastIndex = 0;
  for (let match = START.exec(text); match !== null; match = START.exec(text)) {
    const start = match.index;
    const iban = isWordChar(text, start - 1) ? undefined : readIban(text, match);
    if (iban === undefined) START.lastIndex = start + 1;
    else {
      found.push(iban);
      START.lastIndex = iban.end;
    }
  }
  return found;
}

function readIban(text: string, { 0: head, index: start }: RegExpExecArray): Found | undefined {
  const country = head.slice(0, 2).toUpperCase();
  const classes = CLASSES.get(country);
  if (classes === undefined) return undefined;
  let canonical = country + head.slice(-2);
  let at = start + head.length;
  for (const kind of classes) {
    at += gapAt(text, at);
    if (!belongs(text.charCodeAt(at), kind)) return undefined;
    canonical += text.charAt(at).toUpperCase();
    at += 1;
  }
  if (isWordChar(text, at)) return undefined;
  if (remainder97(canonical) === 1) return { start, end: at, canonical };
  // `NO 12 …` may be a word and a number before a telephone number.
  return head.length === HEAD_CHARS ? { start, end: at, canonical, isRefused: true } : undefined;
}

const GAP = /^(?: {1,2}|-|\.|_| - |\r?\n)/;
const GAP_CHARS_MAX = 3;

/** How many characters part two groups here. */
function gapAt(text: string, at: number): number {
  if (isDigit(text.charCodeAt(at)) || isLetter(text.charCodeAt(at))) return 0;
  return GAP.exec(text.slice(at, at + GAP_CHARS_MAX))?.[0].length ?? 0;
}

function belongs(code: number, kind: string): boolean {
  return (kind !== 'a' && isDigit(code)) || (kind !== 'n' && isLetter(code));
}

/** ISO 7064, MOD 97-10, of the number with its first four characters at the end and letters as 10 to 35. */
function remainder97(iban: string): number {
  let remainder = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder;
}
