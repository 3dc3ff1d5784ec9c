/** Goal: every format gives the same rows, and what is wrong is told with file, line, value and what is allowed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatasetError } from '../../../src/app/datasets/dataset-error.ts';
import { readDataset, type DatasetKind } from '../../../src/app/datasets/dataset.ts';
import { DATASET_LIMITS } from '../../../src/app/datasets/limits.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('datasets');
});
afterAll(() => removeFolder(folder));

let files = 0;
/** Reads a file of this content; its folder is left out of what an error says. */
async function read(
  name: string,
  content: string | Uint8Array,
  kind: DatasetKind = 'auto',
  limits = DATASET_LIMITS,
) {
  files += 1;
  const file = join(folder, `${files}-${name}`);
  await writeFile(file, content);
  return readDataset(file, kind, limits).catch((error: unknown) => {
    if (!(error instanceof DatasetError)) throw error;
    throw new DatasetError(error.message.replace(file, name));
  });
}

const BOTH = [
  { labels: ['negative'], text: 'bad' },
  { labels: ['positive'], text: 'good' },
];

test.each<[string, string, string | Uint8Array, object[]]>([
  ['two columns', 'a.tsv', '0\tbad\n2\tgood\n', BOTH],
  ['words of any case, spaces around', 'a.txt', ' Negative \tbad\nPOSITIVE\tgood', BOTH],
  ['short words', 'a.tsv', 'neg\tbad\nPos\tgood\n', BOTH],
  ['signs', 'a.tsv', '-1\tbad\n+1\tgood\n', BOTH],
  ['steps of two', 'a.tsv', '0\tbad\n4\tgood\n', BOTH],
  ['0 and 1 alone: two classes', 'a.tsv', '0\tbad\n1\tgood\n', BOTH],
  ['0 and 1 alone, and words', 'a.tsv', '0\tbad\n1\tgood\npos\tgood\n', [...BOTH, BOTH[1] ?? {}]],
  [
    '0 and 1 and, beside another, 2',
    'a.tsv',
    '0\tbad\n1\tso\n1|2\tgood\n',
    [
      { labels: ['negative'], text: 'bad' },
      { labels: ['neutral'], text: 'so' },
      { labels: ['neutral', 'positive'], text: 'good' },
    ],
  ],
  ['a header', 'a.tsv', 'label\ttext\n0\tbad\n2\tgood\n', BOTH],
  ['a header in another order', 'a.tsv', '\ufeffid\tTweet\tSentiment\n7\tbad\t-1\n8\tgood\t1\n', BOTH],
  [
    'a header; a tab within the text',
    'a.tsv',
    'lang\tlabel\ttext\nes\t0\tso bad\tindeed\n',
    [{ labels: ['negative'], text: 'so bad\tindeed', lang: 'es' }],
  ],
  [
    'NDJSON with `sentiment`',
    'a.ndjson',
    '{"sentiment":"neg","text":"bad"}\n{"sentiment":2,"text":"good"}\n',
    BOTH,
  ],
  ['gzip', 'a.tsv.gz', gzipSync('0\tbad\n2\tgood\n'), BOTH],
  ['gzip by another name', 'a.tsv', gzipSync('0\tbad\n2\tgood\n'), BOTH],
  ['no gzip by its name', 'a.tsv.gz', '0\tbad\n2\tgood\n', BOTH],
  ['CSV, gzip by another name', 'a.csv', gzipSync('label,text\n0,bad\n2,good\n'), BOTH],
  ['gzip in two members', 'a.tsv.gz', Buffer.concat([gzipSync('0\tbad\n'), gzipSync('2\tgood\n')]), BOTH],
  ['CRLF, blank lines, a byte order mark', 'a.tsv', '\ufeff0\tbad\r\n\r\n  \n2\tgood\r\n', BOTH],
  [
    'three columns: the second is a source',
    'a.tsv',
    '0\t2013train\tbad\n1\t2016-dev.test\tso\n2\tnew\tgood\n',
    [
      { labels: ['negative'], text: 'bad', source: '2013train' },
      { labels: ['neutral'], text: 'so', source: '2016-dev.test' },
      { labels: ['positive'], text: 'good', source: 'new' },
    ],
  ],
  ['a tab within a text', 'a.tsv', '0\tso bad\tindeed\n', [{ labels: ['negative'], text: 'so bad\tindeed' }]],
  [
    'a tab within the text of three',
    'a.tsv',
    '0\tx\ta\tb\n',
    [{ labels: ['negative'], source: 'x', text: 'a\tb' }],
  ],
  ['escapes', 'a.tsv', String.raw`1	"it\u2019s ""so"""`, [{ labels: ['neutral'], text: 'it’s "so"' }]],
  [
    'several labels of a text',
    'a.tsv',
    'neutral|positive\ta\nambiguous\tb\n',
    [
      { labels: ['neutral', 'positive'], text: 'a' },
      { labels: ['ambiguous'], text: 'b' },
    ],
  ],
  ['an empty text is a text', 'a.tsv', '0\t\n', [{ labels: ['negative'], text: '' }]],
  [
    'NDJSON by what it holds',
    'a.txt',
    '{"label":0,"text":"bad"}\n{"label":"positive","text":"good","id":4}\n',
    BOTH,
  ],
  [
    'NDJSON: language; no escapes of its own',
    'a.ndjson.gz',
    gzipSync(JSON.stringify({ label: 1, text: String.raw`"\u002c"`, lang: 'de' })),
    [{ labels: ['neutral'], text: String.raw`"\u002c"`, lang: 'de' }],
  ],
  ['CSV', 'a.csv', 'id,Label, TEXT \n7,0,bad\n8,positive,good\n', BOTH],
  ['CSV as airlines have it', 'a.CSV', 'text,airline_sentiment\r\nbad,negative\r\ngood,positive\r\n', BOTH],
  ['CSV with both: `label` first', 'a.csv', 'sentiment,text,label\n9,bad,0\n9,good,2\n', BOTH],
  [
    'CSV: quotes, line breaks, language, a column too many',
    'a.csv',
    'label,text,lang\n0,"so\n""bad"", no",es,x\n',
    [{ labels: ['negative'], text: 'so\n"bad", no', lang: 'es' }],
  ],
])('labels: %s', async (_what, name, content, rows) => {
  expect(await read(name, content)).toMatchObject({ kind: 'labels', rows });
});

test.each<[string, string, object | undefined]>([
  ['0 and 1', '0\ta\n1\tb\n', { '0': 'negative', '1': 'positive' }],
  ['one of three', '1\ta\n', { '1': 'neutral' }],
  ['two of three, and words', '+1\ta\n-1\tb\nneutral\tc\n', { '-1': 'negative', '1': 'positive' }],
  ['all three', '0\ta\n1\tb\n2\tc\n', undefined],
  ['words', 'neg\ta\npos\tb\n', undefined],
])('what numbers are taken for is told where they leave a doubt: %s', async (_what, content, guessed) => {
  const dataset = await read('a.tsv', content, 'labels');
  expect(dataset).toMatchObject({ kind: 'labels' });
  expect('guessed' in dataset ? dataset.guessed : undefined).toEqual(guessed);
});

test.each<[string, DatasetKind, string, number[]]>([
  ['a fraction makes the file one of ratings', 'auto', '1\ta\n2.5\tb\n', [1, 2.5]],
  ['so does a negative number', 'auto', '2\ta\n-3\tb\n+4\tc\n', [2, -3, 4]],
  ['more than signs', 'auto', '-1\ta\n0\tb\n2\tc\n', [-1, 0, 2]],
  ['signs when told so', 'ratings', '-1\ta\n1\tb\n', [-1, 1]],
  ['exponents', 'auto', '1e-3\ta\n.5\tb\n', [0.001, 0.5]],
  ['whole numbers when told so', 'ratings', '1\ta\n5\tb\n', [1, 5]],
])('ratings: %s', async (_what, kind, content, ratings) => {
  const dataset = await read('a.tsv', content, kind);
  expect(dataset.kind).toBe('ratings');
  expect(dataset.rows).toMatchObject(ratings.map((rating) => ({ rating })));
});

const ALLOWED =
  'allowed: negative, neutral, positive, ambiguous (also neg, neu, pos), or several of these words joined by |; or all of ' +
  '0, 1, 2; of -1, 0, 1; of 0, 2, 4; or 0 and 1 alone, negative and positive; human ratings need kind ratings';

test.each<[string, string, string | Uint8Array, DatasetKind, string]>([
  ['an unknown label', 'a.tsv', '0\ta\n\n3\tb\n', 'auto', `a.tsv:3: label "3" is not allowed; ${ALLOWED}`],
  ['half a label', 'a.tsv', '0|\ta\n', 'auto', `a.tsv:1: label "0|" is not allowed; ${ALLOWED}`],
  ['no label', 'a.tsv', '\ta\n', 'auto', `a.tsv:1: label "" is not allowed; ${ALLOWED}`],
  ['a rating among labels', 'a.tsv', '-2\ta\n', 'labels', `a.tsv:1: label "-2" is not allowed; ${ALLOWED}`],
  [
    'a label among ratings',
    'a.tsv',
    '1\ta\nneutral\tb\n',
    'ratings',
    'a.tsv:2: rating "neutral" is not allowed; allowed: a decimal number',
  ],
  [
    'one rating among labels',
    'a.tsv',
    'neutral\tb\n0\tc\n1.5\ta\n',
    'auto',
    'a.tsv:1: rating "neutral" is not allowed; allowed: a decimal number (taken for ratings because of "1.5" in line 3)',
  ],
  [
    'an infinite rating',
    'a.tsv',
    '1e999\ta\n',
    'ratings',
    'a.tsv:1: rating "1e999" is not allowed; allowed: a decimal number',
  ],
  [
    'no tab',
    'a.tsv',
    '0 bad\n',
    'auto',
    'a.tsv:1: "0 bad" is not label<TAB>text or label<TAB>source<TAB>text',
  ],
  [
    'a source is missing',
    'a.tsv',
    '0\tx\ta\n1\tb\n',
    'auto',
    'a.tsv:2: "1\\tb" is not label<TAB>source<TAB>text, as the first one',
  ],
  [
    'a row too short for its header',
    'a.tsv',
    'label\tid\ttext\n0\t7\n',
    'auto',
    'a.tsv:2: has 2 columns, too few for the header',
  ],
  ['an empty file', 'a.tsv', '', 'auto', 'a.tsv: holds no rows'],
  ['blank lines only', 'a.tsv', '\n \r\n', 'auto', 'a.tsv: holds no rows'],
  ['CSV of a header', 'a.csv', 'label,text\n', 'auto', 'a.csv: holds no rows'],
  [
    'CSV without a label',
    'a.csv',
    'stars,text\n',
    'auto',
    'a.csv:1: no column for the label; needs label or sentiment or airline_sentiment; the file has: stars, text',
  ],
  [
    'CSV without a text',
    'a.csv',
    'label,words\n',
    'auto',
    'a.csv:1: no column for the text; needs text or tweet or content or message or sentence; the file has: label, words',
  ],
  [
    'CSV row cut short',
    'a.csv',
    'label,text\n0,a\n1\n',
    'auto',
    'a.csv:3: has 1 columns, too few for the header',
  ],
  [
    'CSV row cut short, over two lines, behind another',
    'a.csv',
    'label,text\r\n0,"a\r\nb"\r\n"1\r\n2"\r\n0,b\r\n',
    'auto',
    'a.csv:4: has 1 columns, too few for the header',
  ],
  ['JSON cut short', 'a.ndjson', '{"label":0,"text":"a"}\n{"label"', 'auto', 'a.ndjson:2: not JSON: '],
  [
    'JSON of another kind',
    'a.ndjson',
    '{"label":0,"text":"a"}\n[1]',
    'auto',
    'a.ndjson:2: a list is no object; a row is {"label", "text", "lang"?}',
  ],
  ['JSON without a label', 'a.ndjson', '{"text":"a"}', 'auto', 'a.ndjson:1: label is missing; '],
  [
    'JSON with a label that is none',
    'a.ndjson',
    '{"label":[0],"text":"a"}',
    'auto',
    'a.ndjson:1: label must be text or a number, not a list; ',
  ],
  ['JSON without a text', 'a.ndjson', '{"label":0}', 'auto', 'a.ndjson:1: text is missing; '],
  [
    'JSON with a text that is none',
    'a.ndjson',
    '{"label":0,"text":5}',
    'auto',
    'a.ndjson:1: text must be a string, not 5; ',
  ],
  [
    'gzip that is broken',
    'a.tsv',
    Buffer.from([0x1f, 0x8b, 8, 0xff, ...Array<number>(40).fill(0xff)]),
    'auto',
    'a.tsv: cannot be read: the gzip data are damaged: unknown header flags set',
  ],
  [
    'gzip cut short',
    'a.tsv.gz',
    gzipSync('0\tbad\n'.repeat(999)).subarray(0, -9),
    'auto',
    'a.tsv.gz: cannot be read: the gzip data end too early',
  ],
  [
    'CSV, gzip cut short',
    'a.csv.gz',
    gzipSync('label,text\n').subarray(0, -9),
    'auto',
    'a.csv.gz: cannot be read: the gzip data end too early',
  ],
])('refused: %s', async (_what, name, content, kind, message) => {
  await expect(read(name, content, kind)).rejects.toThrow(message);
});

test('a file that is not there', async () => {
  await expect(readDataset(join(folder, 'none.tsv'))).rejects.toThrow(/none\.tsv: cannot be read: ENOENT/);
  await expect(readDataset(join(folder, 'none.csv.gz'))).rejects.toThrow(
    /none\.csv\.gz: cannot be read: ENOENT/,
  );
});

test('a line of 16 MiB is read, a longer one is an error, as is a quote that is never closed', async () => {
  const text = 'x'.repeat(DATASET_LIMITS.lineBytesMax - 2);
  expect((await read('a.tsv', `0\t${text}\n1\tb`)).rows).toHaveLength(2);
  await expect(read('a.tsv', `1\tb\n0\t${text}x\n`)).rejects.toThrow(
    'a.tsv:2: longer than 16777216 bytes, which is what a line may hold',
  );
  await expect(read('a.csv', `label,text\n0,"${text}\n1,a\n`)).rejects.toThrow(
    /^a\.csv: cannot be read: Max Record Size/,
  );
});

test('too many rows, too much text', async () => {
  const limits = { ...DATASET_LIMITS, rowsMax: 2, charsMax: 6 };
  expect((await read('a.tsv', '0\tabc\n1\tdef\n', 'auto', limits)).rows).toHaveLength(2);
  await expect(read('a.tsv', '0\ta\n1\tb\n2\tc\n', 'auto', limits)).rejects.toThrow(
    'a.tsv:3: more than 2 rows; split the file',
  );
  await expect(read('a.tsv', '0\tabc\n1\tdefg\n', 'auto', limits)).rejects.toThrow(
    'a.tsv:2: more than 6 characters of text; split the file',
  );
});
