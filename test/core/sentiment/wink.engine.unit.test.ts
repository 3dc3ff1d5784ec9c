/** Goal: wink's memory of words is bounded, and forgetting, however often, shows nowhere. */
import { expect, test } from 'vitest';
import { createWinkEngine } from '../../../src/core/sentiment/wink.engine.ts';

const WORDS_PER_TEXT = 100;
const TEXTS = 4_000;

test('400,000 new words, forgotten 40 times: texts stay whole and scores the same', () => {
  const engine = createWinkEngine();
  const first = engine.read('I love Zq-0 é. Not bad at all!', { explain: true });
  const broken: string[] = [];
  for (let n = 0; n < TEXTS; n += 1) {
    const words = Array.from({ length: WORDS_PER_TEXT }, (_, k) => `zq${n * WORDS_PER_TEXT + k}`);
    const text = `${words.join(' ')} good`;
    const { because = [] } = engine.read(text, { explain: true });
    if (because.length !== 2 || because[1]?.text !== text) broken.push(text);
  }
  expect(broken).toEqual([]);
  expect(engine.read('I love Zq-0 é. Not bad at all!', { explain: true })).toEqual(first);
});
