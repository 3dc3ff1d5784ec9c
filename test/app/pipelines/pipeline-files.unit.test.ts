/** Goal: what is wrong with a pipeline file is told as a person reads it: place, path, reason, what is allowed, value. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatProblem } from '../../../src/app/config/yaml-document.ts';
import {
  loadPipelineFiles,
  loadPipelineText,
  PipelineFilesError,
} from '../../../src/app/pipelines/pipeline-files.ts';
import { removeFolder, tempFolder } from '../../support/temp-folder.ts';

const HEAD = 'name: acme\nlisten:\n  query: acme\n'; // Lines 1 to 3.
const TOP_KEYS =
  'name, description, source, listen, duplicates, sentiment, privacy, window, watch, trends, routes, alerts, notify, sinks, output, dropped, tests';
const NUMBERS =
  'volume, negative, neutral, positive, uncertain, netSentiment, negativeShare, positiveShare, meanScore, authors';

async function problemsOf(text: string, env = {}): Promise<string[]> {
  const load = await loadPipelineText('p.yaml', text, env);
  return load.ok ? [] : load.problems.map(formatProblem);
}

test.each<[string, string, string[]]>([
  ['an empty file', '', ['1:1: holds no pipeline; a pipeline needs at least name and listen.query']],
  ['only comments', '# later\n', ['1:1: holds no pipeline; a pipeline needs at least name and listen.query']],
  ['a list', '- a', ['1:1: must be a mapping (got ["a"])']],
  [
    'YAML syntax',
    'name: acme\nlisten: {query: a\n',
    ['3:1: not valid YAML: Flow map in block collection must be sufficiently indented and end with a }'],
  ],
  [
    'a tab',
    'name: acme\nlisten:\n\tquery: x\n',
    ['3:1: not valid YAML: Tabs are not allowed as indentation'],
  ],
  ['a key twice', `${HEAD}name: other\n`, ['4:1: not valid YAML: Map keys must be unique']],
  [
    'two documents',
    `${HEAD}---\nname: b\n`,
    ["4:1: a second document begins here, after '---'; a file holds one"],
  ],
  [
    'an alias of nothing',
    'name: *who\n',
    ['1:1: not valid YAML: Unresolved alias (the anchor must be set before the alias): who'],
  ],
  ['missing', 'description: x\n', ['1:1: name: is required', '1:1: listen: is required']],
  ['missing further down', 'name: acme\nlisten: {}\n', ['2:1: listen.query: is required']],
  [
    'an unknown key with a near one',
    `${HEAD}alert: []\n`,
    [`4:1: alert: unknown key 'alert'; did you mean 'alerts'?; allowed here: ${TOP_KEYS}`],
  ],
  [
    'an unknown key in another case',
    `${HEAD}Window: {}\n`,
    [`4:1: Window: unknown key 'Window'; did you mean 'window'?; allowed here: ${TOP_KEYS}`],
  ],
  [
    'an unknown key',
    'name: acme\nlisten:\n  query: a\n  since: 5\n',
    ["4:3: listen.since: unknown key 'since'; allowed here: query, languages, classifier"],
  ],
  ['a wrong type: list', `${HEAD}alerts: 3\n`, ['4:1: alerts: must be a list (got 3)']],
  ['a wrong type: mapping', 'name: acme\nlisten:\n', ['2:1: listen: must be a mapping (got null)']],
  ['a wrong type: text', 'name: 5\nlisten: {query: x}\n', ['1:1: name: must be text (got 5)']],
  [
    'a wrong type: whole number',
    `${HEAD}window: {channelsMax: 1.5}\n`,
    ['4:10: window.channelsMax: must be a whole number (got 1.5)'],
  ],
  [
    'a wrong name',
    'name: Acme Inc\nlisten: {query: x}\n',
    ['1:1: name: must be 1 to 63 of a-z, 0-9, _ and -, and begin with a letter or digit (got "Acme Inc")'],
  ],
  [
    'a reserved name',
    'name: all\nlisten: {query: x}\n',
    ['1:1: name: must not be \'all\', which stands for messages that no pipeline wants (got "all")'],
  ],
  [
    'not one of those',
    `${HEAD}sentiment:\n  engine: bert\n`,
    ['5:3: sentiment.engine: not allowed; allowed: earshot, wink, natural, onnx (got "bert")'],
  ],
  [
    'a transformer without its folder',
    `${HEAD}sentiment:\n  engine: onnx\n`,
    [
      "4:1: sentiment.model: engine 'onnx' needs model: the folder that holds model.onnx, tokenizer.json and config.json",
    ],
  ],
  [
    'a model for an engine that has none',
    `${HEAD}sentiment:\n  engine: natural\n  model: sentiment-en\n`,
    [
      '6:3: sentiment.model: engine \'natural\' has one model of its own: leave model out; engines with models: earshot, onnx (got "sentiment-en")',
    ],
  ],
  [
    'words of a lexicon that are none, the same, or weigh too much',
    `${HEAD}sentiment:\n  lexicon:\n    Sick: 2\n    "!!": 1\n    sick!: 1\n    kindly: 0\n    bad: -5\n`,
    [
      "7:5: sentiment.lexicon.!!: '!!' holds no word and no emoji (got 1)",
      "8:5: sentiment.lexicon.sick!: 'sick!' is the same term as 'Sick' (got 1)",
      '10:5: sentiment.lexicon.bad: must be at least -4 (got -5)',
    ],
  ],
  [
    'not a duration',
    `${HEAD}window:\n  pane: 5 min\n`,
    ['5:3: window.pane: not a duration; write 500ms, 10s, 1m, 1h30m or 7d (got "5 min")'],
  ],
  [
    'a duration without its unit',
    `${HEAD}window:\n  pane: 5\n`,
    ['5:3: window.pane: not a duration; write 500ms, 10s, 1m, 1h30m or 7d (got 5)'],
  ],
  [
    'a duration out of range',
    `${HEAD}window:\n  pane: 2h\n`,
    ['5:3: window.pane: must be between 1s and 1h (got "2h")'],
  ],
  ['too much', `${HEAD}dropped: {sample: 2}\n`, ['4:11: dropped.sample: must be at most 1 (got 2)']],
  ['too little', `${HEAD}source: {subjects: []}\n`, ['4:10: source.subjects: must not be empty (got [])']],
  [
    'a subject elsewhere',
    `${HEAD}source: {subjects: ['orders.>']}\n`,
    [
      '4:21: source.subjects[0]: must begin with earshot.in. and use tokens, * and a trailing > (got "orders.>")',
    ],
  ],
  [
    'a subject that nothing is published on',
    `${HEAD}source: {subjects: [earshot.in]}\n`,
    [
      '4:21: source.subjects[0]: must begin with earshot.in. and use tokens, * and a trailing > (got "earshot.in")',
    ],
  ],
  [
    'a query, with the place in it',
    'name: acme\nlisten:\n  query: "acme AND (foo OR"\n',
    [
      '3:3: listen.query: query, character 17: found the end of the query, expected a word, "a phrase", #tag, @mention, $CASHTAG, an emoji, field:value or (\n  acme AND (foo OR\n                  ^',
    ],
  ],
  [
    'a condition that is no CEL',
    `${HEAD}alerts:\n  - name: a\n    when: volume > > 1\n`,
    ["6:5: alerts[0].when: 'volume > > 1', column 10: Unexpected token: GT"],
  ],
  [
    'a condition over an unknown name',
    `${HEAD}alerts:\n  - {name: a, when: volum > 1}\n`,
    [`5:15: alerts[0].when: 'volum > 1', column 1: Unknown variable: volum; allowed: ${NUMBERS}`],
  ],
  [
    'a condition that is none',
    `${HEAD}alerts:\n  - {name: a, when: volume}\n`,
    ["5:15: alerts[0].when: 'volume' gives double; a condition must give bool: compare it with something"],
  ],
  [
    'one name for two rules',
    `${HEAD}alerts:\n  - {name: a, when: volume > 1}\n  - {name: a, when: volume > 2}\n`,
    ['6:5: alerts[1]: alert name \'a\' is already used by entry 1 (got {"name":"a","when":"volume > 2"})'],
  ],
  [
    'one queue for two routes',
    `${HEAD}routes:\n  - {queue: q, when: 'true'}\n  - {queue: q, when: 'true'}\n`,
    ['6:5: routes[1]: queue \'q\' is already used by entry 1 (got {"queue":"q","when":"true"})'],
  ],
  [
    'an environment variable that is not set',
    `${HEAD}sinks:\n  - webhook: {url: "\${HOOK}"}\n`,
    ['5:20: the environment variable HOOK is not set (got ${HOOK})'],
  ],
  [
    'an environment variable that is not set, and what else is wrong',
    `${HEAD}windw: {}\nsinks:\n  - slack: { url: '\${HOOK}' }\n  - slak: {}\n`,
    [
      `4:1: windw: unknown key 'windw'; did you mean 'window'?; allowed here: ${TOP_KEYS}`,
      '6:19: the environment variable HOOK is not set (got ${HOOK})',
      '7:5: sinks[1]: needs exactly one of: log, webhook, slack, discord, alertmanager, nats; did you mean \'slack\'? (got {"slak":{}})',
    ],
  ],
  [
    'an environment variable that is not set, and a condition that does not parse',
    `${HEAD}sinks: [{ slack: { url: '\${HOOK}' } }]\nroutes: [{ queue: a, when: 'labl == 1' }]\n`,
    [
      '4:25: the environment variable HOOK is not set (got ${HOOK})',
      "5:22: routes[0].when: 'labl == 1', column 1: Unknown variable: labl; allowed: label, score, channel, source, kind, lang, text, author.id, author.handle, author.name, author.followers, author.bot, author.role, engagement.likes, engagement.reposts, engagement.replies, engagement.quotes, engagement.views, tags",
    ],
  ],
  [
    'an unknown sink',
    `${HEAD}sinks:\n  - email: {to: me}\n`,
    [
      '5:5: sinks[0]: needs exactly one of: log, webhook, slack, discord, alertmanager, nats (got {"email":{"to":"me"}})',
    ],
  ],
  [
    'two sinks in one',
    `${HEAD}sinks:\n  - {log: {}, nats: {subject: x}}\n`,
    [
      '5:5: sinks[0]: needs exactly one of: log, webhook, slack, discord, alertmanager, nats (got {"log":{},"nats":{"subject":"x"}})',
    ],
  ],
  [
    'a sink that is a word',
    `${HEAD}sinks: [log]\n`,
    ['4:9: sinks[0]: must be a mapping with: log, webhook, slack, discord, alertmanager, nats (got "log")'],
  ],
  [
    'a sink that leads inside, however it is written',
    `${HEAD}sinks:\n  - slack: {url: "http://127.1/x", allowTo: [10.0.0.0/8]}\n`,
    [
      '5:13: sinks[0].slack.url: leads to 127.0.0.1, a loopback address; allowed are public addresses and those of allowTo (now 10.0.0.0/8) (got "http://127.1/x")',
    ],
  ],
  [
    'secrets that cannot sign',
    `${HEAD}sinks:\n  - webhook: {url: "https://hooks.example", secret: whsec_nope!}\n  - webhook: {url: "https://hooks.example", secrets: [schlüssel]}\n`,
    [
      '5:45: sinks[0].webhook.secret: must be whsec_ and base64, or other ASCII text (got ***)',
      '6:55: sinks[1].webhook.secrets[0]: must be whsec_ and base64, or other ASCII text (got ***)',
    ],
  ],
  [
    'headers that cannot be sent',
    `${HEAD}sinks:\n  - webhook: {url: "https://hooks.example", headers: {X Team: care, X-Team: "a\\nb"}}\n`,
    [
      '5:55: sinks[0].webhook.headers.X Team: must be named as an HTTP header: no spaces (got ***)',
      '5:69: sinks[0].webhook.headers.X-Team: must be the value of an HTTP header: one line, no control characters (got ***)',
    ],
  ],
  [
    'a sink without its target',
    `${HEAD}sinks:\n  - webhook: {timeout: 1s}\n`,
    ['5:5: sinks[0].webhook.url: is required'],
  ],
  [
    'a typo within a sink',
    `${HEAD}sinks:\n  - nats: {subjects: x, subject: y}\n`,
    ["5:12: sinks[0].nats.subjects: unknown key 'subjects'; did you mean 'subject'?; allowed here: subject"],
  ],
  [
    'a count that is none',
    `${HEAD}tests:\n  - {name: x, input: y, expect: {scored: many}}\n`,
    ['5:34: tests[0].expect.scored: must be a number or a mapping with: min, max (got "many")'],
  ],
  [
    'a typo within a count',
    `${HEAD}tests:\n  - {name: x, input: y, expect: {scored: {mim: 1}}}\n`,
    ["5:43: tests[0].expect.scored.mim: unknown key 'mim'; did you mean 'min'?; allowed here: min, max"],
  ],
  [
    'neither input nor messages',
    `${HEAD}tests:\n  - {name: x, expect: {}}\n`,
    ['5:5: tests[0]: needs either input or messages (got {"name":"x","expect":{}})'],
  ],
  [
    'several at once',
    'name: A\nlisten: {query: x, languages: [english]}\nwindow: {pane: 0s}\n',
    [
      '1:1: name: must be 1 to 63 of a-z, 0-9, _ and -, and begin with a letter or digit (got "A")',
      '2:32: listen.languages[0]: must be a language code such as en (got "english")',
      '3:10: window.pane: must be between 1s and 1h (got "0s")',
    ],
  ],
])('%s', async (_what, text, problems) => {
  expect(await problemsOf(text)).toEqual(problems.map((problem) => `p.yaml:${problem}`));
});

test('aliases that multiply are a problem, not a crash', async () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...['b', 'c', 'd', 'e'].map(
      (key, i) =>
        `${key}: &${key} [${Array<string>(10)
          .fill(`*${'abcd'.charAt(i)}`)
          .join()}]`,
    ),
  ];
  expect(await problemsOf(bomb.join('\n'))).toEqual([
    expect.stringMatching(/^p\.yaml:1:1: not valid YAML: Excessive alias count/),
  ]);
});

/** So many lists one within the other, with two mappings around them. */
const nested = (lists: number) => `${HEAD}x: {y: ${'['.repeat(lists)}a${']'.repeat(lists)}}\n`;

test.each([
  ['lists', '['.repeat(20_000), '1:101'],
  ['lists that are closed', '['.repeat(20_000) + ']'.repeat(20_000), '1:101'],
  ['mappings', '{a: '.repeat(20_000), '1:401'],
  ['dashes', '- '.repeat(20_000), '1:201'],
  ['questions', '? '.repeat(20_000), '1:201'],
  ['lines', Array.from({ length: 3_000 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'), '101:102'],
  ['one level too many', nested(99), '4:106'],
])('nested too deep: %s', async (_what, text, place) => {
  expect(await problemsOf(text)).toEqual([`p.yaml:${place}: nested too deep; allowed: 100 levels`]);
});

test('nested as deep as is allowed is told for what it is', async () => {
  expect(await problemsOf(nested(98))).toEqual([expect.stringContaining("unknown key 'x'")]);
  expect(await problemsOf(`${HEAD}description: "${'['.repeat(5_000)}"\n`)).not.toEqual([
    expect.stringContaining('nested'),
  ]);
});

test.each<[string, string]>([
  ['a secret', '{url: "https://hooks.example/x", secret: hunter2, timeout: soon}'],
  ['a misspelt secret', '{url: "https://hooks.example/x", secrett: hunter2}'],
  ['a header', '{url: "https://hooks.example/x", headers: {X-Key: [hunter2]}}'],
  ['a password in a URL', '{url: "ftp://me:hunter2@hooks.example/x"}'],
  ['what the environment filled in', '{url: "${HOOK}"}'],
])('%s is not quoted', async (_what, webhook) => {
  const problems = await problemsOf(`${HEAD}sinks:\n  - webhook: ${webhook}\n`, {
    HOOK: 'ftp://hooks.example/hunter2',
  });
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.join()).not.toContain('hunter2');
});

test('the environment fills in text, a BOM and CRLF are taken', async () => {
  const text =
    `\uFEFF${HEAD}sinks:\n  - webhook: {url: "https://\${HOST}/x", secret: "\${SECRET}"}\n`.replaceAll(
      '\n',
      '\r\n',
    );
  const load = await loadPipelineText('p.yaml', text, { HOST: 'hooks.example', SECRET: 'a: b # ${HOST}' });
  const config = load.ok ? load.loaded.pipeline.config : undefined;
  expect(config?.sinks).toMatchObject([
    { webhook: { url: 'https://hooks.example/x', secret: 'a: b # ${HOST}' } },
  ]);
});

test.each<[string, string, boolean | string[]]>([
  ['a sink', "sinks: [{ slack: { url: '${HOOK}' } }]\n", true],
  [
    'a sink whose other parts no text could fill',
    "sinks: [{ webhook: { url: 'https://${H}', timeout: '${T}' } }]\n",
    true,
  ],
  [
    'a key for personal data, which changes what is scored',
    "sinks: [{ slack: { url: '${HOOK}' } }]\nprivacy: { redact: [email], key: '${KEY}' }\n",
    ['5:34: the environment variable KEY is not set (got ${KEY})'],
  ],
  [
    'a sink that is wrong by itself',
    'sinks: [{ slak: {} }]\n',
    [expect.stringContaining('sinks[0]: needs exactly one of') as string],
  ],
])('where nothing is sent, a variable that is not set: %s', async (_what, text, expected) => {
  const load = await loadPipelineText('p.yaml', HEAD + text, {}, { sendsNothing: true });
  if (expected === true)
    expect(load).toMatchObject({ ok: true, loaded: { pipeline: { config: { sinks: [] } } } });
  else
    expect(
      load.ok ? [] : load.problems.map(formatProblem).map((line) => line.replace('p.yaml:', '')),
    ).toEqual(expected);
});

test('what the schema refuses, what does not parse and what does not compile, in the order of the file', async () => {
  const text = `listen:
  query: acme AND (
alerts:
  - { name: bad, when: 'volum > 1', over: 5m }
  - { name: long, when: 'volume > 1', over: 5 min }
  - { name: worse, when: 'volume >', over: 5m }
routes: [{ queue: a, when: 'labl == 1' }]
name: Not a name
`;
  const problems = await problemsOf(text);
  expect(problems.map((problem) => problem.replace(/^p\.yaml:(\d+):\d+: ([^:]+): .*$/s, '$1 $2'))).toEqual([
    '2 listen.query',
    '4 alerts[0].when',
    '5 alerts[1].over',
    '6 alerts[2].when',
    '7 routes[0].when',
    '8 name',
  ]);
});

test('conditions that never or always hold are warned of, in the order of the file; a rule of sense is not', async () => {
  const text = `${HEAD}alerts:
  - { name: percent, when: 'volume > 20 && negativeShare > 50', over: 5m }
  - { name: any, when: 'volume >= 0', resolveWhen: 'meanScore < -1', over: 30s }
  - { name: good, when: 'volume >= 20 && negativeShare > 0.5', over: 5m, resolveWhen: 'volume < 5' }
`;
  const load = await loadPipelineText('p.yaml', text, {});
  expect(load.ok ? load.loaded.warnings.map(formatProblem) : load).toEqual([
    "p.yaml:5:22: alerts[0].when: 'negativeShare > 50' never holds: negativeShare is 0 to 1",
    "p.yaml:5:22: alerts[0].when: 'volume > 20 && negativeShare > 50' never holds",
    "p.yaml:6:18: alerts[1].when: 'volume >= 0' always holds: volume is 0 or more",
    "p.yaml:6:39: alerts[1].resolveWhen: 'meanScore < -1' never holds: meanScore is -1 to 1",
    expect.stringMatching(/^p\.yaml:6:\d+: alerts\[1\]\.over: 30s is shorter than window\.pane/),
  ]);
});

test('files: all problems of all of them, one name once, and a file that is not there', async () => {
  const folder = await tempFolder('pipelines');
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  try {
    const first = await file('first.yaml', HEAD);
    const second = await file('second.yaml', `# a copy\n${HEAD}`);
    const wrong = await file('wrong.yaml', 'name: x\n');
    const absent = join(folder, 'absent.yaml');
    await expect(loadPipelineFiles([first])).resolves.toMatchObject([{ file: first, folder, warnings: [] }]);
    const error = await loadPipelineFiles([first, wrong, second, absent]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PipelineFilesError);
    expect((error as Error).message.split('\n')).toEqual([
      `${wrong}:1:1: listen: is required`,
      `${second}:2:1: name: a pipeline of this name is already defined by ${first} (got "acme")`,
      expect.stringMatching(/absent\.yaml:1:1: cannot be read: ENOENT/),
    ]);
  } finally {
    await removeFolder(folder);
  }
});
