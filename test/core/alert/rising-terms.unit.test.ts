/** Goal: terms that rose are found and those that did not are not, in samples of either size. */
import { expect, test } from 'vitest';
import { BEFORE_POSTS_MIN, risingTerms } from '../../../src/core/alert/rising-terms.ts';
import { mulberry32 } from '../../../src/core/random/mulberry32.ts';
import { evidencePost } from '../../../src/core/window/evidence.ts';
import { scoredMessage } from '../window/arrivals.ts';

const sampled = (texts: readonly string[], stands = 1) =>
  texts.map((text, at) => ({
    post: evidencePost(scoredMessage(`${text}-${at}`, at, { text })),
    sequence: at + 1,
    stands,
  }));
const repeat = (text: string, times: number) => Array.from({ length: times }, () => text);
const names = (span: readonly string[], before: readonly string[]) =>
  risingTerms(sampled(span), sampled(before), 2).terms.map(({ text }) => text);

const CALM = [...repeat('blue parcel arrived', 40), ...repeat('Skyline parcel late', 40)];

test.each<[string, readonly string[], readonly string[], readonly string[]]>([
  ['a new term', repeat('Skyline outage', 20), CALM, ['outage', 'Skyline']],
  ['a hashtag stands for its word', repeat('#outage parcel', 20), CALM, ['#outage']],
  ['a cashtag does too', repeat('$GRPN parcel', 20), CALM, ['$GRPN']],
  ['what is as common as before', CALM, CALM, []],
  ['what falls', repeat('blue parcel arrived', 4), repeat('blue parcel arrived', 80), []],
  ['two posts are chance', [...CALM, ...repeat('outage', 2)], CALM, []],
  ['nothing is known of before', repeat('outage', 20), CALM.slice(0, BEFORE_POSTS_MIN - 1), []],
  ['no post', [], CALM, []],
])('%s', (_why, span, before, expected) => {
  expect(names(span, before)).toEqual(expected);
});

test('a post of a busy pane stands for many', () => {
  const busy = sampled(repeat('outage everywhere', 10), 90);
  const quiet = sampled(repeat('blue parcel arrived', 10), 10);
  const { terms } = risingTerms([...busy, ...quiet], sampled(CALM), 2);
  expect(terms.find(({ text }) => text === 'outage')?.share).toBe(0.9);
});

test('typical posts hold most of what rose, and are not twice the same', () => {
  const span = [...repeat('outage', 6), ...repeat('outage network down', 6), ...repeat('parcel', 6)];
  const { typical } = risingTerms(sampled(span), sampled(CALM), 2);
  expect(typical.map(({ post }) => post.text)).toEqual(['outage network down', 'outage']);
});

test('chance seldom looks like a rise: two samples of one stream', () => {
  const random = mulberry32(7);
  const word = () => `word${'abcdefghijklmnop'[Math.floor(random() ** 2 * 16)]}`;
  const draw = (posts: number) =>
    Array.from({ length: posts }, () => `${word()} ${word()} ${word()} ${word()}`);
  const found = Array.from({ length: 50 }, () => names(draw(100), draw(400)).length);
  expect(found.reduce((sum, one) => sum + one, 0)).toBeLessThan(5);
});
