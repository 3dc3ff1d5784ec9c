/** Goal: what a word of degree says by itself does not count against the word that it belongs to. */
import { expect, test } from 'vitest';
import { createModelEngine, loadModel } from '../../../../src/core/sentiment/model/engine.ts';
import { entryHash } from '../../../../src/core/sentiment/model/words.ts';
import { tinyFiles } from './tiny-model.ts';

/** Margins of words by themselves. */
const MARGINS = { very: 1, fucking: -3, damn: -3, af: -1, good: 2, slow: -2, soon: 0.5 };
const model = loadModel(
  tinyFiles({
    features: Object.entries(MARGINS).map(([word, margin]) => [
      entryHash(word),
      [-50 * margin, 0, 50 * margin] as const,
    ]),
    valences: { good: 2, slow: -1.5, damn: -1.5 },
  }),
);

const marginOf = (text: string) => {
  const { logits } = model.read(text, undefined);
  return (logits[2] ?? 0) - (logits[0] ?? 0);
};

test.each([
  ['against: not', 'very slow', -2],
  ['the same way: in full', 'very good', 3],
  ['against, the other way', 'fucking good', 2],
  ['the same way, the other way', 'fucking slow', -5],
  ['one word between', 'very much slow', -2],
  ['two words between: too far', 'very much so slow', -1],
  ['a clause ends between', 'very, slow', -1],
  ['a negation between', 'very not slow', -1],
  ['negated, it softens', 'not very slow', -1],
  ['before what no lexicon knows', 'very soon', 1.5],
  ['alone', 'very', 1],
  ['an expletive right before', 'damn good', 2],
  ['an expletive from further away', 'damn that is good', 2],
  ['an expletive too far away', 'damn that thing there is good', -1],
  ['an expletive in another clause', 'damn, that is good', -1],
  ['an expletive before what is bad too', 'damn that is slow', -5],
  ['an expletive alone', 'damn', -3],
  ['behind what leans the other way', 'good af', 2],
  ['behind what leans the same way', 'slow af', -3],
  ['behind what no lexicon knows', 'soon af', -0.5],
  ['first of all', 'af', -1],
])('%s', (_why, text, expected) => {
  expect(marginOf(text)).toBeCloseTo(expected, 5);
});

test('the explanation says that it weighs nothing', () => {
  const { because = [] } = createModelEngine(model).read('very slow', { explain: true });
  expect(because.map(({ text }) => text)).not.toContain('very');
  expect(because.map(({ text }) => text)).toContain('slow');
});
