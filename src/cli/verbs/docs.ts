import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { generateDocs } from '../../app/docs/docs.ts';
import { notice, put, UsageError, type ExitCode, type Io } from '../io.ts';
import { checkOutputFolder } from '../outputs.ts';

/** `earshot docs --write|--check`: the generated part of docs/; exit 1 when it is stale. */
export function addDocs(program: Command, io: Io, finish: (code: ExitCode) => void): void {
  program
    .command('docs')
    .description('Generate the references in docs/ from the schemas, or check that they are fresh.')
    .option('--write', 'write them')
    .option('--check', 'fail when one is stale')
    .option('--root <folder>', 'folder of the checkout', '.')
    .action(async ({ write, check, root }: { write?: boolean; check?: boolean; root: string }) => {
      if ((write === true) === (check === true)) throw new UsageError('docs: give either --write or --check');
      if (write === true) await checkOutputFolder('--root', root);
      let stale = 0;
      for (const { path, content } of generateDocs()) {
        const file = join(root, path);
        const present = await readFile(file, 'utf8').catch(() => undefined);
        if (present === content) continue;
        stale += 1;
        if (write === true) {
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, content);
          await put(io, `wrote ${path}\n`);
        } else notice(io, `${path} is ${present === undefined ? 'missing' : 'stale'}; run: npm run docs`);
      }
      finish(check === true && stale > 0 ? 1 : 0);
    });
}
