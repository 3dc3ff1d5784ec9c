// Packs the n-grams of `eld` (its size S) into models/language, in the layout of src/core/language/ngram-table.ts. The
// same version of eld gives the same bytes. Usage: node scripts/make-language-table.mjs [FOLDER]
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCORE_BASE = 53; // eld takes it off to keep its file small.
const ENDS = 1;
const BEGINS = 2;

const source = (path) => import(new URL(path, import.meta.resolve('eld/small')).href);
const { ngramsData } = await source('../ngrams/small.js');
const { dictionary } = await source('../dictionary.js');

// eld writes a byte that is not ASCII as a character of its own choice.
const byteOf = new Map(dictionary.flatMap((char, byte) => (char === ' ' ? [] : [[char, byte]])));

const sections = [[], [], [], []];
for (const [ngram, scores] of Object.entries(ngramsData.ngrams)) {
  const bytes = Array.from(ngram.replace(/^ | $/g, ''), (char) => byteOf.get(char));
  if (bytes.length < 1 || bytes.length > 4 || bytes.includes(undefined))
    throw new Error(`n-gram '${ngram}' does not fit the layout`);
  const key = [0, 1, 2, 3].reduce((number, at) => number * 256 + (bytes[at] ?? 0), 0);
  const section = (ngram.startsWith(' ') ? BEGINS : 0) + (ngram.endsWith(' ') ? ENDS : 0);
  sections[section].push({ key, pairs: Object.entries(scores) });
}
const entries = sections.flatMap((section) => section.sort((a, b) => a.key - b.key));
const pairs = entries.flatMap((entry) => entry.pairs);
const weights = Buffer.concat([
  Buffer.from(Uint32Array.from(entries, ({ key }) => key).buffer),
  Buffer.from(entries.map((entry) => entry.pairs.length)),
  Buffer.from(pairs.map(([language]) => Number(language))),
  Buffer.from(pairs.map(([, score]) => score)),
]);
const manifest = {
  format: 'earshot-language-1',
  languages: Object.values(ngramsData.languages),
  sections: sections.map((section) => section.length),
  pairs: pairs.length,
  scoreBase: SCORE_BASE,
  weightsSha256: createHash('sha256').update(weights).digest('hex'),
};

const folder = process.argv[2] ?? fileURLToPath(new URL('../models/language', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'weights.bin'), weights);
writeFileSync(join(folder, 'model.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
console.log(`${folder}: ${entries.length} n-grams, ${weights.length} bytes`);
