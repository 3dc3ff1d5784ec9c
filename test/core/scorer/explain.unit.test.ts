/** Goal: a few words that a person takes for the reason, none twice; nothing where the engine has no say. */
import { expect, test } from 'vitest';
import { explainerOf } from '../../../src/core/scorer/explain.ts';
import { declaredOnly } from '../../../src/core/language/identify.ts';
import type { Because, SentimentEngine } from '../../../src/core/sentiment/engine.port.ts';
import { pipelineOf } from '../../support/pipelines.ts';

/** An engine that says what it is told to say. */
function engineOf(because: readonly Because[], languages: readonly string[] = []): SentimentEngine {
  const probability = { negative: 1, neutral: 0, positive: 0 };
  return {
    kind: 'immediate',
    name: 'told',
    languages: new Set(languages),
    read: () => ({ probability, because }),
  };
}
const word = (text: string, weight: number, start: number, kind: Because['kind'] = 'word'): Because => ({
  ...{ text, weight, start, end: start + text.length, kind },
});
const explain = (because: readonly Because[], languages?: readonly string[]) =>
  explainerOf({ engine: engineOf(because, languages), identify: declaredOnly })?.('a text', 'en');

test.each<[string, readonly Because[], readonly string[]]>([
  ['strongest first', [word('bad', -0.2, 0), word('awful', -0.6, 4)], ['awful', 'bad']],
  ['what pulls the other way is no reason', [word('awful', -0.6, 0), word('nice', 0.2, 6)], ['awful']],
  [
    'a part of what is told already is not',
    [word('not bad', 0.4, 0, 'phrase'), word('bad', 0.2, 4)],
    ['not bad'],
  ],
  [
    'the same word counts together',
    [word('Bad', -0.2, 0), word('so', -0.3, 4), word('bad', -0.2, 8)],
    ['Bad', 'so'],
  ],
  ['faint words are left out', [word('awful', -0.6, 0), word('this', -0.05, 6)], ['awful']],
  [
    'what is no word',
    [word('', -0.6, 0, 'prior'), word('', -0.1, 0, 'rest'), word('!!', -0.1, 9, 'style')],
    [],
  ],
  ['five at most', 'abcdefg'.split('').map((text, at) => word(text, -0.5, at)), ['a', 'b', 'c', 'd', 'e']],
  ['nothing', [], []],
])('%s', (_why, because, expected) => {
  expect(explain(because)?.map(({ text }) => text)).toEqual(expected);
});

test('a language that the engine is not for has no words', () => {
  expect(explain([word('schlecht', -0.6, 0)], ['de'])).toEqual([]);
});

test('an engine that computes elsewhere explains nothing', () => {
  const engine = {
    kind: 'batch' as const,
    name: 'far',
    languages: new Set<string>(),
    readBatch: () => Promise.resolve([]),
  };
  expect(explainerOf({ engine, identify: declaredOnly })).toBeUndefined();
});

test('the shipped model: the words a person would name', async () => {
  const words = explainerOf(await pipelineOf());
  const told = (text: string) => words?.(text, 'en').map((one) => one.text.toLowerCase()) ?? [];
  expect(told('No signal since noon, this is awful, awful service')[0]).toBe('awful');
  expect(told('I love this so much 😍 best plan ever')).toEqual(
    expect.arrayContaining(['love', '😍', 'best']),
  );
});
