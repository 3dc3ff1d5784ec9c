/** How often a message is expected to hold what a query looks for: a guess, for filing a query under the rarest of what
 *  it cannot do without. A wrong guess costs time, never an answer. */
import type { AddressFieldName, ValueFieldName } from './query.ts';

/** What can be looked up: a word or mark, the beginning of one, or `lang:en`. */
export type Key =
  | { readonly kind: 'whole' | 'beginning'; readonly text: string }
  | {
      readonly kind: 'field';
      readonly name: ValueFieldName | AddressFieldName;
      /** Folded; of an address the domain. */
      readonly value: string;
      /** Name and value: what tells it apart from all other keys. */
      readonly text: string;
    };

/** Words of posts in English by the share of posts that hold them; in other languages the short ones are common too. */
const COMMON: readonly (readonly [share: number, words: string])[] = [
  [0.25, 'the to a i and of in is for you it on http https co t s'],
  [0.1, 'rt my that me this with at be have your so are just not was all from or an by if as but we can'],
  [
    0.04,
    `up out now new get no do one like what when how about more will its im he she they them his her our has had been
     who why dont than then there here go good day today time love via u re ve m ll don de la el que en le les der die
     und das y un una por para com www`,
  ],
  [
    0.015,
    `want need know think people see really only would could back still even make made too very much cant some any over
     after before other first last best better great free buy work home world news live app video game phone google
     apple twitter facebook amazon year week month tonight night morning thanks thank please lol haha right way thing
     things got going watch check follow win money market stock price sale help look say said says show take life down
     off us big never always again next days well being does did doing top online service customer store shop data
     android iphone ios update use using used company team job jobs`,
  ],
];

const shares = new Map<string, number>();
for (const [share, words] of COMMON)
  for (const word of words.split(/\s+/)) if (!shares.has(word)) shares.set(word, share);

const FIELD_SHARES: Readonly<Record<ValueFieldName | AddressFieldName, number>> = {
  kind: 0.9,
  lang: 0.5,
  has: 0.4,
  is: 0.3,
  verified: 0.3,
  channel: 0.25,
  source: 0.25,
  url: 0.005,
  link: 0.002,
  author: 0.000_05,
};

/** By length, for what is not listed: index 0 is never used. */
const BY_LENGTH = [1, 0.02, 0.02, 0.008, 0.003, 0.002, 0.001_5, 0.001_2, 0.001];
const BEGINNING_BY_LENGTH = [1, 0.6, 0.25, 0.08, 0.03, 0.012, 0.006, 0.004, 0.003];
const RAREST = 0.0005;

/** The expected share of messages that hold the key, above 0, at most 1. */
export function shareOf(key: Key): number {
  if (key.kind === 'field') return FIELD_SHARES[key.name];
  const isMark = /^[#@$]/.test(key.text);
  const length = key.text.length - (isMark ? 1 : 0);
  const byLength = key.kind === 'beginning' ? BEGINNING_BY_LENGTH : BY_LENGTH;
  const share = (key.kind === 'whole' ? shares.get(key.text) : undefined) ?? byLength[length] ?? RAREST;
  return isMark ? share / 4 : share;
}
