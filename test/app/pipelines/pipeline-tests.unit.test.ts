/** Goal: what `earshot test` says of a case: nothing when it passes, a clear sentence for each thing that is not as expected. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadPipelineFiles } from '../../../src/app/pipelines/pipeline-files.ts';
import { runPipelineTests } from '../../../src/app/pipelines/pipeline-tests.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

let folder: string;
beforeAll(async () => {
  folder = await tempFolder('pipeline-tests');
  const lines = Array.from({ length: 4 }, (_, i) =>
    JSON.stringify({ id: `f${i}`, offsetMs: i * 1_000, text: 'acme is awful', channel: i % 2 ? 'a' : 'b' }),
  );
  await writeFile(join(folder, 'four.ndjson'), `${lines.join('\r\n')}\n\nnot json\n`);
});
afterAll(() => removeFolder(folder));

const PIPELINE = {
  name: 'acme',
  listen: { query: 'acme', languages: ['en'] },
  window: { pane: '10s', allowedLateness: '0s' },
  routes: [{ queue: 'care', when: 'label == "negative"' }],
  alerts: [{ name: 'surge', when: 'negative >= 3', over: '1m', for: '1s', groupBy: [] }],
};

/** The failures of one case. */
async function failuresOf(test: object, overrides: object = {}): Promise<readonly string[]> {
  const file = join(folder, 'p.yaml');
  await writeFile(file, JSON.stringify({ ...PIPELINE, ...overrides, tests: [{ name: 'case', ...test }] })); // JSON is YAML.
  const [loaded] = await loadPipelineFiles([file]);
  const [result] = loaded ? await runPipelineTests(loaded) : [];
  return result?.failures ?? ['no result'];
}

const input = 'four.ndjson';
const messages = [
  { id: 'bad', text: 'acme is awful' },
  { id: 'german', text: 'acme ist furchtbar', lang: 'de' },
  { id: 'other', text: 'nothing to see' },
];
const FIRED = [
  { rule: 'surge', state: 'firing' },
  { rule: 'surge', state: 'resolved' },
];

test.each<[string, object, string[]]>([
  [
    'everything as expected',
    {
      input,
      expect: {
        scored: 4,
        dropped: 0,
        dead: 1,
        labels: { f0: 'negative' },
        routes: { f0: ['care'] },
        alerts: FIRED,
      },
    },
    [],
  ],
  ['bounds', { input, expect: { scored: { min: 4 }, dead: { min: 1, max: 1 } } }, []],
  ['nothing is looked at', { messages, expect: {} }, []],
  [
    'pending states when they are listed',
    { input, expect: { alerts: [{ rule: 'surge', state: 'pending' }, ...FIRED] } },
    [],
  ],
  ['scored', { messages, expect: { scored: 2 } }, ['scored: expected 2, got 1']],
  [
    'an edit that is of no interest any more is dropped, and what it was does not count as another',
    {
      messages: [
        { id: 'bad', text: 'acme is awful' },
        { id: 'bad', text: 'never mind', kind: 'edit', version: '1' },
      ],
      expect: { scored: 1, dropped: 1 },
    },
    [],
  ],
  ['at least', { messages, expect: { scored: { min: 2 } } }, ['scored: expected at least 2, got 1']],
  [
    'at least and at most',
    { messages, expect: { scored: { min: 2, max: 3 } } },
    ['scored: expected at least 2 and at most 3, got 1'],
  ],
  [
    'dropped, and why',
    { messages, expect: { dropped: 1 } },
    ['dropped: expected 1, got 2 (language 1, unmatched 1)'],
  ],
  ['dead, and why', { input, expect: { dead: 0 } }, ['dead: expected 0, got 1 (invalid_json 1)']],
  [
    'a label',
    { messages, expect: { labels: { bad: 'positive' } } },
    ['label of message \'bad\': expected "positive", got "negative"'],
  ],
  [
    'the label of a message that was dropped',
    { messages, expect: { labels: { german: 'negative' } } },
    ["label of message 'german': it was not scored; dropped: language"],
  ],
  [
    'the label of a message that is not there',
    { messages, expect: { labels: { who: 'negative' } } },
    ["label of message 'who': it was not scored"],
  ],
  [
    'routes',
    { messages, expect: { routes: { bad: [] } } },
    ['routes of message \'bad\': expected [], got ["care"]'],
  ],
  [
    'an alert that did not come',
    { messages, expect: { alerts: [FIRED[0]] } },
    ['alerts: expected [surge firing], got []'],
  ],
  [
    'alerts that should not have come, with their event times',
    { input, expect: { alerts: [] } },
    [
      'alerts: expected [], got [surge firing at 2026-01-01T00:00:04.000Z, surge resolved at 2026-01-01T00:01:10.000Z]',
    ],
  ],
  [
    'several',
    { messages, expect: { scored: 0, dead: 1 } },
    ['scored: expected 0, got 1', 'dead: expected 1, got 0'],
  ],
])('%s', async (_what, item, failures) => {
  expect(await failuresOf(item)).toEqual(failures);
});

test('the group of an alert is looked at where it is given', async () => {
  const alerts = [{ name: 'surge', when: 'negative >= 2', over: '1m', groupBy: ['channel'] }];
  const fired = (channel: string) => ({ rule: 'surge', state: 'firing', group: { channel } });
  const expected = [
    fired('a'),
    fired('z'),
    { rule: 'surge', state: 'resolved' },
    { rule: 'surge', state: 'resolved' },
  ];
  const [failure] = await failuresOf({ input, expect: { alerts: expected } }, { alerts });
  expect(failure).toMatch(
    /^alerts: expected \[surge firing channel=a, surge firing channel=z, surge resolved, surge resolved\], got \[surge firing channel=b at /,
  );
});

test('drops are seen also where the pipeline publishes none of them', async () => {
  expect(await failuresOf({ messages, expect: { dropped: 2 } }, { dropped: { sample: 0 } })).toEqual([]);
});

test('an input that is not there', async () => {
  const [failure] = await failuresOf({ input: 'absent.ndjson', expect: {} });
  expect(failure).toMatch(/^input cannot be read: ENOENT.*absent\.ndjson/);
});

test.each(['demo.yaml', 'skyline.yaml'])('%s, which comes with it, passes its own', async (name) => {
  const file = fileURLToPath(new URL(`../../../pipelines/${name}`, import.meta.url));
  const [loaded] = await loadPipelineFiles([file]);
  const results = loaded ? await runPipelineTests(loaded) : [];
  expect(results.length).toBeGreaterThan(2);
  expect(results.flatMap(({ failures }) => failures)).toEqual([]);
});
