/** Goal: `lang` as sources write it against the languages of a pipeline. */
import { expect, test } from 'vitest';
import { speaksOneOf } from '../../../src/core/relevance/languages.ts';

test.each([
  ['the same', 'en', ['en'], true],
  ['one of several', 'de', ['en', 'de'], true],
  ['another', 'fr', ['en', 'de'], false],
  ['a region', 'en-GB', ['en'], true],
  ['an underscore and capitals', ' EN_us ', ['en'], true],
  ['a longer code that begins alike', 'enm', ['en'], false],
  ['does not say', undefined, ['en'], true],
  ['empty', '', ['en'], true],
  ['undetermined', 'und', ['en'], true],
  ['no filter', 'fr', undefined, true],
])('languages: %s', (_why, lang, languages, expected) => {
  expect(speaksOneOf(languages)(lang === undefined ? {} : { lang })).toBe(expected);
});
