/** Goal: what a word is, in every script that posts come in; and bounded time on hostile text. */
import { expect, test } from 'vitest';
import { fold, tokenize } from '../../../src/core/relevance/text-tokens.ts';

test.each([
  ['empty', '', ''],
  ['only punctuation', '?! … — ()', ''],
  ['apostrophe and hyphen separate', "skyline's co-op", 'skyline s co op'],
  ['underscore does not', 'sky_line', 'sky_line'],
  ['digits', 'iPhone15 3.5', 'iphone15 3 5'],
  ['accents', 'Ça déjà ÅNGSTRÖM', 'ca deja angstrom'],
  ['decomposed accents', 'cafe\u0301', 'cafe'],
  ['dotted capital I', 'İstanbul', 'istanbul'],
  ['Greek final sigma', 'ΟΔΟΣ οδός', 'οδοσ οδοσ'],
  ['Cyrillic', 'ВСЁ й', 'все и'],
  ['Arabic and Hebrew without vowel points', 'كِتَاب שָׁלוֹם', 'كتاب שלום'],
  ['Arabic letters keep what tells them apart', 'أ آ ئ', 'أ آ ئ'],
  ['strokes and ligatures', 'Łódź Tromsø Đà Mærsk cœur Ħal', 'lodz tromso da maersk coeur hal'],
  ['dotless i', 'KIRMIZI kırmızı', 'kirmizi kirmizi'],
  ['Hindi vowel signs stay with their letter', 'नमस्ते दुनिया', 'नमस्ते दुनिया'],
  ['full-width and ornamental letters', 'ＳＫＹ 𝐬𝐤𝐲 ﬁ', 'sky sky fi'],
  ['Han and kana, a letter each', '東京タワーへ', '東 京 タ ワ ー へ'],
  ['voiced kana keep their mark', 'がか', 'が か'],
  ['Thai vowel signs stay with their letter', 'ที่นี่', 'ที่ นี่'],
  ['Korean by its spaces', '안녕 세상', '안녕 세상'],
  ['scripts side by side', 'iPhone15を買う', 'iphone15 を 買 う'],
  ['emoji in a row, skin tone dropped', '👍🏽👍', '👍 👍'],
  ['variation selector dropped', '❤️', '❤'],
  ['joined emoji are one', '👩‍🚀x', '👩‍🚀 x'],
  ['a joiner without a second emoji', '👩\u200dx', '👩 x'],
  ['flags', '🇩🇪🇫🇷', '🇩🇪 🇫🇷'],
  ['half a flag', '🇩', '🇩'],
  ['keycap is its digit', '1️⃣', '1'],
  ['trade marks separate', 'Skyline® Air™', 'skyline air'],
  ['lone surrogates separate', 'a\ud800b\udc00', 'a b'],
  ['control characters separate', 'a\u0000b\u200bc', 'a b c'],
])('words: %s', (_why, text, expected) => {
  expect(tokenize(text).words.join(' ')).toBe(expected.normalize('NFC'));
});

test.each([
  [
    'one of each',
    '#Sky @Air $SKY',
    [
      [0, '#sky'],
      [1, '@air'],
      [2, '$sky'],
    ],
  ],
  ['full-width signs', '＃タグ', [[0, '#タグ']]],
  ['not behind a word', 'a#b c@d C#', []],
  [
    'after punctuation, also its own',
    '(#a ##b .@c',
    [
      [0, '#a'],
      [1, '#b'],
      [2, '@c'],
    ],
  ],
  ['directly after an emoji', '😍#a', [[1, '#a']]],
  [
    'position counts words',
    'I love 東京 #東京駅 now #x',
    [
      [4, '#東京駅'],
      [8, '#x'],
    ],
  ],
  ['nothing behind the sign', '# @ $ #! @', []],
])('marks: %s', (_why, text, expected) => {
  expect([...tokenize(text).marks]).toEqual(expected);
});

const CHARS = 4_096;
test.each([
  ['one letter', 'a'.repeat(CHARS), 1],
  ['spaces', ' '.repeat(CHARS), 0],
  ['hashtags', '#a'.repeat(CHARS / 2), CHARS / 2],
  ['combining marks', `e${'\u0301'.repeat(CHARS - 1)}`, 1],
  ['combining marks out of order', `e${'\u0301\u0323'.repeat(CHARS / 2 - 1)}`, 1],
  ['longest decomposition', 'ﷺ'.repeat(CHARS), 1],
  ['Korean syllables', '한'.repeat(CHARS), 1],
  ['joiners', '👩\u200d'.repeat(CHARS / 4), CHARS / 4],
  ['lone surrogates', '\ud800'.repeat(CHARS), 0],
])('hostile: %s', (_why, text, words) => {
  const spentMs: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const startMs = performance.now();
    expect(tokenize(text).words.length).toBeLessThanOrEqual(words);
    spentMs.push(performance.now() - startMs);
  }
  expect(Math.min(...spentMs)).toBeLessThan(1_000); // Takes a few milliseconds at rest; an unbounded search takes minutes.
});

test('folding twice changes nothing more, over every letter', () => {
  const changed: string[] = [];
  for (let codePoint = 0; codePoint <= 0x10ffff; codePoint += 1) {
    const char = String.fromCodePoint(codePoint);
    if (/\p{L}/u.test(char) && fold(fold(char)) !== fold(char)) changed.push(char);
  }
  expect(changed).toEqual([]);
});
