/** A text as scoring sees it: its tokens, what each is, and which stand under a negation. */
import { ENGINE_LIMITS } from '../engine-limits.ts';
import { Spellings } from './spellings.ts';
import { visitTokens, type TokenKind } from './tokens.ts';
import type { Word } from './words.ts';

/** Of each token what its spelling says, its place, and whether a negation reaches it. Valid until the next text is read:
 *  the arrays are used again. */
export interface Analysis<W extends Word> {
  count: number;
  readonly words: W[];
  readonly kinds: TokenKind[];
  readonly starts: number[];
  readonly ends: number[];
  readonly negated: boolean[];
  /** Index of the last contrasting word (`but`); -1 when there is none. */
  contrast: number;
}

/** Tokens behind a negation that it reaches, when no clause ends before. */
const NEGATION_REACH = 5;
/** Spellings that are remembered unless told otherwise. What is forgotten is described anew, with the same result. */
export const SPELLINGS_MAX = 32_768;
/** Hashtags and emoticons are so many times rarer. */
const RARE = 8;
/** Spellings longer than this are described anew each time, so that memory is bounded. */
const SPELLING_CHARS_MAX = 40;

/** `describe` is asked once for a spelling, as long as it is remembered. */
export function createAnalyzer<W extends Word>(
  describe: (kind: TokenKind, spelling: string) => W,
  spellingsMax = SPELLINGS_MAX,
): (text: string) => Analysis<W> {
  const known = new Spellings<W>(spellingsMax);
  const knownHashtags = new Spellings<W>(spellingsMax / RARE);
  const knownEmoticons = new Spellings<W>(spellingsMax / RARE);
  const analysis: Analysis<W> = {
    count: 0,
    words: [],
    kinds: [],
    starts: [],
    ends: [],
    negated: [],
    contrast: -1,
  };
  let text = '';
  let reach = 0;

  let kindInHand: TokenKind = 'word';
  const describeInHand = (spelling: string): W => describe(kindInHand, spelling);

  let mention: W | undefined;

  const lookUp = (kind: TokenKind, start: number, end: number): W => {
    if (kind === 'mention') return (mention ??= describe(kind, text.slice(start, start + 1))); // Who is meant says nothing.
    if (end - start > SPELLING_CHARS_MAX) return describe(kind, text.slice(start, end));
    // These may be spelled as a word is (`xD`) and weigh something else.
    const spellings = kind === 'hashtag' ? knownHashtags : kind === 'emoticon' ? knownEmoticons : known;
    kindInHand = kind;
    return spellings.get(text, start, end, describeInHand);
  };

  const take = (kind: TokenKind, start: number, end: number) => {
    const index = analysis.count;
    const word = lookUp(kind, start, end);
    analysis.words[index] = word;
    analysis.kinds[index] = kind;
    analysis.starts[index] = start;
    analysis.ends[index] = end;
    analysis.negated[index] = false;
    analysis.count = index + 1;
    if (word.endsClause) reach = 0;
    else if (word.isContrast) {
      reach = 0;
      analysis.contrast = index;
    } else if (word.isNegator) reach = NEGATION_REACH;
    else if (reach > 0) {
      analysis.negated[index] = true;
      reach -= 1;
    }
  };

  return (source) => {
    text = source.length > ENGINE_LIMITS.textCharsMax ? source.slice(0, ENGINE_LIMITS.textCharsMax) : source;
    reach = 0;
    analysis.count = 0;
    analysis.contrast = -1;
    visitTokens(text, take);
    return analysis;
  };
}
