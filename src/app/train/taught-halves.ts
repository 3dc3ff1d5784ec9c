/** What a teacher said of the halves of texts, as `scripts/make-crisis-teacher.mjs` packs it. */
import type { RelevanceText } from '../../core/relevance/filter/train/corpus.ts';
import { readRows } from './taught-rows.ts';
import { trainingResource } from './word-vectors.ts';

const WORDS_MIN = 4;

/** Each with half the words; undefined of a text with too few. */
export function halvesOf({ text }: { readonly text: string }): readonly [string, string] | undefined {
  const words = text.split(' ');
  const middle = Math.floor(words.length / 2);
  if (words.length < WORDS_MIN) return undefined;
  return [words.slice(0, middle).join(' '), words.slice(middle).join(' ')];
}

export interface HalvesTeacher {
  /** With both halves as parts, where the teacher saw the text. */
  readonly teach: (text: RelevanceText) => RelevanceText;
  /** What is read was not held out from the teacher. */
  readonly saw: (texts: readonly RelevanceText[]) => boolean;
}

/** Short texts are alike by chance, and so are hashes. */
const SEEN_SHARE_MAX = 0.01;

export async function readHalvesTeacher(
  file = trainingResource('taught-crisis.bin'),
): Promise<HalvesTeacher> {
  const said = await readRows(file, 2);
  return {
    teach: (text) => {
      const [shares, halves] = [said(text), halvesOf(text)];
      if (shares === undefined || halves === undefined) return text;
      const [[first, second], [firstShare = 0, secondShare = 0]] = [halves, shares];
      const parts = [
        { text: first, relevant: firstShare },
        { text: second, relevant: secondShare },
      ];
      return { ...text, parts };
    },
    saw: (texts) => texts.filter((text) => said(text) !== undefined).length > SEEN_SHARE_MAX * texts.length,
  };
}
