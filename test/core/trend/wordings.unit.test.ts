/** Goal: texts of one flood are one wording, though words are exchanged; people's own words are not. */
import { expect, test } from 'vitest';
import { wordingsOf } from '../../../src/core/trend/wordings.ts';

test.each<[string, string[], number]>([
  ['no texts', [], 0],
  [
    'a text and its repost',
    ['Buy Zorbex now before it explodes', 'RT @a: Buy Zorbex now before it explodes'],
    1,
  ],
  [
    'a word exchanged, another put in, links and names',
    [
      'Buy Zorbex now before it explodes',
      'Grab Zorbex now before it explodes http://x.example/1',
      '@b Buy Zorbex now just before it explodes',
    ],
    1,
  ],
  [
    'three people about one thing',
    [
      'WhatsApp sold for 19 billion, wow',
      'why would Facebook pay that much for WhatsApp',
      'so my chats belong to Zuckerberg now? deleting WhatsApp',
    ],
    3,
  ],
  ['texts without words', ['http://x.example/1', '@a @b'], 2],
])('%s', (_what, texts, wordings) => {
  expect(wordingsOf(texts.map((text) => ({ text })))).toBe(wordings);
});
