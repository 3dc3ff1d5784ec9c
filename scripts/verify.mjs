// npm run verify: types, lint, boundaries, unused code, generated docs, tests. Runs all, then says what failed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);

const CHECKS = [
  ['types', bin('tsc'), '-p', 'tsconfig.json'],
  ['lint', bin('eslint'), '.'],
  ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
  ['boundaries', bin('depcruise'), 'src', '--config', '.dependency-cruiser.cjs'],
  ['unused', bin('knip')],
  ['build', process.execPath, 'scripts/earshot.mjs', '--version'],
  ['docs', process.execPath, 'scripts/earshot.mjs', 'docs', '--check'],
];

function run(name, command, ...args) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  return { name, passed: status === 0 };
}

function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-verify-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { passed } = run('tests', bin('vitest'), 'run', ...reporters, ...args);
    const { numPassedTests, numPendingTests, numTotalTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    // A file that could not be loaded, or a leak found after its tests, fails without a failed test.
    const brokenFiles = testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
    ).length;
    const failed = numTotalTests - numPassedTests - numPendingTests + brokenFiles;
    // Of tests that need a right, such as mounting, which this user has not; each says why.
    if (numPendingTests > 0) console.log(`${numPendingTests} skipped`);
    return { passed: numPassedTests, failed: passed ? failed : Math.max(1, failed) };
  } catch (error) {
    console.error(`the tests left no report: ${error.message}`);
    return { passed: 0, failed: 1 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function verify(args = []) {
  const checks = CHECKS.map((check) => run(...check));
  const tests = runTests(args);
  const broken = checks.filter(({ passed }) => !passed).map(({ name }) => name);
  if (broken.length > 0) console.log(`\nfailed: ${broken.join(', ')}`);
  const passed = tests.passed + checks.length - broken.length;
  const failed = tests.failed + broken.length;
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = verify(process.argv.slice(2));
