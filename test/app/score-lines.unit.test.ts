/** Goal: an answer for each line, whatever it holds. */
import { expect, test } from 'vitest';
import type { Sentiment } from '../../src/core/sentiment/engine.port.ts';
import { createLineScorer, type LineScore, type LineScorerOptions } from '../../src/app/score-lines.ts';

const DEFAULTS = {
  engine: 'natural',
  input: 'auto',
  explain: false,
  abstainBelow: 0,
  identify: true,
} as const;

async function score(line: string, options: Partial<LineScorerOptions> = {}): Promise<LineScore | undefined> {
  const scorer = await createLineScorer({ ...DEFAULTS, ...options });
  return (await scorer([line]))[0];
}

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
  ['what nests without end is text', 'auto', `{"text":${'['.repeat(20_000)}awful`, { label: 'neutral' }],
  [
    'what nests without end is not parsed',
    'ndjson',
    `{"text":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    { error: 'nests deeper than the limit depthMax, 32' },
  ],
  [
    'a key that reaches a prototype reaches none',
    'ndjson',
    '{"__proto__":{"id":"x"},"text":"awful"}',
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
  expect(await score(line, { input })).toMatchObject(expected);
});

test('explain adds the pieces, abstainBelow abstains, wink answers', async () => {
  const { because } = (await score('an awful day', { explain: true })) as Sentiment;
  expect(because).toMatchObject([{ kind: 'prior' }, { text: 'awful', start: 3, end: 8 }]);
  expect(await score('an awful day')).not.toHaveProperty('because');
  expect(await score('an awful day', { abstainBelow: 1 })).toMatchObject({ reason: 'below_threshold' });
  expect(await score('I love it, excellent!', { engine: 'wink' })).toMatchObject({
    label: 'positive',
    engine: 'wink',
  });
});

test.each<[string, string, Partial<LineScorerOptions>, object]>([
  [
    'found',
    'Ich liebe diese Stadt und ihre Menschen',
    {},
    { label: 'uncertain', reason: 'language', score: 0 },
  ],
  ['not looked for', 'Ich liebe diese Stadt und ihre Menschen', { identify: false }, { label: 'neutral' }],
  ['said by the line', '{"text":"excellent","lang":"de-AT"}', { lang: 'en' }, { reason: 'language' }],
  ['said for all lines', 'excellent', { lang: 'de' }, { reason: 'language' }],
  [
    'declared, though nothing is looked for',
    'excellent',
    { lang: 'de', identify: false },
    { reason: 'language' },
  ],
  ['unsure', 'super', { input: 'text' }, { label: 'positive' }],
])('the language is %s', async (_how, line, options, expected) => {
  expect(await score(line, options)).toMatchObject(expected);
});

test('a lexicon weighs, and shows', async () => {
  const lexicon = { sick: 4 };
  const found = (await score('that was sick', { lexicon, explain: true })) as Sentiment;
  expect(found).toMatchObject({ label: 'positive' });
  expect(found.because?.find(({ kind }) => kind === 'lexicon')).toMatchObject({ text: 'sick', start: 9 });
});

test('many lines are answered in their order, bad ones among them', async () => {
  const scorer = await createLineScorer({ ...DEFAULTS, input: 'ndjson' });
  const answers = await scorer([
    '{"id":1,"text":"awful"}',
    'bad',
    '{"id":3,"text":"","lang":"de"}',
    '{"id":4}',
  ]);
  expect(answers).toMatchObject([
    { id: 1, label: 'negative' },
    { error: expect.stringMatching(/^not JSON/) as string },
    { id: 3, reason: 'no_text' },
    { id: 4, error: 'text is missing' },
  ]);
  expect(await scorer([])).toEqual([]);
});
