/** A text as scoring sees it: its tokens, what each is, and which stand under a negation. */
import { readUnits, textOf, units } from '../../message/units.ts';
import { readAsciiWord } from './ascii-words.ts';
import { isCompound } from './compounds.ts';
import { NAME_FORM } from './given-names.ts';
import { findHost } from './links.ts';
import { joinRatings } from './ratings.ts';
import { HASH, INTS, TRAITS, type Records } from './records.ts';
import { Spellings } from './spellings.ts';
import { newTokens, tokenize, TOKENS_MAX, type TokenKind, type Tokens } from './tokens.ts';
import {
  BE,
  COMPARATIVE,
  CONTRAST,
  DEGREE,
  ENDS_CLAUSE,
  EXPLETIVE,
  NEGATOR,
  OF,
  PEAK_NEGATOR,
  SORT,
  TOP,
  VALUED,
  WEAKER,
} from './traits.ts';
import { markForm } from './word-features.ts';
import { isName, NAME, senseOf, SPELLING_CHARS_MAX, tokenForm, type Sense, type Word } from './words.ts';

/** Of each token what its spelling says, its place, and whether a negation reaches it. Valid until the next text is read:
 *  the arrays are used again. */
export interface Scan extends Tokens {
  /** The number of each token's spelling. */
  readonly ids: Int32Array;
  readonly hashes: Uint32Array;
  /** Bits of `traits.ts`. */
  readonly traits: Int32Array;
  /** 1 where a negation reaches. */
  readonly negated: Uint8Array;
  /** Texts read by now: what was found out about the one in hand is true of no other. */
  reading: number;
  /** Index of the last contrasting word (`but`); -1 when there is none. */
  contrast: number;
  /** Of a token in a lexicon, about -4 to 4; 0 where the lexicon does not know it. */
  readonly valenceOf: (index: number, lexicon: number) => number;
}

/** Keeps by number what is to be known of spellings. */
export interface Vocabulary {
  /** Of the texts, where it is always the same. */
  readonly language?: string | undefined;
  /** Whether a rating such as `4/5` is one token, and given names are one word. */
  readonly forSentiment: boolean;
  /** The spelling stands in `units` from `start` to `end`, its form of that length where `featuresOf` reads it; of a link up to
   *  its path. What a number stood for is forgotten when it is given again. Returns further traits. */
  learn(
    records: Records,
    id: number,
    kind: TokenKind,
    start: number,
    end: number,
    sense: Sense,
    formLength: number,
  ): number;
  valence(records: Records, id: number, lexicon: number): number;
}

/** Tokens behind a negation that it reaches, when no clause ends before. */
const NEGATION_REACH = 5;
/** Spellings that are remembered unless told otherwise. What is forgotten is described anew, with the same result. */
export const SPELLINGS_MAX = 65_536;

/** What is spelled alike and is something else, such as the words `xD` and `@`. */
const groupOf = (kind: TokenKind): number =>
  kind === 'hashtag' ? 1 : kind === 'emoticon' ? 2 : kind === 'mention' || kind === 'link' ? 3 : 0;

/** Who is meant says nothing, nor does the path of a link. */
function saidUntil(kind: TokenKind, start: number, end: number): number {
  if (kind === 'mention') return start + 1;
  return kind === 'link' ? (findHost(units, start, end)?.end ?? end) : end;
}

export class Analyzer {
  readonly scan: Scan;
  readonly records: Records;
  readonly #vocabulary: Vocabulary;
  readonly #spellings: Spellings;

  constructor(vocabulary: Vocabulary, spellingsMax = SPELLINGS_MAX) {
    this.#vocabulary = vocabulary;
    this.#spellings = new Spellings(spellingsMax, TOKENS_MAX);
    const { records } = this.#spellings;
    this.records = records;
    const ids = new Int32Array(TOKENS_MAX);
    this.scan = {
      ...newTokens(),
      ids,
      hashes: new Uint32Array(TOKENS_MAX),
      traits: new Int32Array(TOKENS_MAX),
      negated: new Uint8Array(TOKENS_MAX),
      reading: 0,
      contrast: -1,
      valenceOf: (index, lexicon) => vocabulary.valence(records, ids[index] ?? 0, lexicon),
    };
  }

  /** Reads the first 4,096 units of a text. */
  read(text: string): Scan {
    const { scan } = this;
    const length = readUnits(text);
    tokenize(units, length, scan);
    if (this.#vocabulary.forSentiment) joinRatings(length, scan);
    this.#spellings.beginText();
    scan.reading += 1;
    scan.contrast = -1;
    const { count, kinds, starts, ends, ids, hashes, traits, negated } = scan;
    const { ints } = this.records;
    let reach = 0;
    let isPeak = false;
    let isTop = false;
    for (let index = 0; index < count; index += 1) {
      const id = this.#numberOf(kinds[index] ?? 'mark', starts[index] ?? 0, ends[index] ?? 0);
      const trait = ints[id * INTS + TRAITS] ?? 0;
      ids[index] = id;
      hashes[index] = ints[id * INTS + HASH] ?? 0;
      traits[index] = trait;
      negated[index] = 0;
      if ((trait & (ENDS_CLAUSE | CONTRAST | NEGATOR)) !== 0) {
        reach = (trait & (ENDS_CLAUSE | CONTRAST)) === 0 ? NEGATION_REACH : 0;
        isPeak = (trait & PEAK_NEGATOR) !== 0;
        isTop = false;
        if ((trait & CONTRAST) !== 0) scan.contrast = index;
      } else if (reach > 0) {
        negated[index] = 1;
        reach -= 1;
        if (isPeak && (trait & COMPARATIVE) !== 0 && ((traits[index - 1] ?? 0) & BE) !== 0) isTop = true;
        if (isTop) traits[index] = trait | TOP;
      }
      if (index === 0) continue;
      if (
        ((trait | (traits[index - 1] ?? 0)) & VALUED) !== 0 &&
        isCompound(hashes[index - 1] ?? 0, hashes[index] ?? 0)
      ) {
        traits[index - 1] = (traits[index - 1] ?? 0) & ~VALUED;
        traits[index] = (traits[index] ?? 0) & ~VALUED;
      } else if ((trait & (VALUED | OF)) !== 0) weighDegree(traits, index);
    }
    return scan;
  }

  #numberOf(kind: TokenKind, start: number, end: number): number {
    const spellings = this.#spellings;
    const last = saidUntil(kind, start, end);
    const id =
      last - start > SPELLING_CHARS_MAX ? spellings.unkept() : spellings.find(start, last, groupOf(kind));
    if (spellings.isNew) this.#learn(id, kind, start, last);
    return id;
  }

  /** All spellings are new again. */
  forget(): void {
    this.#spellings.forget();
  }

  #learn(id: number, kind: TokenKind, start: number, end: number): void {
    const { language } = this.#vocabulary;
    let sense: Sense | undefined;
    let formLength: number;
    const ascii = readAsciiWord(kind, units, start, end, language);
    if (ascii === undefined) {
      const spelling = textOf(units, start, end);
      const form = tokenForm(kind, spelling);
      sense = senseOf(kind, spelling, form, language);
      formLength = markForm(form);
    } else {
      sense = ascii;
      ({ formLength } = ascii);
    }
    if (this.#vocabulary.forSentiment && isName(kind, sense)) {
      sense = NAME;
      formLength = markForm(NAME_FORM);
    }
    const { hash, traits } = sense;
    const { ints } = this.records;
    ints[id * INTS + HASH] = hash;
    ints[id * INTS + TRAITS] =
      traits | this.#vocabulary.learn(this.records, id, kind, start, end, sense, formLength);
  }
}

/** Tokens before a word that has a valence among which an expletive belongs to it. */
const EXPLETIVE_REACH = 3;

/** Words that say how much have no valence of their own: `damn` before a word that has one, `kind` before `of`. */
function weighDegree(traits: Int32Array, index: number): void {
  const before = traits[index - 1] ?? 0;
  const isOf = ((traits[index] ?? 0) & OF) !== 0;
  if ((before & (isOf ? SORT : DEGREE)) !== 0) traits[index - 1] = before & ~VALUED;
  if (!isOf) weighExpletive(traits, index);
  else if ((before & SORT) !== 0) traits[index] = (traits[index] ?? 0) | WEAKER;
}

function weighExpletive(traits: Int32Array, index: number): void {
  for (let at = index - 1; at >= Math.max(0, index - EXPLETIVE_REACH); at -= 1) {
    const trait = traits[at] ?? 0;
    if ((trait & EXPLETIVE) !== 0) traits[at] = trait & ~VALUED;
    if ((trait & (EXPLETIVE | VALUED | ENDS_CLAUSE | NEGATOR)) !== 0) return;
  }
}

/** A scan with what was made of each token's spelling. */
export interface Analysis<W> extends Scan {
  readonly words: W[];
}

/** `describe` is asked once for a spelling, as long as it is remembered. */
export function createAnalyzer<W extends Word & { readonly valences?: ArrayLike<number> | undefined }>(
  describe: (kind: TokenKind, spelling: string) => W,
  {
    language,
    forSentiment = true,
  }: { readonly language?: string | undefined; readonly forSentiment?: boolean } = {},
): (text: string) => Analysis<W> {
  const known: W[] = [];
  const analyzer = new Analyzer({
    language,
    forSentiment,
    learn: (_records, id, kind, start, end) => {
      const word = describe(kind, textOf(units, start, end));
      known[id] = word;
      return word.valences === undefined ? 0 : VALUED;
    },
    valence: (_records, id, lexicon) => known[id]?.valences?.[lexicon] ?? 0,
  });
  const words: W[] = [];
  const analysis: Analysis<W> = Object.assign(analyzer.scan, { words });
  return (text) => {
    const { count, ids } = analyzer.read(text);
    for (let index = 0; index < count; index += 1) {
      const word = known[ids[index] ?? 0];
      if (word !== undefined) words[index] = word;
    }
    return analysis;
  };
}
