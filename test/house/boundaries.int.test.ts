/** Goal: each rule of .dependency-cruiser.cjs catches what it is there for, and the sources as they are break none: of a copy
 *  of them with planted violations these are reported and nothing else. */
import { execFile } from 'node:child_process';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { guardAgainstLeaks } from '../support/leak-guard.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

guardAgainstLeaks();

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = '.dependency-cruiser.cjs';
const { forbidden } = createRequire(import.meta.url)(join(CHECKOUT, CONFIG)) as {
  forbidden: readonly { name: string }[];
};

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

async function violations(root: string): Promise<Violation[]> {
  const program = join(CHECKOUT, 'node_modules', '.bin', 'depcruise');
  const { stdout } = await promisify(execFile)(
    program,
    ['src', '--config', CONFIG, '--output-type', 'json'],
    {
      cwd: root,
      maxBuffer: 64 * 1_048_576,
    },
  ).catch((error: unknown) => error as { stdout: string }); // Violations are an exit code, too.
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

/** Files that each break one rule. */
const PLANTED: readonly (readonly [rule: string, file: string, source: string])[] = [
  ['core-is-pure', 'core/planted/builtin.ts', `import 'node:fs';`],
  ['core-is-pure', 'core/planted/bare.ts', `import 'fs';`],
  ['core-imports-only-core', 'core/planted/adapter.ts', `import '../../adapters/memory/memory-bus.ts';`],
  [
    'core-imports-only-core',
    'core/planted/app.ts',
    `import type { Role } from '../../app/earshot.ts';\nexport type R = Role;`,
  ],
  ['core-libraries', 'core/planted/library.ts', `import 'pino';`],
  ['core-libraries', 'core/planted/lazy.ts', `export const lazy = () => import('fastify');`],
  ['natural-by-submodule', 'core/planted/natural.ts', `import 'natural';`],
  ['adapters-import-core-only', 'adapters/planted/app.ts', `import '../../app/version.ts';`],
  [
    'adapters-import-core-only',
    'adapters/planted/cli.ts',
    `import type { Io } from '../../cli/io.ts';\nexport type I = Io;`,
  ],
  ['adapters-are-islands', 'adapters/planted/other.ts', `import '../memory/memory-bus.ts';`],
  ['app-does-not-know-the-cli', 'app/planted/cli.ts', `import '../../cli/io.ts';`],
  ['cli-goes-through-the-app', 'cli/planted/adapter.ts', `import '../../adapters/memory/memory-bus.ts';`],
  ['no-circular', 'app/planted/egg.ts', `import './hen.ts';`],
  ['no-unresolved', 'app/planted/nowhere.ts', `import './nowhere-else.ts';`],
  ['no-dev-dependencies', 'app/planted/dev.ts', `import 'vitest';`],
  ['no-dev-dependencies', 'app/planted/transitive.ts', `import 'thread-stream';`],
];

/** The other half of the circle, which is reported once. */
const HELPER = ['app/planted/hen.ts', `import './egg.ts';`] as const;

let folder = '';
afterAll(() => removeFolder(folder));

test('every rule has a planted violation', () => {
  const planted = new Set(PLANTED.map(([rule]) => rule));
  expect([...planted].sort()).toEqual(forbidden.map(({ name }) => name).sort());
});

test('each planted violation is reported under its rule, and nothing else is', async () => {
  folder = await tempFolder('boundaries');
  await cp(join(CHECKOUT, 'src'), join(folder, 'src'), { recursive: true });
  for (const file of [CONFIG, 'package.json', 'tsconfig.json'])
    await cp(join(CHECKOUT, file), join(folder, file));
  await symlink(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  for (const [file, source] of [...PLANTED.map(([, ...planted]) => planted), HELPER]) {
    await mkdir(dirname(join(folder, 'src', file)), { recursive: true });
    await writeFile(join(folder, 'src', file), `${source}\n`);
  }
  const found = await violations(folder);
  const reported = found.map(({ rule, from }) => `${rule.name} ${from}`);
  expect(reported.sort()).toEqual(PLANTED.map(([rule, file]) => `${rule} src/${file}`).sort());
});
