/** Goal: an answer for each line, whatever it holds. */
import { expect, test } from 'vitest';
import { createLineScorer, type LineScorerOptions } from '../../src/app/score-lines.ts';

const scorer = (options: Partial<LineScorerOptions> = {}) =>
  createLineScorer({ engine: 'natural', input: 'auto', explain: false, abstainBelow: 0, ...options });

test.each<[string, LineScorerOptions['input'], string, object]>([
  ['plain text', 'auto', 'I love it, excellent', { label: 'positive' }],
  ['an object with text', 'auto', '{"id":7,"text":"I hate this, awful"}', { id: 7, label: 'negative' }],
  ['a blank line', 'auto', '', { label: 'uncertain', reason: 'no_text' }],
  ['an object without text is text', 'auto', '{"note":"awful"}', { label: 'negative' }],
  ['what only begins like JSON is text', 'auto', '{awful', { label: 'negative' }],
  ['an id beyond 2^53', 'auto', '{"id":418157151946035201,"text":"awful"}', { id: '418157151946035201' }],
  ['JSON taken as text', 'text', '{"id":7,"text":"awful"}', { label: 'negative' }],
  [
    'an id that is neither text nor number is left out',
    'ndjson',
    '{"id":{},"text":"awful"}',
    { label: 'negative' },
  ],
  ['no JSON', 'ndjson', 'awful', { error: expect.stringMatching(/^not JSON: /) as string }],
  ['a blank line is no JSON', 'ndjson', '', { error: expect.stringMatching(/^not JSON: /) as string }],
  ['no object', 'ndjson', '5', { error: 'must be an object {id, text}, not 5' }],
  ['null', 'ndjson', 'null', { error: 'must be an object {id, text}, not null' }],
  ['a list', 'ndjson', '[1]', { error: 'must be an object {id, text}, not a list' }],
  ['no text', 'ndjson', '{"id":"a"}', { id: 'a', error: 'text is missing' }],
  [
    'a text that is none',
    'ndjson',
    '{"id":"a","text":5}',
    { id: 'a', error: 'text must be a string, not 5' },
  ],
])('%s (%s)', async (_what, input, line, expected) => {
  expect((await scorer({ input }))(line)).toMatchObject(expected);
});

test('explain adds the pieces, abstainBelow abstains, wink answers', async () => {
  expect((await scorer({ explain: true }))('an awful day')).toMatchObject({
    because: [{ text: 'awful', start: 3, end: 8 }],
  });
  expect((await scorer())('an awful day')).not.toHaveProperty('because');
  expect((await scorer({ abstainBelow: 1 }))('an awful day')).toMatchObject({
    label: 'uncertain',
    reason: 'below_threshold',
  });
  expect((await scorer({ engine: 'wink' }))('I love it, excellent!')).toMatchObject({
    label: 'positive',
    engine: 'wink',
  });
});
