/** Goal: texts as people wrote them, out of files that were escaped once or several times. */
import { expect, test } from 'vitest';
import { decodeEscapes } from '../../../src/app/datasets/escapes.ts';

test.each<[string, string, string]>([
  ['nothing to decode', 'a "b" c', 'a "b" c'],
  ['empty', '', ''],
  ['code units', String.raw`it\u2019s\u002c he\u2019S`, 'it’s, he’S'],
  ['hex digits of either case', String.raw`\u00E9\u00e9`, 'éé'],
  ['a surrogate pair', String.raw`\ud83d\ude00!`, '😀!'],
  ['too short to be one', String.raw`\u20 \u \u20g0`, String.raw`\u20 \u \u20g0`],
  ['an emoticon keeps its backslash', String.raw`rock on \m/ \o/`, String.raw`rock on \m/ \o/`],
  ['an escaped quote', String.raw`he said \"no\".`, 'he said "no".'],
  [
    'wrapped, its quotes doubled once too often',
    String.raw`"Why is \""""Happy Day\"""" trending?"`,
    'Why is "Happy Day" trending?',
  ],
  ['wrapped, quotes at both ends', String.raw`"\""""Obama\"""" won \""""it\"""""`, '"Obama" won "it"'],
  ['wrapped, two quotes in a row', String.raw`"a \""""\"""" b"`, 'a "" b'],
  ['wrapped, doubled', '"""I dare you"", she said"', '"I dare you", she said'],
  ['wrapped, nothing within', '"Come on."', 'Come on.'],
  ['two quotations are no wrapping', '"What?" "This!"', '"What?" "This!"'],
  ['doubled quotes without wrapping stay', 'an ""odd"" one', 'an ""odd"" one'],
  ['only an opening quote', String.raw`"On \""""T...`, '"On "T...'],
  ['one quote', '"', '"'],
  ['two quotes', '""', ''],
])('%s', (_what, written, text) => {
  expect(decodeEscapes(written)).toBe(text);
});
