/** Goal: text as people read it. One row per rule; the name is the rule. */
import { describe, expect, test } from 'vitest';
import { MESSAGE_LIMITS } from '../../../src/core/message/limits.ts';
import { normalizeLine, normalizeText } from '../../../src/core/message/text.ts';

const MAX = MESSAGE_LIMITS.textCharsMax;

describe('auto: HTML only where it is unmistakable', () => {
  test.each([
    ['a heart', 'I <3 you', 'I <3 you'],
    ['comparisons', 'a < b > c', 'a < b > c'],
    ['comparisons without spaces', 'if a<b and c>d', 'if a<b and c>d'],
    ['an address', 'write to <bob@x.example>', 'write to <bob@x.example>'],
    ['an arrow', '-> <- => <=', '-> <- => <='],
    ['a word in brackets', 'this is <sarcasm>', 'this is <sarcasm>'],
    ['paragraphs', '<p>Hello <b>world</b></p><p>again</p>', 'Hello world\n\nagain'.replace('\n\n', '\n')],
    ['a line break', 'one<br/>two<BR>three', 'one\ntwo\nthree'],
    ['a link', 'see <a href="https://x.example/?a=1&amp;b=2" title="a > b">this</a>!', 'see this!'],
    ['a heart within HTML', '<p>I <3 you</p>', 'I <3 you'],
    ['script and style', '<p>a</p><script>if (a<b) x()</script><style>p{}</style>b', 'a\nb'],
    ['a script that never ends', '<p>a</p><script>alert(1)', 'a'],
    ['a comment', '<div>a<!-- <b> -->b</div>', 'ab'],
    ['a comment that never ends', '<div>a<!-- b</div>', 'a'],
    ['entities without tags', 'Tom &amp; Jerry &lt;3 &#39;x&#39; &#x1F600;', "Tom & Jerry <3 'x' 😀"],
    ['an ampersand', 'AT&T & R&D; x&y=1&copy=2', 'AT&T & R&D; x&y=1&copy=2'],
    ['an entity for a control character', 'a&#x202e;b&#8;c', 'abc'],
    ['white space of HTML', '<p>a\n\t  b</p>\n<p> c </p>', 'a b\nc'],
  ])('%s', (_why, raw, expected) => {
    expect(normalizeText(raw, 'auto')).toBe(expected);
  });
});

test.each([
  ['html: a tag on its own', 'html', 'a <b>c', 'a c'],
  ['html: what is no tag', 'html', 'a < b', 'a < b'],
  ['text: nothing is stripped', 'text', '<p>a &amp; b</p>', '<p>a &amp; b</p>'],
] as const)('%s', (_why, format, raw, expected) => {
  expect(normalizeText(raw, format)).toBe(expected);
});

test.each([
  ['plain', 'just text', 'just text'],
  ['ends are trimmed', '  a  ', 'a'],
  ['composed form', 'cafe\u0301', 'caf\u00e9'],
  ['controls are dropped', 'a\u0000b\u001bc\u007f\u0085d', 'abc\nd'],
  ['line breaks', 'a\r\nb\rc\u2028d', 'a\nb\nc\nd'],
  ['spaces of every kind', 'a\tb\u00a0c\u3000d', 'a b c d'],
  ['direction overrides are dropped', '\u202eabc\u202c \u2066x\u2069\u200f', 'abc x'],
  ['right-to-left text stays', 'שלום עולם مرحبا', 'שלום עולם مرحبا'],
  ['zero-width spaces are dropped', 'ter\u200brib\u00adle\ufeff', 'terrible'],
  ['what a dropped character parted is composed', 'e\u200b\u0301', 'é'],
  ['joined emoji', '👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈 👍🏽', '👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈 👍🏽'],
  ['the joiners of other scripts', 'می\u200cخواهم', 'می\u200cخواهم'],
  ['lone surrogates', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
  ['a flood of marks', `z${'\u0335'.repeat(500)}!`, `z${'\u0335'.repeat(8)}!`],
  [
    'a flood of marks between zero-width spaces',
    `z${'\u0335\u200b'.repeat(500)}!`,
    `z${'\u0335'.repeat(8)}!`,
  ],
])('normalizeText: %s', (_why, raw, expected) => {
  expect(normalizeText(raw, 'auto')).toBe(expected);
});

describe('the cut', () => {
  test.each([
    ['at the limit', 'x'.repeat(MAX), MAX],
    ['beyond', 'x'.repeat(MAX + 1), MAX],
    ['not within a surrogate pair', 'x'.repeat(MAX - 1) + '😀', MAX - 1],
    ['not before a mark', 'x'.repeat(MAX) + '\u0335', MAX - 1],
    ['not within a joined emoji', 'x'.repeat(MAX - 3) + '👩‍👩‍👧‍👦', MAX - 3],
    ['not before a skin tone', 'x'.repeat(MAX - 2) + '👍🏽', MAX - 2],
  ])('%s', (_why, raw, length) => {
    const text = normalizeText(raw, 'auto');
    expect(text).toHaveLength(length);
    expect(text.isWellFormed()).toBe(true);
  });
});

test('normalizeLine puts a name on one line', () => {
  expect(normalizeLine(' Bob\n\u202eE\u0301 ')).toBe('Bob É');
});

test('characters that stay as they are: the same as where the slow way looks at them, which it does for a zero-width space', () => {
  const stays = /[\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u20ac]/;
  const chars = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).filter((char) =>
    stays.test(char),
  );
  expect(chars.length).toBeGreaterThan(600);
  for (const [at, char] of chars.entries()) {
    const text = `a${char}${chars[(at * 7) % chars.length] ?? ''}b`;
    expect(normalizeText(text, 'text')).toBe(normalizeText(`${text}\u200b`, 'text'));
    expect(normalizeText(text, 'text')).toBe(text);
  }
});
