/** Goal: what a person sees of what is published: why a message was dropped, who marked what, and nothing that moves the
 *  cursor. */
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { eachMessage, formatJson, formatLine } from '../../src/cli/tail-line.ts';

function line(subject: string, value: unknown): string {
  const data = new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
  const stored = { subject: `earshot.${subject}`, data, sequence: 1, storedAtMs: 0 };
  return stripVTControlCharacters(formatLine(stored)).replace(/\s+/g, ' ');
}

const because = [
  { text: 'prize', weight: -2.14 },
  { text: 'late', weight: 0.5 },
];

test.each<[string, string, unknown, string]>([
  [
    'a drop of the filter',
    'dropped.acme.irrelevant',
    {
      id: 'a',
      text: 'win a prize',
      dropped: { reason: 'irrelevant', sample: 1, probability: 0.041, because },
    },
    'dropped.acme.irrelevant irrelevant 0.04 (prize -2.1, late +0.5) win a prize',
  ],
  [
    'a drop that marks decided',
    'dropped.acme.irrelevant',
    {
      id: 'a',
      text: 'x',
      dropped: { reason: 'irrelevant', probability: 0.1, overruled: 'keep', because: [] },
    },
    'dropped.acme.irrelevant irrelevant 0.10 by marks, else keep x',
  ],
  [
    'another drop',
    'dropped.acme.language',
    { id: 'a', text: 'hej', author: { handle: 'bo' }, dropped: { reason: 'language', sample: 1 } },
    'dropped.acme.language language @bo hej',
  ],
  [
    'a message for review',
    'scored.acme.chat.neutral',
    {
      text: 'x',
      sentiment: { label: 'neutral', score: 0.1 },
      relevance: { verdict: 'review', probability: 0.33 },
    },
    'scored.acme.chat.neutral review 0.33 0.10 x',
  ],
  ['a mark', 'mark.acme', { mark: 'drop', by: 'ann', text: 'x' }, 'mark.acme drop ann x'],
  ['no mark', 'mark.acme', { mark: 5 }, 'mark.acme {"mark":5}'],
  [
    'a drop of somebody else',
    'dropped.acme.x',
    { dropped: { because: 7 } },
    'dropped.acme.x {"dropped":{"because":7}}',
  ],
  ['a dead letter', 'dead.invalid_json', 'gar\u001b[2Jbage', 'dead.invalid_json gar [2Jbage'],
])('%s', (_what, subject, value, expected) => {
  expect(line(subject, value)).toBe(`00:00:00 ${expected}`);
});

test('each message of a batch is a line of its own, and says which one', () => {
  const posts = ['good', 'né\u2028bad'].map((text, at) => ({
    id: `m${at}`,
    text,
    sentiment: { score: 0.5 - at },
  }));
  const data = new TextEncoder().encode(posts.map((post) => JSON.stringify(post)).join('\n'));
  const common = { subject: 'earshot.scored.acme.batch', sequence: 7, storedAtMs: 0 };
  const messages = eachMessage({ ...common, data, headers: { 'content-type': 'application/x-ndjson' } });
  expect(messages.map((one) => stripVTControlCharacters(formatLine(one)).replace(/\s+/g, ' '))).toEqual([
    '00:00:00 scored.acme.batch 0.50 good',
    expect.stringMatching(/^00:00:00 scored.acme.batch -0.50 né.?bad$/),
  ]);
  expect(messages.map((one) => JSON.parse(formatJson(one)) as object)).toEqual(
    posts.map((post, at) => ({
      ...{
        subject: common.subject,
        sequence: 7,
        line: at + 1,
        lines: 2,
        storedAt: '1970-01-01T00:00:00.000Z',
      },
      headers: { 'content-type': 'application/x-ndjson' },
      data: post,
    })),
  );
});
