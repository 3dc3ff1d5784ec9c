/** Goal: `earshot train sentiment` as a shell meets it: twice the same bytes, a model that `score` takes, exit codes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MODEL_KINDS } from '../../src/app/train/train-sentiment.port.ts';
import { writeData } from '../app/train/support.ts';
import { synthetic } from '../core/sentiment/train/support.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

async function run(args: readonly string[], input = '') {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.end(input);
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr };
}

let folder = '';
const data = () => join(folder, 'data');
const train = (...flags: string[]) => run(['train', 'sentiment', '--data', data(), ...flags]);

beforeAll(async () => {
  folder = await tempFolder('train-cli');
  await mkdir(data());
  await writeData(data());
});
afterAll(() => removeFolder(folder));

describe.each(MODEL_KINDS)('%s', (kind) => {
  test('twice the same bytes, and `score` takes the model', async () => {
    const [one, two] = [join(folder, `${kind}-1`), join(folder, `${kind}-2`)];
    const first = await train('--kind', kind, '--out', one, '--json');
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(JSON.parse(first.stdout)).toMatchObject({ outDir: one });
    const second = await train('--kind', kind, '--out', two);
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('sha256');
    expect(await readdir(one)).toEqual(['model.json', 'weights.bin']);
    for (const file of await readdir(one))
      expect((await readFile(join(one, file))).equals(await readFile(join(two, file)))).toBe(true);

    const texts = synthetic({ seed: 99, count: 60 });
    const input = texts.map(({ text }) => `${text}\n`).join('');
    const scored = await run(['score', '--model', one, '--lang', 'en', '--abstain-below', '0'], input);
    expect(scored.code).toBe(0);
    const labels = scored.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { label: string }).label);
    const right = texts.filter(
      ({ label }, index) => ['negative', 'neutral', 'positive'][label] === labels[index],
    );
    expect(right.length / texts.length).toBeGreaterThan(0.8);
  });
});

test('another seed, other bytes', async () => {
  const files = await Promise.all(
    ['3', '4'].map(async (seed) => {
      const out = join(folder, `seed-${seed}`);
      expect((await train('--seed', seed, '--out', out)).code).toBe(0);
      return readFile(join(out, 'weights.bin'));
    }),
  );
  expect(files[0]?.equals(files[1] ?? Buffer.alloc(0))).toBe(false);
});

describe('cannot be tried: exit code 2', () => {
  test.each<[string, string[], string]>([
    [
      'a seed that is none',
      ['--seed', '1.5'],
      "earshot: --seed: '1.5' is not a whole number from 0 to 4294967295",
    ],
    ['an unknown kind', ['--kind', 'fr'], 'Allowed choices are en, multi'],
    ['a file to calibrate on that is not there', ['--validation', 'nowhere.tsv'], 'nowhere.tsv'],
  ])('%s', async (_why, flags, message) => {
    const out = join(folder, 'never');
    const { code, stdout, stderr } = await train('--out', out, ...flags);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await readdir(folder)).not.toContain('never');
  });

  test('a missing file', async () => {
    await rm(join(data(), 'semeval_extra.tsv'));
    const { code, stderr } = await train('--out', join(folder, 'never'));
    expect([code, stderr]).toEqual([
      2,
      `earshot: ${join(data(), 'semeval_extra.tsv')}: there is no such file, nor one with .gz\n`,
    ]);
    await writeData(data());
  });

  test('a place that cannot be written', async () => {
    const { code, stderr } = await train('--out', join(data(), 'semeval_extra.tsv'));
    expect(code).toBe(2);
    expect(stderr).toContain('semeval_extra.tsv');
  });
});
