/** Goal: conditions mean what a person who writes them expects, and what is wrong with one is said when it is read. */
import { expect, test } from 'vitest';
import { conditionCompiler, ConditionError } from '../../../src/core/config/cel.ts';

class Author {
  followers = 20_000;
  name = 'ann';
}
const compile = conditionCompiler({
  volume: 'double',
  negative: 'double',
  zero: 'double',
  channel: 'string',
  tags: 'list<string>',
  author: { ctor: Author, fields: { followers: 'double', name: 'string' } },
});
const VALUES = {
  volume: 50,
  negative: 25,
  zero: 0,
  channel: 'x',
  tags: ['a', 'b'],
  author: new Author(),
};

test.each<[string, boolean]>([
  ['volume >= 50', true],
  ['volume > 50', false],
  ['50 <= volume', true],
  ['volume > 2.5', true],
  ['volume == 50', true],
  ['50 == volume', true],
  ['volume != 50', false],
  ['volume == 50.0', true],
  ['negative * 2 > volume', false],
  ['negative * 2 >= volume', true],
  ['2 * negative >= volume', true],
  ['negative * 2.5 > volume', true],
  ['negative / volume > 0.4', true],
  ['negative / 2 == 12.5', true],
  ['100 / volume == 2', true],
  ['volume + 1 > 50 && 1 + volume > 50', true],
  ['volume - 1 < 50 && 1 - volume < 0', true],
  ['volume % 7 == 1 && 60 % volume == 10 && volume % 7.0 == 1.0', true],
  ['volume > -1', true],
  ['-volume < 0', true],
  ['volume in [50.0]', true],
  ['volume > 1 ? negative > 1 : false', true],
  ['!(volume > 60) || false', true],
  ['author.followers >= 10000', true],
  ['author.followers == 20000 && author.name == "ann"', true],
  ['"a" in tags && size(tags) == 2 && tags.exists(tag, tag.startsWith("b"))', true],
  ['channel == "x" && channel.contains("x")', true],
  ['negative / zero > 1', true], // infinite, as everywhere with doubles
  ['zero / zero > 0 || zero / zero <= 0', false], // not a number: nothing holds
])('%s is %s', (source, holds) => {
  expect(compile(source)(VALUES)).toEqual({ ok: true, holds });
});

test.each<[string, string, ConditionError['code'], RegExp]>([
  [
    'an unknown variable',
    'volume > 1 && volum > 2',
    'CONDITION_UNKNOWN_NAME',
    /^'volume > 1 && volum > 2', column 15: Unknown variable: volum; allowed: volume, negative, zero, channel, tags, author\.followers, author\.name$/,
  ],
  [
    'an unknown field',
    'author.folowers > 1',
    'CONDITION_UNKNOWN_NAME',
    /No such key: folowers; allowed: .*author\.followers/,
  ],
  ['a place on another line', 'volume > 1 &&\n  volum > 2', 'CONDITION_UNKNOWN_NAME', /line 2, column 3/],
  ['words for operators', 'volume > 1 and negative > 2', 'CONDITION_SYNTAX', /CEL writes &&, \|\| and !$/],
  ['an unfinished one', 'volume >', 'CONDITION_SYNTAX', /column 9: Unexpected token: EOF$/],
  ['types that do not meet', 'channel > 5', 'CONDITION_TYPE', /no such overload: string > int/],
  ['a record as a number', 'author > 5', 'CONDITION_TYPE', /no such overload: author > int/],
  ['a number as the answer', 'volume', 'CONDITION_NOT_BOOLEAN', /gives double; a condition must give bool/],
  ['an answer of unknown type', 'dyn(true)', 'CONDITION_NOT_BOOLEAN', /gives dyn/],
  [
    'a regular expression',
    'tags.exists(tag, tag.matches("(a+)+$"))',
    'CONDITION_FORBIDDEN',
    /matches\(\), which is not offered/,
  ],
  ['too deep', `${'('.repeat(40)}true${')'.repeat(40)}`, 'CONDITION_LIMIT', /maxDepth \(32\)/],
  [
    'too large',
    Array.from({ length: 200 }, () => 'volume > 1').join('&&'),
    'CONDITION_LIMIT',
    /maxAstNodes \(500\)/,
  ],
  ['too long a list', `volume in [${'1.0,'.repeat(201)}1.0]`, 'CONDITION_LIMIT', /maxListElements \(200\)/],
])('refuses %s', (_what, source, code, message) => {
  const error = thrownBy(() => compile(source));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

test.each<[string, RegExp]>([
  ['1 / 0 > 1', /^'1 \/ 0 > 1': division by zero$/],
  ['int(zero / zero) > 1', /integer overflow/],
  ['tags[7] == "a"', /index|key|bounds/i],
])('%s answers with an error instead of throwing', (source, error) => {
  expect(compile(source)(VALUES)).toEqual({ ok: false, error: expect.stringMatching(error) as string });
});

test('a value that is missing is an error, not an answer', () => {
  expect(compile('volume > 1')({})).toMatchObject({ ok: false });
});

function thrownBy(run: () => unknown): ConditionError {
  try {
    run();
  } catch (error) {
    if (error instanceof ConditionError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
