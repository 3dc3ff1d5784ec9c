import { expect, test } from 'vitest';
import { NAME_FORM } from '../../../../src/core/sentiment/model/given-names.ts';
import { describeForSentiment, describeWord } from '../../../../src/core/sentiment/model/words.ts';
import { openDefaultEngine } from '../../../golden/sentiment/support.ts';

test.each(['Ahmed', 'ahmed', "Ahmed's", 'EMMA', 'Jürgen', 'Wei'])('%s is a given name', (name) => {
  expect(describeForSentiment('word', name).form).toBe(NAME_FORM);
  expect(describeForSentiment('hashtag', name).form).not.toBe(NAME_FORM);
  expect(describeWord('word', name).form).not.toBe(NAME_FORM);
});

test.each(['will', 'grace', 'said', 'hillary', 'linda', 'oscar', "don't", 'emmas'])('%s is none', (word) => {
  expect(describeForSentiment('word', word)).toEqual(describeWord('word', word));
});

test.each([
  '{} was rude to me on the phone.',
  'I spoke to {} about my order.',
  'Thanks {} for the quick answer!',
  "{}'s parcel is late again :(",
  '{}',
])('who is named does not move the score: %s', async (template) => {
  const { read } = await openDefaultEngine();
  const names = ['John', 'Ahmed', 'Lakisha', 'Wei', 'Fatima', 'Brad', 'Mohammed', 'Ethan', 'PRIYA'];
  const answers = names.map((name) => read(template.replace('{}', name), { language: 'en' }));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});
