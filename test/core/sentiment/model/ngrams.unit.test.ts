/** Goal: which neighbours make pairs and triples. */
import { describe, expect, test } from 'vitest';
import { combine } from '../../../../src/core/sentiment/model/hash.ts';
import {
  CONSTANT,
  languageSeed,
  negatedHash,
  visitPhrases,
} from '../../../../src/core/sentiment/model/ngrams.ts';
import { describeWord } from '../../../../src/core/sentiment/model/words.ts';
import { analyzerOf } from './support-analysis.ts';

function phrasesOf(text: string): string[] {
  const analysis = analyzerOf()(text);
  const phrases: string[] = [];
  visitPhrases(analysis, (_hash, first, last) => {
    phrases.push(text.slice(analysis.starts[first], analysis.ends[last]));
  });
  return phrases;
}

function hashesOf(text: string): number[] {
  const hashes: number[] = [];
  visitPhrases(analyzerOf()(text), (hash) => hashes.push(hash));
  return hashes;
}

describe('pairs and triples', () => {
  test.each<[string, string, string[]]>([
    ['none of nothing', '', []],
    ['none of one', 'a', []],
    ['one of two', 'a b', ['a b']],
    ['of four', 'a b c d', ['a b', 'b c', 'a b c', 'c d', 'b c d']],
    ['separating marks are passed over', 'a, b', ['a, b']],
    ['marks of tone are part', 'a! b', ['a!', '! b', 'a! b']],
    ['of a hashtag', '#NotGood', ['#NotGood']],
    ['emoji', 'so 😡', ['so 😡']],
  ])('%s', (_why, text, expected) => {
    expect(phrasesOf(text)).toEqual(expected);
  });

  test('the hash is of the compared forms, in order', () => {
    const hash = (form: string) => describeWord('word', form).hash;
    expect(hashesOf('Not GOOD')).toEqual([combine(hash('not'), hash('good'))]);
    expect(hashesOf('not, good')).toEqual(hashesOf('Not good'));
    expect(hashesOf('good not')).not.toEqual(hashesOf('not good'));
    expect(hashesOf('a b c')[2]).toBe(combine(combine(hash('a'), hash('b')), hash('c')));
  });

  test('links, mentions and numbers are alike', () => {
    expect(hashesOf('@a http://x.y 12')).toEqual(hashesOf('@b http://z 34'));
  });
});

test('features of other kinds are apart', () => {
  const { hash } = describeWord('word', 'good');
  const languages = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'it', 'pt'];
  const all = [
    hash,
    negatedHash(hash),
    CONSTANT,
    ...languages.map((name) => combine(hash, languageSeed(name))),
  ];
  expect(new Set(all).size).toBe(all.length);
});
