/** A data folder as `earshot train` wants it, with a few made-up texts in each file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { ClassIndex } from '../../../src/core/sentiment/train/corpus.ts';
import { synthetic, type SyntheticOptions } from '../../core/sentiment/train/support.ts';

export const LANGUAGES = {
  ar: 'arabic',
  de: 'german',
  en: 'english',
  es: 'spanish',
  fr: 'french',
  hi: 'hindi',
  it: 'italian',
  pt: 'portuguese',
} as const;

const NAMES: Readonly<Record<ClassIndex, string>> = { 0: 'negative', 1: 'neutral', 2: 'positive' };

/** `label<TAB>text`. */
export const rows = (options: SyntheticOptions): string =>
  synthetic(options)
    .map(({ text, label }) => `${options.seed % 2 === 0 ? label : NAMES[label]}\t${text}\n`)
    .join('');

const TEXTS: Readonly<Record<string, SyntheticOptions>> = {
  tweeteval_sentiment_val: { seed: 10, count: 30, noise: 0.2 },
  semeval_main: { seed: 11, count: 120 },
  semeval_extra: { seed: 12, count: 60 },
  s140_50k: { seed: 13, count: 60, classes: [0, 2] },
  goemotions_group_train: { seed: 14, count: 60 },
};

const LEXICONS: Readonly<Record<string, string>> = {
  emoji_utf8_lexicon: '🪑\tbad chair\n🪜\tladder\n',
  vader_lexicon: 'good\t1.9\t0.9\t[2, 1]\nbad\t-2.5\t0.6\t[-3, -2]\n:)\t2.0\t1\t[2]\n;)\t1.5\t1\t[1]\n',
  'afinn-en-165': 'good\t3\nbad\t-3\nin love\t3\n',
  'opinion-positive': '; a comment\n\ngood\nfine\n',
  'opinion-negative': ';;; a comment\nbad\r\nawful\r\n',
};

/** Some files gzipped, as published sets are. */
export async function writeData(folder: string): Promise<void> {
  const write = (name: string, content: string, zipped: boolean) =>
    writeFile(join(folder, zipped ? `${name}.gz` : name), zipped ? gzipSync(content) : content);
  for (const [name, options] of Object.entries(TEXTS))
    await write(`${name}.tsv`, rows(options), options.seed % 2 === 1);
  for (const [name, content] of Object.entries(LEXICONS))
    await write(`${name}.txt`, content, name.startsWith('o'));
  for (const [index, name] of Object.values(LANGUAGES).entries()) {
    await write(`umsab_${name}_train.tsv`, rows({ seed: 20 + index, count: 60 }), true);
    await write(`umsab_${name}_val.tsv`, rows({ seed: 40 + index, count: 12, noise: 0.2 }), false);
  }
}
