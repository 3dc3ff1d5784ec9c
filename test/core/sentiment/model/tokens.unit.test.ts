/** Goal: what social text is made of. One row per rule; a row lists all tokens of a text in order. */
import { describe, expect, test } from 'vitest';
import { shown } from './support.ts';

type Row = readonly [why: string, text: string, tokens: string];

describe('hashtags', () => {
  test.each<Row>([
    ['split at capitals', '#ThrowBackThursday', 'hashtag=#Throw hashtag=Back hashtag=Thursday'],
    ['an abbreviation before a word', '#NHSCrisis', 'hashtag=#NHS hashtag=Crisis'],
    ['an abbreviation alone', '#FAIL', 'hashtag=#FAIL'],
    ['lower case stays whole', '#throwback', 'hashtag=#throwback'],
    ['digits are words of their own', '#100DaysOf2024', 'hashtag=#100 hashtag=Days hashtag=Of hashtag=2024'],
    ['underscores part', '#so__very_good', 'hashtag=#so hashtag=very hashtag=good'],
    ['accented capitals', '#ÉtatÉmu', 'hashtag=#État hashtag=Ému'],
    ['Greek capitals', '#ΚαλήΜέρα', 'hashtag=#Καλή hashtag=Μέρα'],
    ['Arabic has no case', '#مرحبا_بك', 'hashtag=#مرحبا hashtag=بك'],
    ['Devanagari keeps its marks', '#नमस्ते', 'hashtag=#नमस्ते'],
    ['Han: a character is a word', '#東京', 'word=東 word=京'],
    ['the wide sign', '＃Good', 'hashtag=＃Good'],
    ['behind a letter it is none', 'C#sharp', 'word=C word=sharp'],
    ['a lone sign', '# 1', 'number=1'],
    ['ends at punctuation', '#good!', 'hashtag=#good mark=!'],
  ])('%s', (_why, text, tokens) => {
    expect(shown(text)).toBe(tokens);
  });
});

describe('mentions, links and addresses', () => {
  test.each<Row>([
    ['a mention', 'hi @Some_one9!', 'word=hi mention=@Some_one9 mark=!'],
    ['in brackets', '(@me)', 'mark=( mention=@me mark=)'],
    ['the wide sign', '＠me', 'mention=＠me'],
    ['an e-mail address is no mention', 'me@mail.example', 'word=me word=mail mark=. word=example'],
    ['a lone sign', '@ home', 'word=home'],
    ['http', 'http://a.example/b?c=d#e', 'link=http://a.example/b?c=d#e'],
    ['https in capitals', 'HTTPS://A.EXAMPLE now', 'link=HTTPS://A.EXAMPLE word=now'],
    ['www', 'www.a.example', 'link=www.a.example'],
    ['www without a host', 'the www is', 'word=the word=www word=is'],
    ['the bare word that masks leave', 'look http :)', 'word=look link=http emoticon=:)'],
    ['words that begin like one', 'httpd wwwhat', 'word=httpd word=wwwhat'],
  ])('%s', (_why, text, tokens) => {
    expect(shown(text)).toBe(tokens);
  });
});

describe('emoji', () => {
  test.each<Row>([
    ['each for itself', '😀😡', 'emoji=😀 emoji=😡'],
    ['between letters', 'a😀b', 'word=a emoji=😀 word=b'],
    ['skin tone', '👍🏽!', 'emoji=👍🏽 mark=!'],
    ['joined', '👨‍👩‍👧‍👦', 'emoji=👨‍👩‍👧‍👦'],
    ['joined with tone and selector', '🧑🏾‍⚕️', 'emoji=🧑🏾‍⚕️'],
    ['variation selector', '❤️', 'emoji=❤️'],
    ['a heart without it', '❤', 'emoji=❤'],
    ['flags in a row', '🇩🇪🇫🇷', 'emoji=🇩🇪 emoji=🇫🇷'],
    ['half a flag', '🇩 x', 'emoji=🇩 word=x'],
    ['tag sequence', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', 'emoji=🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
    ['keycap is its digit', '1️⃣', 'number=1️⃣'],
    ['joiner without a partner', '👩‍ x', 'emoji=👩 word=x'],
    ['signs of typography are none', '© ® ™ →', ''],
  ])('%s', (_why, text, tokens) => {
    expect(shown(text)).toBe(tokens);
  });
});

describe('emoticons', () => {
  test.each([
    ...[
      ':)',
      ':-)',
      ':)))',
      ":'(",
      ':-/',
      ';)',
      '=)',
      ':D',
      ':DDD',
      'xD',
      'XD',
      ':P',
      ':3',
      ':*',
      ':@',
      ':o)',
    ],
    ...[
      '(:',
      '(-:',
      'D:',
      '<3',
      '<333',
      '</3',
      '^_^',
      '^^',
      '-_-',
      'T_T',
      'o_O',
      '>_<',
      '>.<',
      ';_;',
      'XOXO',
    ],
  ])('%s', (face) => {
    expect(shown(face)).toBe(`emoticon=${face}`);
    expect(shown(`so ${face} then`)).toBe(`word=so emoticon=${face} word=then`);
  });

  test.each<Row>([
    ['a time of day', '10:30', 'number=10 mark=: number=30'],
    ['a colon in brackets', '(see: it)', 'mark=( word=see mark=: word=it mark=)'],
    ['a link', 'https://a', 'link=https://a'],
    ['a link without a host', 'https://', 'link=https://'],
    ['a score', '3:0 2:D', 'number=3 mark=: number=0 number=2 mark=: word=D'],
    ['a path', ':path ;command', 'mark=: word=path mark=; word=command'],
    ['a mention behind a colon', 'by :@user', 'word=by mark=: mention=@user'],
    ['a price behind a colon', 'cost :$5', 'word=cost mark=: number=5'],
    ['a name that ends in X', '(iPhone X)', 'mark=( word=iPhone word=X mark=)'],
    ['a function', 'f(x)', 'word=f mark=( word=x mark=)'],
    ['words in X and D', 'x XDR axD', 'word=x word=XDR word=axD'],
    ['a number behind a sign', '<30', 'number=30'],
    ['brackets', 'a(b)[c]', 'word=a mark=( word=b mark=) mark=[ word=c mark=]'],
  ])('false friend: %s', (_why, text, tokens) => {
    expect(shown(text)).toBe(tokens);
  });

  test.each<Row>([
    ['an emoji', '😂:)', 'emoji=😂 emoticon=:)'],
    ['an emoji with a selector', '❤️:)', 'emoji=❤️ emoticon=:)'],
    ['a quotation mark', '“:)”', 'mark=“ emoticon=:) mark=”'],
    ['Han', '好:)', 'word=好 emoticon=:)'],
    ['another', ':):(', 'emoticon=:) emoticon=:('],
  ])('directly behind %s', (_why, text, tokens) => {
    expect(shown(text)).toBe(tokens);
  });
});

describe('words', () => {
  test.each<Row>([
    ['apostrophes', "don't I'm", "word=don't word=I'm"],
    ['curly ones', 'don’t don‘t donʼt', 'word=don’t word=don‘t word=donʼt'],
    ['accents in their place', 'don`t don´t', 'word=don`t word=don´t'],
    ['one that an exporter left as text', 'don\\u2019t', 'word=don\\u2019t'],
    ['another escape only separates', 'a\\u00e9b', 'word=a word=b'],
    ['quotation is not apostrophe', "'quoted' rock 'n' roll", 'word=quoted word=rock word=n word=roll'],
    ['letters left out', 'f***ing s**t sh** f*ck', 'word=f***ing word=s**t word=sh** word=f*ck'],
    ['bold', '*bold* **bolder**', 'word=bold word=bolder'],
    ['stars of a rating', '5* hotel', 'number=5 word=hotel'],
    ['elongation', 'Soooo', 'word=Soooo'],
    ['hyphens part', 'co-op', 'word=co mark=- word=op'],
    ['underscores do not', 'snake_case', 'word=snake_case'],
    ['right to left', 'مرحبا، كيف', 'word=مرحبا mark=، word=كيف'],
    ['Hebrew', 'שלום!', 'word=שלום mark=!'],
    ['Devanagari with marks', 'हिन्दी नहीं', 'word=हिन्दी word=नहीं'],
    ['Devanagari with a joiner', 'क्‍ष', 'word=क्‍ष'],
    ['Persian with a non-joiner', 'می‌خواهم', 'word=می‌خواهم'],
    ['a joiner at the end', 'می‌ x', 'word=می word=x'],
    ['Han', '我爱你', 'word=我 word=爱 word=你'],
    ['kana', 'ネコね', 'word=ネ word=コ word=ね'],
    ['Thai leaves its marks', 'ดี', 'word=ด'],
    ['Hangul has spaces', '한국어 좋아', 'word=한국어 word=좋아'],
    ['decomposed letters', 'cafe\u0301s', 'word=cafe\u0301s'],
    ['letters beyond the first plane', '𝓖𝓸𝓸𝓭', 'word=𝓖𝓸𝓸𝓭'],
    ['lone surrogates only separate', '\ud83da\udc00b', 'word=a word=b'],
    ['zero bytes only separate', 'a\0b', 'word=a word=b'],
    ['numbers', '1st 2,000 3.5', 'number=1st number=2 mark=, number=000 number=3 mark=. number=5'],
  ])('%s', (_why, text, tokens) => {
    expect(shown(text)).toBe(tokens);
  });
});

describe('punctuation', () => {
  test.each<Row>([
    ['tone runs together', 'no!!! what?!?', 'word=no mark=!!! word=what mark=?!?'],
    ['an ellipsis', 'so... well…', 'word=so mark=... word=well mark=…'],
    ['others run with their like', '(("', 'mark=(( mark="'],
    ['Spanish', '¿Qué?', 'mark=¿ word=Qué mark=?'],
    ['Devanagari full stop', 'है।', 'word=है mark=।'],
    ['what carries nothing is not shown', 'a & b % c + d', 'word=a word=b word=c word=d'],
  ])('%s', (_why, text, tokens) => {
    expect(shown(text)).toBe(tokens);
  });
});
