/** Goal: what is taken as a mark and what is not, and what a request for one becomes. */
import { expect, test } from 'vitest';
import { markMessage, parseMark } from '../../../../src/core/relevance/marks/mark.ts';
import { parseMarkRequest } from '../../../../src/core/relevance/marks/mark-request.ts';

const MARK = { id: 'm1', pipeline: 'acme', mark: 'drop', by: 'ann', atMs: 5, text: 'win a prize' };
const context = { id: 'new', nowMs: 1_000 };

test.each<[string, string, RegExp]>([
  ['not JSON', '{', /not JSON/],
  ['a list', '[]', /object/],
  ['no text', JSON.stringify({ ...MARK, text: undefined }), /^text: /],
  ['a blank text', JSON.stringify({ ...MARK, text: ' \n' }), /^text: must hold something/],
  ['a word that is neither', JSON.stringify({ ...MARK, mark: 'maybe' }), /^mark: .*keep.*drop/],
  ['an unknown field', JSON.stringify({ ...MARK, weight: 100 }), /weight/],
  ['a sample of nothing', JSON.stringify({ ...MARK, sample: 0 }), /^sample: /],
  ['an id that no header can carry', JSON.stringify({ ...MARK, id: 'a b' }), /^id: /],
  ['a text without end', JSON.stringify({ ...MARK, text: 'x'.repeat(5_000) }), /^text: /],
  [
    'of another pipeline',
    JSON.stringify({ ...MARK, pipeline: 'rival' }),
    /'rival' is not that of the subject/,
  ],
])('refused: %s', (_what, text, problem) => {
  const parsed = parseMark(text, 'earshot.mark.acme');
  expect(parsed.ok ? '' : parsed.problems.join('; ')).toMatch(problem);
});

test('what is published is what is read', () => {
  const parsed = parseMark(JSON.stringify(MARK), 'earshot.mark.acme');
  expect(parsed).toEqual({ ok: true, mark: MARK });
  if (!parsed.ok) return;
  const { subject, data, id } = markMessage(parsed.mark);
  expect([subject, id]).toEqual(['earshot.mark.acme', 'mark:m1']);
  expect(parseMark(data as string, subject)).toEqual(parsed);
});

test.each<[string, object, object]>([
  ['a text', { text: '<b>win</b> a prize' }, { text: 'win a prize', id: 'new', by: 'unknown', atMs: 1_000 }],
  ['a text with its id', { text: 'x', message: 'm7', by: 'bob' }, { message: 'm7', by: 'bob' }],
  [
    'a drop as it was published',
    {
      message: {
        id: 'm7',
        text: 'x',
        dropped: { reason: 'irrelevant', sample: 0.1, probability: 0.03 },
        lang: 'en',
      },
    },
    { message: 'm7', text: 'x', verdict: 'drop', reason: 'irrelevant', sample: 0.1 },
  ],
  [
    'a scored message',
    { message: { id: 'm8', text: 'x', relevance: { matched: [], verdict: 'review' } } },
    { verdict: 'review' },
  ],
  [
    'a scored message without a filter',
    { message: { id: 'm8', text: 'x', relevance: { matched: [] } } },
    { verdict: 'keep' },
  ],
])('a request: %s', (_what, fields, expected) => {
  const parsed = parseMarkRequest({ pipeline: 'acme', mark: 'drop', ...fields }, context);
  expect(parsed.ok ? parsed.mark : parsed.problems).toMatchObject(expected);
});

test('who asks is who the token says; a request needs a text or a message', () => {
  const request = { pipeline: 'acme', mark: 'keep', by: 'mallory', text: 'x' };
  expect(parseMarkRequest(request, { ...context, by: 'ann' })).toMatchObject({ mark: { by: 'ann' } });
  for (const body of [
    null,
    'x',
    { pipeline: 'acme', mark: 'keep' },
    { ...request, message: { id: 'a', text: 'y' } },
    { ...request, x: 1 },
  ])
    expect(parseMarkRequest(body, context).ok).toBe(false);
});
