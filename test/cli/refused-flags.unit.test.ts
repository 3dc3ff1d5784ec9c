/** Goal: a flag that cannot be is refused at once, by the name it has on the command line, before a bus is looked for. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { AddVerb } from '../../src/cli/verb.ts';
import { addAudit } from '../../src/cli/verbs/audit.ts';
import { addReplay } from '../../src/cli/verbs/replay.ts';
import { addScore } from '../../src/cli/verbs/score.ts';
import { addTail } from '../../src/cli/verbs/tail.ts';
import { addTrends } from '../../src/cli/verbs/trends.ts';
import { removeFolder, tempFolder } from '../support/temp-folder.ts';
import { runVerb } from './support.ts';

const BUS = ['--bus', 'nats://127.0.0.1:1'];

test.each<[AddVerb, string[], string]>([
  [addTail, ['tail', 'foo', ...BUS], "unknown 'foo'; allowed: in, scored, "],
  [addTail, ['tail', 'earshot.scored. x', ...BUS], "unknown 'earshot.scored. x'; allowed: "],
  [addTail, ['tail', 'earshot.scored..x', ...BUS], "unknown 'earshot.scored..x'; allowed: "],
  [addTail, ['tail', 'earshot.scored.>.x', ...BUS], "unknown 'earshot.scored.>.x'; allowed: "],
  [addAudit, ['audit', 'acme', '--width', '5', ...BUS], "--width: '5' is not between 0 and 1"],
  [addAudit, ['audit', 'acme', '--draw', 'ten', ...BUS], "--draw: 'ten' is not a positive number"],
  [addAudit, ['audit', 'acme', '--draw', '10001', ...BUS], "--draw: '10001' is more than 10000"],
  [addTrends, ['trends', '--score-min', 'x'], "--score-min: must be a number (got 'x')"],
  [addTrends, ['trends', '--authors-min', '1'], "--authors-min: must be at least 2 (got '1')"],
  [
    addTrends,
    ['trends', '--copies', 'all'],
    "--copies: not allowed; allowed: once, each, weighted (got 'all')",
  ],
  ...['??', 'english', 'e', 'en-??', 'und', ''].map((lang): [AddVerb, string[], string] => [
    addScore,
    ['score', '--lang', lang],
    `--lang: '${lang}' is not a language code; write one such as en or pt-BR`,
  ]),
  [addReplay, ['replay', 'none.csv', ...BUS], 'none.csv: cannot be read: ENOENT'],
  [addReplay, ['replay', 'none.ndjson', '--speed', 'x', ...BUS], "--speed: 'x' is not a positive number"],
])('%o %j', async (add, args, message) => {
  await expect(runVerb(add, args)).rejects.toThrow(message);
});

test('audit: a pipeline that nothing was published for is said to be one', async () => {
  const folder = await tempFolder('audit-nothing');
  const none = join(folder, 'none.ndjson');
  await writeFile(none, '');
  const from = ['--marks', none, '--dropped', none, '--kept', none];
  for (const flags of [['--draw', '3'], [], ['--json']]) {
    const { code, stderr } = await runVerb(addAudit, ['audit', 'nope', ...from, ...flags]);
    expect([code, stderr]).toEqual([1, "audit: nothing was published for a pipeline 'nope'\n"]);
  }
  await removeFolder(folder);
});
