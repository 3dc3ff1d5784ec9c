/** Goal: labelled files of every form that people keep them in give the same texts; what is missing is named with its place. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRelevanceDataset } from '../../../src/app/datasets/relevance-dataset.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('relevance-dataset');
});
afterAll(() => removeFolder(folder));

async function read(name: string, content: string, options = {}) {
  const file = join(folder, name);
  await writeFile(file, name.endsWith('.gz') ? gzipSync(content) : content);
  return (await readRelevanceDataset(file, options)).texts;
}

const TWO = [
  { text: 'win a prize', relevant: false },
  { text: 'see you, at 5', relevant: true },
];

test.each([
  ['label<TAB>text', 'a.tsv', '1\twin a prize\n0\tsee you, at 5\n'],
  ['gzipped', 'b.tsv.gz', '1\twin a prize\n0\tsee you, at 5'],
  ['words as labels, blank lines, CRLF, BOM', 'c.txt', '\ufeffspam\twin a prize\r\n\r\nham\tsee you, at 5\r\n'],
  ['columns under a header', 'd.tsv', 'id\ttext\tlabel\n7\twin a prize\tspam\n8\tsee you, at 5\tham\n'],
  ['a header in capitals', 'e.tsv', 'Class\tMessage\nspam\twin a prize\nham\tsee you, at 5\n'],
  ['0 means irrelevant where the column asks for relevant', 'f.tsv', 'relevant\ttext\n0\twin a prize\n1\tsee you, at 5\n'],
  ['CSV with quotes', 'g.csv', 'text,label\nwin a prize,1\n"see you, at 5",0\n'],
  ['NDJSON', 'h.ndjson', '{"label":"spam","text":"win a prize"}\n{"label":"ham","text":"see you, at 5"}\n'],
  ['NDJSON with numbers', 'i.ndjson', '{"text":"win a prize","spam":1}\n{"text":"see you, at 5","spam":0}\n'],
  ['NDJSON with true and false', 'j.ndjson.gz', '{"relevant":false,"text":"win a prize"}\n{"relevant":true,"text":"see you, at 5"}'],
])('%s', async (_what, name, content) => {
  expect(await read(name, content)).toEqual(TWO);
}); // prettier-ignore

test.each([
  ['a header', 'k.tsv', 'event\tlabel\ttext\nflood\tspam\twin a prize\nfire\tham\tsee you, at 5\n'],
  ['NDJSON', 'l.ndjson', '{"event":"flood","label":1,"text":"win a prize"}\n{"event":"fire","label":0,"text":"see you, at 5"}\n'],
])('groups: %s', async (_what, name, content) => {
  const groups = (await read(name, content, { group: 'Event' })).map(({ group }) => group);
  expect(groups).toEqual(['flood', 'fire']);
}); // prettier-ignore

test('a first row of a label and no text is no header', async () => {
  const texts = await read('v.tsv', 'spam\t\nham\tsee you\n');
  expect(texts.map(({ text, relevant }) => [text, relevant])).toEqual([
    ['', false],
    ['see you', true],
  ]);
});

test('tabs in the last column belong to the text', async () => {
  const [text] = await read('m.tsv', 'label\ttext\nspam\tone\ttwo\nham\tthree\n');
  expect(text?.text).toMatch(/^one\s+two$/);
});

test.each([
  ['a broken line of NDJSON', 'n.ndjson', '{"label":1,"text":"a"}\n{"label":\n', {}, 'n.ndjson:2: not JSON'],
  ['a row without text', 'o.ndjson', '{"label":1,"text":"a"}\n{"label":0}\n', {}, "o.ndjson:2: a row needs 'label' and 'text'"],
  ['NDJSON without a label', 'p.ndjson', '{"id":1,"text":"a"}\n', {}, 'p.ndjson:1: needs a column for the label'],
  ['too few columns', 'q.tsv', 'id\tlabel\ttext\n1\tspam\ta\n2\n', {}, 'q.tsv:3: has 1 columns'],
  ['too few columns of CSV', 'w.csv', 'label,text\nham,a\nspam\nham,b\nspam,c\n', {}, 'w.csv:3: has 1 columns'],
  ['too few columns of CSV, over two lines', 'x.csv', 'label,text\r\nham,"a\r\nb"\r\n\r\n"sp\r\nam"\r\nham,b\r\n', {}, 'x.csv:5: has 1 columns'],
  ['a line without a tab', 'r.tsv', '1\ta\nonly text\n', {}, 'r.tsv:2: is not label<TAB>text'],
  ['a group that is not there', 's.tsv', 'label\ttext\n1\ta\n0\tb\n', { group: 'event' }, "no column 'event'"],
  ['one kind only', 't.tsv', '1\ta\n1\tb\n', {}, 'every label means irrelevant'],
  ['nothing', 'u.tsv', '\n\n', {}, 'holds no rows'],
])('refused: %s', async (_what, name, content, options, message) => {
  await expect(read(name, content, options)).rejects.toThrow(message);
}); // prettier-ignore
