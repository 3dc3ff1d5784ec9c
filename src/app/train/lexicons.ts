/** Lexicons in the layouts they are published in. */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Grade } from '../../core/sentiment/model/ratings.ts';
import type { ValenceList } from '../../core/sentiment/train/corpus.ts';
import { DatasetError } from '../datasets/dataset-error.ts';
import { dataFile } from './data-file.ts';
import { trainingResource } from './word-vectors.ts';

interface Line {
  readonly text: string;
  /** From 1, as editors count. */
  readonly number: number;
}

/** Without blank lines and comments. */
async function readLines(file: string): Promise<Line[]> {
  const bytes = await readFile(file);
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .split('\n')
    .map((line, index) => ({ text: line.trimEnd(), number: index + 1 }))
    .filter((line) => line.text !== '' && !line.text.startsWith(';'));
}

/** `entry<TAB>valence`, further columns ignored. */
async function readValences(file: string): Promise<Map<string, number>> {
  const lines = await readLines(file);
  return new Map(
    lines.map(({ text, number }) => {
      const [entry = '', valence = ''] = text.split('\t');
      const value = Number(valence);
      if (valence.trim() === '' || !Number.isFinite(value)) {
        throw new DatasetError(`${file}:${number}: '${valence}' is no number; a line is 'entry<TAB>valence'`);
      }
      return [entry, value];
    }),
  );
}

/** How pleasant the moods of emoticons are, by our own judgement, in VADER's unit. */
const MOODS = { happy: 2, sad: -2, playful: 1.5, love: 2.5, broken: -2.5, doubtful: -1 };

/** The same of a rating's grade. */
const GRADES: Readonly<Partial<Record<Grade, number>>> = { dire: -3, poor: -2, decent: 2, superb: 3 };

/** An emoji is worth what the words of its name are worth, as VADER has it. */
async function withSymbols(
  list: ReadonlyMap<string, number>,
  namesFile: string,
  unit: number,
): Promise<ValenceList> {
  const all = new Map(list);
  for (const { text } of await readLines(namesFile)) {
    const [emoji = '', name = ''] = text.split('\t');
    const valence = name.split(/\s+/).reduce((sum, word) => sum + (list.get(word) ?? 0), 0);
    if (valence !== 0) all.set(emoji, valence);
  }
  for (const name of ['emoji.tsv', 'words-en.tsv'])
    for (const [entry, valence] of await readValences(trainingResource(name))) all.set(entry, valence * unit);
  for (const [form, valence] of Object.entries({ ...MOODS, ...GRADES })) all.set(`:${form}`, valence * unit);
  return all;
}

/** VADER, AFINN, and the opinion lexicon of Hu and Liu, each with emoji, emoticons and grades. */
export async function readEnglishLexicons(folder: string) {
  const emoji = dataFile(folder, 'emoji_utf8_lexicon', ['txt']);
  const vader = await readValences(dataFile(folder, 'vader_lexicon', ['txt']));
  const afinn = await readValences(dataFile(folder, 'afinn-en-165', ['txt']));
  const opinion = new Map<string, number>();
  for (const [name, valence] of [
    ['positive', 1],
    ['negative', -1],
  ] as const) {
    for (const { text } of await readLines(dataFile(folder, `opinion-${name}`, ['txt'])))
      opinion.set(text.trim(), valence);
  }
  return [
    { name: 'vader', valences: await withSymbols(vader, emoji, 1) },
    { name: 'afinn', valences: await withSymbols(afinn, emoji, 1) },
    { name: 'opinion', valences: await withSymbols(opinion, emoji, 0.5) },
  ];
}

/** AFINN translated by machine, with emoji: part of this package. */
export async function readMultilingualValences(): Promise<ValenceList> {
  return readValences(trainingResource('valences.tsv'));
}

/** Words of these languages that were listed for this project; one that several languages have is worth the mean. */
export async function readOwnWords(languages: readonly string[]): Promise<ValenceList> {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const language of languages) {
    for (const [word, valence] of await readValences(trainingResource(`words-${language}.tsv`))) {
      const { sum, count } = sums.get(word) ?? { sum: 0, count: 0 };
      sums.set(word, { sum: sum + valence, count: count + 1 });
    }
  }
  return new Map([...sums].map(([word, { sum, count }]) => [word, sum / count]));
}
