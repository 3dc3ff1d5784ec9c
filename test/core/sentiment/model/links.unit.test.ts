/** Goal: where a link leads, as far as it can be told at a glance. */
import { expect, test } from 'vitest';
import { readUnits, units } from '../../../../src/core/message/units.ts';
import { findHost } from '../../../../src/core/sentiment/model/links.ts';

test.each([
  ['https://t.co/NPi5wJ9n', 't.co'],
  ['HTTP://WWW.Example.com?x=1', 'Example.com'],
  ['www.example.com#top', 'example.com'],
  ['https://www', 'www'],
  ['http://a', 'a'],
  ['http', 'http'],
  ['http-foo/bar', 'http-foo'],
  ['https:/x', 'https:'],
  ['http:///x', undefined],
  ['www./x', undefined],
  ['https://пример.рф/x', undefined],
])('%s leads to %s', (link, host) => {
  const place = findHost(units, 0, readUnits(link));
  expect(place && link.slice(place.start, place.end)).toBe(host);
});
