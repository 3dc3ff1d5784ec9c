/** Goal: emphasis lifts what is good or open, and never makes less bad what is bad. */
import { describe, expect, test } from 'vitest';
import { createModelEngine, loadModel } from '../../../../src/core/sentiment/model/engine.ts';
import { denseSize, EMPHASES } from '../../../../src/core/sentiment/model/dense.ts';
import { entryHash } from '../../../../src/core/sentiment/model/words.ts';
import { openShipped } from './support.ts';
import { tinyFiles } from './tiny-model.ts';

const EXCLAMATIONS = denseSize(1) - Math.max(...EMPHASES);
/** One exclamation mark is worth 1 by its number, and 0.2 by itself; words are worth this. */
const LIFT = 1.2;
const WORDS = { awful: -9, poor: -1.1, weak: -0.7, stale: -0.3, fine: 1 };

function loadTiny(sign: number) {
  const half = (margin: number) => [-50 * margin, 0, 50 * margin] as const;
  return loadModel(
    tinyFiles({
      features: [
        ...Object.entries(WORDS).map(([word, margin]) => [entryHash(word), half(margin)] as const),
        [entryHash('!'), half(0.2 * sign)],
      ],
      dense: { [EXCLAMATIONS]: [-sign / (2 * Math.LN2), 0, sign / (2 * Math.LN2)] },
    }),
  );
}

const marginsOf = (sign: number, word: string) => {
  const model = loadTiny(sign);
  const margin = (text: string) => {
    const { logits } = model.read(text, undefined);
    return (logits[2] ?? 0) - (logits[0] ?? 0);
  };
  return [margin(word), margin(`${word} !`)] as const;
};

describe('by the margin of all the rest', () => {
  test.each<[string, number]>([
    ['awful', 0],
    ['poor', 0],
    ['weak', 0.5],
    ['stale', 1],
    ['fine', 1],
    ['unknown', 1],
  ])('%s: %d of the lift counts', (word, share) => {
    const [plain, shouted] = marginsOf(1, word);
    expect(shouted - plain).toBeCloseTo(share * LIFT, 5);
  });

  test.each(Object.keys(WORDS))('%s: what lowers counts in full', (word) => {
    const [plain, shouted] = marginsOf(-1, word);
    expect(shouted - plain).toBeCloseTo(-LIFT, 5);
  });
});

test('what is taken back is said so by the explanation', () => {
  const engine = createModelEngine(loadTiny(1));
  const weightOfMark = (text: string) =>
    engine.read(text, { explain: true }).because?.find(({ text: piece }) => piece === '!')?.weight ?? 0;
  expect(weightOfMark('fine !')).toBeGreaterThan(0.1);
  expect(weightOfMark('awful !')).toBeCloseTo(0, 9);
});

const BAD: readonly string[] = [
  ...['bad', 'extremely bad', 'this is bad', 'the food was terrible', 'I hate this', 'worst service ever'],
  ...[
    'so disappointed with this phone',
    'this is awful',
    'I am sad',
    'what a stupid idea',
    'the staff were rude',
  ],
  ...['this sucks', 'horrible experience', 'I feel sick', 'the screen is broken', 'this is not good'],
  ...['boring movie', 'such a waste of money', 'I am angry', 'your support is useless', 'the room was dirty'],
  ...['this makes me cry', 'ugly shoes', 'it was horrible', 'they ruined my day', 'what a disgrace'],
  ...['my bag was stolen', 'they are liars', 'the worst airline', 'a very poor hotel'],
];
const GOOD: readonly string[] = [
  ...['good', 'extremely good', 'this is good', 'the food was great', 'I love this', 'best service ever'],
  ...[
    'so happy with this phone',
    'this is awesome',
    'I am happy',
    'what a great idea',
    'the staff were friendly',
  ],
  ...['thank you', 'this rocks', 'wonderful experience', 'I feel fine', 'the screen is beautiful'],
  ...['not bad at all', 'exciting movie', 'great value for money', 'I am proud', 'your support is helpful'],
  ...['the room was clean', 'congratulations', 'well done', 'this makes me smile', 'nice shoes'],
  ...['my order arrived early', 'they are lovely', 'the best airline', 'a very nice hotel'],
];
/** A mark more may weigh by its neighbours. */
const TOLERANCE = 0.01;
/** A known limit, told in the model card: pairs of words in capitals and marks lift it. */
const WEAKER_IN_CAPITALS = 'your support is useless';

describe('sentiment-en', async () => {
  const engine = createModelEngine(loadModel(await openShipped('sentiment-en')));
  const score = (text: string) => {
    const { positive, negative } = engine.read(text).probability;
    return positive - negative;
  };

  describe.each([
    [-1, BAD],
    [1, GOOD],
  ] as const)('sign %d', (sign, texts) => {
    test.each(texts)('%s: more marks never weaken it', (text) => {
      const steps = [text, `${text}!`, `${text}!!`, `${text}!!!`].map((shouted) => score(shouted) * sign);
      for (const [index, step] of steps.slice(1).entries())
        expect(step, `${index + 1} of !`).toBeGreaterThanOrEqual((steps[index] ?? 0) - TOLERANCE);
    });

    test.each(texts.filter((text) => text !== WEAKER_IN_CAPITALS))(
      '%s: nor do capitals and marks',
      (text) => {
        expect(score(`${text.toUpperCase()}!!!`) * sign).toBeGreaterThanOrEqual(
          score(text) * sign - TOLERANCE,
        );
      },
    );
  });

  test.each(['it', 'the room', 'the film'])('degrees of what %s is', (subject) => {
    for (const [word, sign] of [
      ['good', 1],
      ['nice', 1],
      ['friendly', 1],
      ['beautiful', 1],
    ] as const) {
      const [less, plain, more] = ['slightly ', '', 'very '].map(
        (degree) => score(`${subject} is ${degree}${word}`) * sign,
      );
      expect(less).toBeLessThan(plain ?? 0);
      expect(plain).toBeLessThan(more ?? 0);
    }
  });

  test('what the words leave open is lifted, as in tweets', () => {
    for (const text of ['tomorrow', 'we are here', 'see you at ten'])
      expect(score(`${text}!!!`)).toBeGreaterThan(score(text) + 0.1);
  });
});
