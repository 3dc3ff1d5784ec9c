/** Texts analyzed with a lexicon that a test writes down. */
import { createAnalyzer, type Analysis } from '../../../../src/core/sentiment/model/analysis.ts';
import { describeWord, type Word } from '../../../../src/core/sentiment/model/words.ts';

/** Valences by form, one for each lexicon. */
export type Valences = Readonly<Record<string, readonly number[]>>;

interface ValuedWord extends Word {
  readonly valences: readonly number[] | undefined;
}

export const analyzerOf = (valences: Valences = {}): ((text: string) => Analysis<ValuedWord>) =>
  createAnalyzer((kind, spelling) => {
    const word = describeWord(kind, spelling);
    return { ...word, valences: Object.hasOwn(valences, word.form) ? valences[word.form] : undefined };
  });

/** Forms of the tokens, those that a negation reaches in brackets. */
export const negations = (text: string): string => {
  const { count, words, negated } = analyzerOf()(text);
  return words
    .slice(0, count)
    .map(({ form }, index) => (negated[index] === 1 ? `[${form}]` : form))
    .join(' ');
};
