// npm run verify: types, lint, boundaries, unused code, generated docs, tests. Runs all, then says what failed.
// What only reads the sources runs beside the tests, which wait most of their time, and gives way to them.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const NICE = 10;

/** Read the sources and nothing that is built; one after the other. */
const STATIC = [
  ['types', bin('tsc'), '-p', 'tsconfig.json'],
  ['lint', bin('eslint'), '.'],
  ['format', bin('prettier'), '--check', '--log-level', 'warn', '.'],
  ['boundaries', bin('depcruise'), 'src', '--config', '.dependency-cruiser.cjs'],
  ['unused', bin('knip')],
];
/** Before the tests, which run what is built. */
const BUILT = [
  ['build', process.execPath, 'scripts/earshot.mjs', '--version'],
  ['docs', process.execPath, 'scripts/earshot.mjs', 'docs', '--check'],
];

/** Resolves when it has ended; what it wrote is told in one piece, unless it is told as it comes. */
function run([name, command, ...args], { isLive = false, nice = 0 } = {}) {
  const title = `\n== ${name}`;
  if (isLive) console.log(title);
  const out = isLive ? 'inherit' : 'pipe';
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', out, out] });
  if (nice > 0 && child.pid !== undefined) setPriority(child.pid, nice);
  let output = '';
  for (const stream of isLive ? [] : [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text));
  child.once('error', (error) => (output += error.message));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const passed = code === 0;
      if (!isLive || !passed) console.log(`${title}${passed ? '' : ': failed'}\n${output}`.trimEnd());
      resolve({ name, passed });
    });
  });
}

async function inTurn(checks, options) {
  const results = [];
  for (const check of checks) results.push(await run(check, options));
  return results;
}

async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-verify-'));
  const report = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const { passed } = await run(['tests', bin('vitest'), 'run', ...reporters, ...args], { isLive: true });
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

/** `before` are further checks that the tests wait for. */
export async function verify(args = [], before = []) {
  const read = inTurn(STATIC, { nice: NICE });
  const [built, ...prepared] = await Promise.all([inTurn(BUILT), ...before.map((check) => run(check))]);
  const tests = await runTests(args);
  const checks = [...(await read), ...built, ...prepared];
  const broken = checks.filter(({ passed }) => !passed).map(({ name }) => name);
  if (broken.length > 0) console.log(`\nfailed: ${broken.join(', ')}`);
  const passed = tests.passed + checks.length - broken.length;
  const failed = tests.failed + broken.length;
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = await verify(process.argv.slice(2));
