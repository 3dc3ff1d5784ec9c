/** Goal: the numbers of a text, against examples reckoned by hand. */
import { describe, expect, test } from 'vitest';
import {
  denseSize,
  fillDense,
  LEXICON_FEATURES,
  styleOf,
  valenceAt,
} from '../../../../src/core/sentiment/model/dense.ts';
import { analyzerOf, type Valences } from './support-analysis.ts';

const LEXICON: Valences = {
  good: [2],
  great: [3],
  bad: [-2],
  awful: [-3],
  fine: [0.1],
  better: [2.5],
  damn: [-1],
  kind: [2.4],
  pretty: [2.2],
  ':happy': [2],
  '😀': [1.5],
};

function valencesOf(text: string): number[] {
  const analysis = analyzerOf(LEXICON)(text);
  return Array.from({ length: analysis.count }, (_, index) => valenceAt(analysis, index, 0)).filter(
    (valence) => valence !== 0,
  );
}

describe('valence in context, by VADER', () => {
  test.each<[string, string, number[]]>([
    ['plain', 'good', [2]],
    ['elongated', 'goood', [2 + 0.293]],
    ['weakened by two words', 'kind of good', [2 - 0.293]],
    ['weakened by two words, negative', 'a bit bad', [-2 + 0.293]],
    ['pretty, which says nothing of its own', 'pretty bad', [-2]],
    ['a degree that is known by itself', 'damn good', [2 + 0.293]],
    ['censored', 'f***ing good', [2 + 0.293]],
    ['known, and of degree before nothing', 'damn', [-1]],
    ['an expletive for what comes later', "damn that's so good", [2 + 0.293]],
    ['an expletive of another clause', 'damn, it is good', [-1, 2]],
    ['an expletive before a negation', 'damn it is not good', [-1, -0.74 * 2]],
    ['strengthened by the word behind', 'good af', [2 + 0.293]],
    ['strengthened by the word behind, negative', 'bad af', [-2 - 0.293]],
    ['a name', 'The Bad Bunny show', []],
    ['a name, and what is said of it', 'bad bunny is great', [3]],
    ['half a name', 'bad rabbit', [-2]],
    ['the words of a name in another order', 'bunny bad', [-2]],
    ['a fixed turn', 'no one', []],
    ['kind, not kind of', 'kind', [2.4]],
    ['nothing is more so', 'never been better', [2.5]],
    ['nothing is more so, by two words', "couldn't be more bad", [-2 - 0.293]],
    ['not yet so', 'never better', [-0.74 * 2.5]],
    ['an emoji, an emoticon', '😀 :)', [1.5, 2]],
    ['unknown', 'table', []],
    ['strengthened', 'very good', [2 + 0.293]],
    ['strengthened, negative', 'very bad', [-2 - 0.293]],
    ['weakened', 'slightly good', [2 - 0.293]],
    ['by the word but one', 'very much good', [2 + 0.9 * 0.293]],
    ['by both', 'very very good', [2 + 1.9 * 0.293]],
    ['not by the third', 'very a b good', [2]],
    ['capitals', 'GOOD', [2 + 0.733]],
    ['capitals, negative', 'BAD', [-2 - 0.733]],
    ['negated', 'not good', [-0.74 * 2]],
    ['negated, negative', 'not bad', [0.74 * 2]],
    ['all together', 'not VERY GOOD', [-0.74 * (2 + 0.293 + 0.733)]],
    ['weakened beyond zero', 'slightly fine', [0.1 - 0.293]],
  ])('%s', (_why, text, expected) => {
    const valences = valencesOf(text);
    expect(valences).toHaveLength(expected.length);
    for (const [index, valence] of expected.entries()) expect(valences[index]).toBeCloseTo(valence, 12);
  });
});

function dense(text: string, valences: Valences = LEXICON, lexicons = 1): number[] {
  const out = new Float64Array(denseSize(lexicons)).fill(Number.NaN);
  fillDense(analyzerOf(valences)(text), lexicons, out);
  return [...out];
}

const lexiconOf = (text: string) => dense(text).slice(0, LEXICON_FEATURES);
const closeTo = (numbers: readonly number[]) => numbers.map((number): unknown => expect.closeTo(number, 12));

describe('of one lexicon', () => {
  test('reckoned by hand', () => {
    // 2.293, -3, then behind the contrast 3 × -0.74 = -2.22.
    const [positive, negative, sum] = [2.293, 3 + 2.22, 2.293 - 3 - 2.22];
    expect(lexiconOf('very good, awful but not great')).toEqual(
      closeTo([
        Math.log(1 + positive),
        Math.log(1 + negative),
        1 / 3,
        2 / 3,
        2.293 / 2,
        -3 / 2,
        -2.22 / 2,
        -2.22 / 3,
        (2 * sum) / Math.sqrt(sum ** 2 + 15),
        (2 * 2) / Math.sqrt(2 ** 2 + 15), // Plain: 2 - 3 + 3.
        0,
      ]),
    );
  });

  test('knows no word', () => {
    expect(lexiconOf('a table')).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(lexiconOf('')).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  test('the contrasting word itself is not behind the contrast; the last contrast counts', () => {
    expect(lexiconOf('good but bad however great')[7]).toBeCloseTo(1, 12);
    expect(lexiconOf('good bad')[7]).toBe(0);
  });

  test('each lexicon has its own numbers', () => {
    const two: Valences = { good: [2, 0], bad: [0, -2] };
    const numbers = dense('good bad', two, 2);
    expect(numbers.slice(0, LEXICON_FEATURES)).toEqual(
      dense('good', { good: [2] }).slice(0, LEXICON_FEATURES),
    );
    expect(numbers.slice(LEXICON_FEATURES, 2 * LEXICON_FEATURES)).toEqual(
      dense('bad', { bad: [-2] }).slice(0, LEXICON_FEATURES),
    );
  });
});

/** In the order of the model's format. */
const STYLE = [
  ...['exclamations', 'questions', 'capitals', 'capitals share', 'elongated', 'mentions', 'link', 'hashtags'],
  ...[
    'numbers',
    'negations',
    'ellipses',
    'words',
    'happy',
    'sad',
    'emoji',
    'quotes',
    'ends ?',
    'ends !',
    'ends link',
  ],
  'contrast',
];

const namedStyle = (text: string) =>
  Object.fromEntries(
    dense(text)
      .slice(LEXICON_FEATURES)
      .flatMap((value, index) => (value === 0 ? [] : [[STYLE[index], value]])),
  ) as Record<string, number>;

const wordsOf = (count: number) => Math.log(1 + count) / 2;

describe('style', () => {
  test('one number for each name', () => {
    expect(denseSize(0)).toBe(STYLE.length);
    expect(denseSize(3)).toBe(3 * LEXICON_FEATURES + STYLE.length);
  });

  test.each<[string, string, Record<string, number>]>([
    ['nothing', '', {}],
    ['words', 'a b c', { words: wordsOf(3) }],
    ['exclamation', 'a!! b', { exclamations: Math.log(3), words: wordsOf(2) }],
    ['exclamation at the end', '!', { exclamations: Math.log(2), 'ends !': 1 }],
    ['question', '?? a', { questions: Math.log(3), words: wordsOf(1) }],
    ['question at the end', 'a?', { questions: Math.log(2), words: wordsOf(1), 'ends ?': 1 }],
    ['capitals', 'AB CD ef gh', { capitals: 1, 'capitals share': 0.5, words: wordsOf(4) }],
    ['capitals, at most five', 'AB '.repeat(9), { capitals: 2.5, 'capitals share': 1, words: wordsOf(9) }],
    ['elongation', 'sooo', { elongated: 1, words: wordsOf(1) }],
    ['mentions, at most four', '@a @b @c @d @e', { mentions: 2 }],
    ['a link in front', 'http://a.b c', { link: 1, words: wordsOf(1) }],
    ['a link at the end', 'http://a.b http://a.c', { link: 1, 'ends link': 1 }],
    ['hashtags', '#a #BigDeal', { hashtags: 1.5 }],
    ['numbers', '1 22', { numbers: 1 }],
    ['negations', 'not a never', { negations: 2, words: wordsOf(3) }],
    ['ellipses', 'a... b… c.. d.', { ellipses: 2, words: wordsOf(4) }],
    ['happy faces', ':) :P <3', { happy: 3 }],
    ['sad faces', ':( </3', { sad: 2 }],
    ['emoji', '😀😡', { emoji: 1 }],
    ['quotes', '"a" “b”', { quotes: 2, words: wordsOf(2) }],
    ['contrast', 'but', { contrast: 1, words: wordsOf(1) }],
    ['two contrasts count as one', 'but however', { contrast: 1, words: wordsOf(2) }],
  ])('%s', (_why, text, expected) => {
    const style = namedStyle(text);
    expect(Object.keys(style).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected)) expect(style[name]).toBeCloseTo(value, 12);
  });

  test('what tokens add is what the text has', () => {
    const analysis = analyzerOf()('NOT so good... but @you?! "sooo" http://x.y #A 1 :) 😀');
    const sums = new Float64Array(STYLE.length);
    for (let index = 0; index < analysis.count; index += 1) {
      for (const [feature, amount] of styleOf(analysis, index).entries())
        sums[feature] = (sums[feature] ?? 0) + amount;
    }
    const out = new Float64Array(denseSize(0));
    fillDense(analysis, 0, out);
    expect(Array.from(sums, (sum) => sum > 0)).toEqual(Array.from(out, (value) => value > 0));
  });
});

test('numbers of a text that is all of one thing are bounded by its tokens', () => {
  for (const text of ['GOOD '.repeat(800), '!'.repeat(4_096), 'not bad '.repeat(500), '😀'.repeat(2_048)])
    for (const value of dense(text)) expect(Math.abs(value)).toBeLessThan(2_048);
});
