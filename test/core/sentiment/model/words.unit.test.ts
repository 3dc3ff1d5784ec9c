/** Goal: what a spelling says by itself: the form it is compared in, what it does to its neighbours, its features. */
import { describe, expect, test } from 'vitest';
import { moodOf } from '../../../../src/core/sentiment/model/emoticons.ts';
import type { TokenKind } from '../../../../src/core/sentiment/model/tokens.ts';
import {
  describeWord,
  entryHash,
  formOf,
  moodHash,
  visitFeatures,
} from '../../../../src/core/sentiment/model/words.ts';

describe('form', () => {
  test.each([
    ['lower case', 'GooD', 'good'],
    ['digits', 'gr8', 'gr0'],
    ['numbers of two digits and more are one', '2024', '00'],
    ['elongation twice', 'sooooo', 'soo'],
    ['a double stays', 'good', 'good'],
    ['several runs', 'yeeesssss!!!!', 'yeess!!'],
    ['capitals in a run', 'NoOoOOO', 'noo'],
    ['straight apostrophe', "Don't", "don't"],
    ['curly apostrophe', 'don’t', "don't"],
    ['turned apostrophe', 'don‘t', "don't"],
    ['modifier letter', 'donʼt', "don't"],
    ['grave accent', 'don`t', "don't"],
    ['acute accent', 'don´t', "don't"],
    ['escape left as text', 'don\\u2019t', "don't"],
    ['wide letters', 'ＧＯＯＤ', 'good'],
    ['mathematical letters', '𝓖𝓸𝓸𝓭', 'good'],
    ['ligature', 'ﬁne', 'fine'],
    ['decomposed', 'cafe\u0301', 'café'],
    ['Arabic letters of one sound', 'أىةإ', 'ايها'],
    ['Arabic vowel signs and tatweel', 'جَمِيـــل', 'جميل'],
    ['Hindi joiner', 'क्\u200dष', 'क्ष'],
    ['capital dotted I', 'İ', 'i̇'],
    ['lone surrogate', '\ud83dA', '\ud83da'],
    ['empty', '', ''],
  ])('%s', (_why, spelling, form) => {
    expect(formOf(spelling)).toBe(form);
  });

  test('of a form is the form', () => {
    for (const spelling of ['Sooo', 'don´t', 'ﷺ', 'İ', 'جَمِيـــل', 'GR8'])
      expect(formOf(formOf(spelling))).toBe(formOf(spelling));
  });
});

describe('kinds', () => {
  test.each<[TokenKind, string, string]>([
    ['word', 'Good', 'good'],
    ['hashtag', '#Good', 'good'],
    ['hashtag', 'Good', 'good'],
    ['mention', '@somebody', '@'],
    ['link', 'http://a.example', '://'],
    ['number', '1234567890123', '00'],
    ['emoji', '👍🏽', '👍'],
    ['emoji', '❤️', '❤'],
    ['emoticon', ':-)))', ':happy'],
    ['mark', '!!!!!!', '!!!'],
  ])('%s %s', (kind, spelling, form) => {
    expect(describeWord(kind, spelling).form).toBe(form);
  });
});

describe('what it does', () => {
  const word = (spelling: string) => describeWord('word', spelling);

  test.each("not No NEVER cannot can't isn’t don`t don´t ain\\u2019t aint".split(' '))(
    '%s negates',
    (spelling) => {
      expect(word(spelling).isNegator).toBe(true);
    },
  );

  test.each([
    ['de', 'nicht kein not'],
    ['es', 'no nunca sin'],
    ['fr', 'pas jamais'],
    ['it', 'non senza'],
    ['pt', 'não nem'],
    ['hi', 'नहीं मत nahi'],
    ['ar', 'لا ليس مش لم لن غير بدون'],
  ])('in %s: %s', (language, spellings) => {
    for (const spelling of spellings.split(' ')) {
      expect(describeWord('word', spelling, language).isNegator, spelling).toBe(true);
      if (spelling !== 'not' && spelling !== 'no') expect(word(spelling).isNegator, spelling).toBe(false);
    }
  });

  test.each('note knot nothin good want cant’s'.split(' '))('%s does not', (spelling) => {
    expect(word(spelling).isNegator).toBe(false);
  });

  test.each([
    ['en', 'but However'],
    ['de', 'ABER'],
    ['es', 'pero'],
    ['pt', 'mas'],
    ['it', 'ma'],
    ['ar', 'لكن'],
    ['hi', 'लेकिन'],
  ])('in %s %s contrasts', (language, spellings) => {
    for (const spelling of spellings.split(' ')) {
      expect(describeWord('word', spelling, language).isContrast, spelling).toBe(true);
    }
  });

  test.each([
    ['very', 1],
    ['SO', 1],
    ['slightly', -1],
    ['good', 0],
  ])('%s boosts by %d', (spelling, boost) => {
    expect(word(spelling).boost).toBe(boost);
  });

  test.each([
    ['GOOD', true, false],
    ['Good', false, false],
    ['I', false, false],
    ['OK2', true, false],
    ['soooo', false, true],
    ['SOOOO', true, true],
    ['good', false, false],
    ['ЗРЯ', true, false],
    ['مرحبا', false, false],
    ['东京', false, false],
  ])('%s: capitals %s, elongated %s', (spelling, isCaps, isElongated) => {
    expect(word(spelling)).toMatchObject({ isCaps, isElongated });
  });

  test('capitals and elongation are of words alone', () => {
    expect(describeWord('hashtag', '#GOOOOD')).toMatchObject({ isCaps: false, isElongated: false });
  });

  test.each([
    ['!', true],
    ['...', true],
    ['…', true],
    ['?!', true],
    [',', false],
    ['"', false],
    ['(', false],
  ])('mark %s is part of phrases: %s', (mark, joins) => {
    expect(describeWord('mark', mark).joins).toBe(joins);
  });
});

describe('hashes', () => {
  test('lexicons know a word, its elongation and its capitals by one entry', () => {
    for (const spelling of ['good', 'GOOD', 'Gooood', 'goood'])
      expect([describeWord('word', spelling).hash, describeWord('word', spelling).plainHash]).toContain(
        entryHash('good'),
      );
    expect(describeWord('word', 'soooo').plainHash).toBe(entryHash('so'));
    expect(describeWord('hashtag', '#Good').hash).toBe(entryHash('good'));
  });

  test.each([
    ['happyyyy', 'happy'],
    ['terriiible', 'terrible'],
    ['HAAATE', 'hate'],
    ['amaaaziiing', 'amazing'],
    ['loove', 'love'],
  ])('%s is known as %s', (spelling, word) => {
    expect(describeWord('word', spelling).plainHash).toBe(entryHash(word));
  });

  test('what says how much says it elongated', () => {
    expect(describeWord('word', 'soooo').boost).toBe(1);
    expect(describeWord('word', 'veryyy').boost).toBe(1);
    expect(describeWord('word', 'pretty').boost).toBe(0);
  });

  test('vectors know a word with an ending by its stem', () => {
    expect(describeWord('word', 'skyline’s').stemHash).toBe(entryHash('skyline'));
  });

  test('an emoji of any skin tone, an emoticon by its mood', () => {
    expect(describeWord('emoji', '👍🏿').hash).toBe(entryHash('👍🏽'));
    expect(describeWord('emoji', '❤️').hash).toBe(entryHash('❤'));
    expect(describeWord('emoticon', ':-(').hash).toBe(moodHash('sad'));
  });

  const featuresOf = (kind: TokenKind, spelling: string) => {
    const features: number[] = [];
    visitFeatures(kind, describeWord(kind, spelling), (hash) => features.push(hash));
    return features;
  };

  test('a word of n letters has itself and its n-grams of 2 to 5 with both edges', () => {
    // <good> has 5 pairs, 4 triples, 3 of four, 2 of five.
    expect(featuresOf('word', 'good')).toHaveLength(1 + 5 + 4 + 3 + 2);
    expect(new Set(featuresOf('word', 'good')).size).toBe(15);
    expect(featuresOf('word', 'GOOD')).toEqual(featuresOf('word', 'good'));
  });

  test('a hashtag has one more, others one alone', () => {
    expect(featuresOf('hashtag', '#good')).toHaveLength(16);
    expect(featuresOf('hashtag', '#good')).toEqual(expect.arrayContaining(featuresOf('word', 'good')));
    for (const kind of ['mention', 'link', 'emoji', 'mark', 'number', 'emoticon'] as const)
      expect(featuresOf(kind, '12')).toHaveLength(1);
  });

  test('a monster is cut: work is bounded', () => {
    expect(featuresOf('word', 'ab'.repeat(50_000))).toEqual(featuresOf('word', 'ab'.repeat(20)));
    expect(featuresOf('word', 'ﷺ'.repeat(4_096)).length).toBeLessThan(4_000);
  });
});

describe('moods', () => {
  test.each<[string, string]>([
    [':) :-) :D xD =) (: :3 ^_^ ^^ :]', 'happy'],
    [":( :-( :'( :[ ): )-: D: T_T ;_; >_< >.< :c :@", 'sad'],
    [':P :-p ;) ;-) ;D :b', 'playful'],
    [':/ :-\\ :| :s :$', 'doubtful'],
    ['<3 <333 XOXO :*', 'love'],
    ['</3', 'broken'],
    ['-_- o_O O_O :o :x', 'other'],
  ])('%s: %s', (faces, mood) => {
    expect(faces.split(' ').map((face) => `${face} ${moodOf(face)}`)).toEqual(
      faces.split(' ').map((face) => `${face} ${mood}`),
    );
  });
});
